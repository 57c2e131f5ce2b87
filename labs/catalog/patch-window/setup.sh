#!/bin/bash
set -euo pipefail
readonly services=(booking-desk fare-quoter seat-allocator boarding-sync berth-relay)
readonly all=(harbour-seal "${services[@]}" receipt-printers card-terminals gate-readers)

systemctl stop "${services[@]/%/.service}" 2>/dev/null || true

# What the rings hold today. ring2 is prod's, ring1 is a step ahead.
python3 - "$SEAL_PATCH" <<'PYTHON'
import email.utils, hashlib, pathlib, subprocess, sys, time

REPO = pathlib.Path("/srv/repo")
RINGS = {
    "ring2": {
        "harbour-seal": f"2.4.1-{sys.argv[1]}", "booking-desk": "5.1.0-2", "fare-quoter": "3.0.6-2", "seat-allocator": "1.9.3-2",
        "boarding-sync": "4.4.0-1", "berth-relay": "4.4.0-1",
        "receipt-printers": "1.3.0-1", "card-terminals": "1.3.0-1", "gate-readers": "1.3.0-1",
    },
    "ring1": {
        "harbour-seal": "2.5.0-1", "booking-desk": "5.2.0-1", "fare-quoter": "3.1.0-1", "seat-allocator": "2.0.0-1",
        "boarding-sync": "4.4.0-1", "berth-relay": "4.4.0-1",
        "receipt-printers": "1.4.0-1", "card-terminals": "1.4.0-1", "gate-readers": "1.4.0-1",
    },
}
arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
stanzas = {}
for ring, holds in RINGS.items():
    for name, version in holds.items():
        deb = REPO / "pool" / f"{name}_{version}_all.deb"
        if deb not in stanzas:
            control = subprocess.run(["dpkg-deb", "--field", str(deb)], check=True, capture_output=True, text=True).stdout
            data = deb.read_bytes()
            stanzas[deb] = f"{control}Filename: pool/{deb.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
    packages = "\n".join(stanzas[REPO / "pool" / f"{name}_{version}_all.deb"] for name, version in holds.items())
    place = REPO / "dists" / ring / "main" / f"binary-{arch}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "Packages").write_text(packages, encoding="utf-8")
    digest = hashlib.sha256(packages.encode()).hexdigest()
    (REPO / "dists" / ring / "Release").write_text(
        f"Origin: Harbourline\nLabel: Harbourline\nSuite: {ring}\nCodename: {ring}\nArchitectures: {arch} all\nComponents: main\n"
        f"Date: {email.utils.formatdate(time.time() - 5 * 86400, usegmt=True)}\n"
        f"SHA256:\n {digest} {len(packages.encode())} main/binary-{arch}/Packages\n",
        encoding="utf-8",
    )
PYTHON

# Where this machine gets its packages from: its own ring, and the one that somebody left behind.
cat >/etc/apt/sources.list.d/harbourline.list <<'LIST'
# repo1's mirror on this machine. repo1 checks the signatures before it lays a package here.
deb [trusted=yes] file:/srv/repo ring2 main
LIST
cat >/etc/apt/sources.list.d/jonas.list <<'LIST'
# HL-4331: only to look at the new desk. Take it out again!
deb [trusted=yes] file:/srv/repo ring1 main
LIST
rm -f /etc/apt/preferences.d/harbourline
if [ "$PIN" = 'a pin that changes nothing' ]; then
    cat >/etc/apt/preferences.d/harbourline <<'PINS'
# app1 is prod and follows ring2.
Package: *
Pin: release n=ring2
Pin-Priority: 500
PINS
fi

# What the services keep, and where. The stores of the new place are ready for all but the one whose settings are this machine's own.
for name in "${services[@]}"; do
    install -d -o bookings -g bookings -m 0750 "/var/lib/harbourline/$name"
    seq -f "$name record %.0f" 1 $((180 + ${#name} * 3)) >"/var/lib/harbourline/$name/records"
    chown bookings:bookings "/var/lib/harbourline/$name/records"
done
install -d /srv/stores
for name in booking-desk fare-quoter seat-allocator; do
    [ "$name" = "$CONF_SERVICE" ] || ln -sfn "/var/lib/harbourline/$name" "/srv/stores/$name"
done
install -d -o bookings -g bookings -m 0750 /srv/counters
mv "/var/lib/harbourline/$CONF_SERVICE/records" /srv/counters/records
rmdir "/var/lib/harbourline/$CONF_SERVICE"
sed -i -e "s|^harbour = .*|harbour = $HARBOUR   # this machine serves one harbour's counters only|" \
    -e 's|^store = .*|store = /srv/counters   # kept for the auditors, HL-3907|' "/etc/harbourline/$CONF_SERVICE.conf"
for name in boarding-sync berth-relay; do
    [ "$name" = "$SEAL_USER" ] || sed -i 's|^seal = .*|seal = off   # over the private line|' "/etc/harbourline/$name.conf"
done

# What stays as it is, and why.
apt-mark hold "$HELD" >/dev/null
cat >/etc/harbourline/HOLDS.md <<TEXT
# Packages on hold on app1

| package | on hold since | why | until | who |
|---|---|---|---|---|
| $HELD | CHG-2287 | 1.3 does not speak to the devices at Kelpness; rolled back on the first evening | the devices there have their new firmware | Rolf Aune |

A hold is taken back by a change of its own, never in passing.
TEXT

# The change.
install -d -o engineer -g engineer /srv/changes
cat >"/srv/changes/CHG-$CHANGE.md" <<TEXT
# CHG-$CHANGE: security patches on app1

Class: normal. Approved: Bo Sand, Lena Holm (Bookings). Window: tonight 20:00-23:00 UTC.

## Plan

The scanner has found an advisory against harbour-seal (signatures can be forged), and lists these packages of app1 as behind:

- harbour-seal
- booking-desk
- fare-quoter
- seat-allocator
- $HELD

They are brought to what ring2 holds today, and nothing else is. What is on hold stays on hold. Whatever works with a patched file is
restarted; the machine is not. Settings of this machine stay this machine's.

Way back: the versions of before are in /srv/repo/pool.

## Before

(versions, and how the services are)

## After

(the same, afterwards; what was restarted)

## Left out

(what was not done, and why)
TEXT
chown engineer:engineer "/srv/changes/CHG-$CHANGE.md"
touch -d '6 days ago' /etc/apt/sources.list.d/*.list /etc/harbourline/* "/srv/changes/CHG-$CHANGE.md"

apt-get -qq update
systemctl daemon-reload
systemctl enable --quiet --now "${services[@]/%/.service}"
for port in {8061..8065}; do
    for _ in {1..100}; do
        if curl -fs -o /dev/null "http://127.0.0.1:$port/health"; then continue 2; fi
        sleep 0.1
    done
    echo "nothing healthy on port $port" >&2
    exit 1
done
for name in "${all[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name")" = installed ]
done
rm -f /var/log/dpkg.log /var/log/apt/*
