#!/bin/bash
set -euo pipefail
readonly ca=/var/lib/harbourline-ca
readonly public=/usr/local/share/harbourline-ca
readonly tls=/etc/nginx/tls
readonly register=/srv/registers/certificates.csv
readonly old_names="www.harbourline.example harbourline.example $EXTRA.harbourline.example"

days() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
new_key() { (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"); }

# ── The certificate authority: a root, and two intermediates of which the desk uses one ──
install -d -m 0700 "$ca" "$ca/issued"
install -d "$public"
cd "$ca"
signer=r1
[ "$ISSUER" != 'a new intermediate' ] || signer=r2
config() { # its signer
    cat <<CNF
[ca]
default_ca = desk
[desk]
database = $ca/index.txt
serial = $ca/serial
new_certs_dir = $ca/issued
certificate = $ca/$1.crt
private_key = $ca/$1.key
default_md = sha256
default_days = 90
policy = any
unique_subject = no
copy_extensions = copy
x509_extensions = site
[any]
organizationName = optional
commonName = supplied
[site]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = dn
[dn]
CNF
}
: >index.txt
printf '%04X\n' "$SERIAL" >serial
config root >root.cnf
request() { # key, name
    openssl req -new -config root.cnf -key "$1" -subj "/O=Harbourline/CN=$2" "${@:3}"
}
sign() { # config, request, certificate, from, until, more
    openssl ca -batch -notext -config "$1" -in "$2" -out "$3" -startdate "$(days "$4")" -enddate "$(days "$5")" "${@:6}" 2>/dev/null
}
new_key root.key
request root.key 'Harbourline Root CA' >root.csr
sign root.cnf root.csr root.crt '-2000 days' '+5300 days' -selfsign -keyfile root.key -extensions root
for which in r1:-700:+1125 r2:-12:+1813; do
    IFS=: read -r name from until <<<"$which"
    new_key "$name.key"
    request "$name.key" "Harbourline Issuing CA ${name^^}" >"$name.csr"
    sign root.cnf "$name.csr" "$name.crt" "$from days" "$until days" -extensions intermediate
done
install -m 0644 root.crt "$public/root.crt"
install -m 0644 r1.crt "$public/issuing-r1.crt"
install -m 0644 r2.crt "$public/issuing-r2.crt"

# ── The certificate that ends tonight, signed by the first intermediate ──
install -d -m 0755 "$tls"
new_key "$tls/www.key"
config r1 >old.cnf
request "$tls/www.key" www.harbourline.example -addext "subjectAltName=$(printf 'DNS:%s,' $old_names | sed 's/,$//')" >www.csr
until=$(date -u -d "+$HOURS hours +17 minutes" '+%Y-%m-%d %H:%M:%S UTC')
sign old.cnf www.csr www.crt "$until -90 days" "$until"
cat www.crt r1.crt >"$tls/www.crt"
serial=$(openssl x509 -in www.crt -noout -serial | cut -d = -f 2)
rm -f ./*.csr www.crt root.cnf old.cnf ./*.old ./*.attr.old
config "$signer" >desk.cnf
chown -R ca: "$ca"
chown "${FOUND_KEY% *}" "$tls/www.key"
chmod "${FOUND_KEY#* }" "$tls/www.key"
touch -d '90 days ago' "$tls"/* "$tls" "$public" "$public/root.crt" "$public/issuing-r1.crt"
touch -d '12 days ago' "$public/issuing-r2.crt"

cat >/etc/systemd/system/ca-desk.service <<'UNIT'
[Unit]
Description=Desk of the certificate authority
After=network.target

[Service]
Type=notify
User=ca
ExecStart=/usr/bin/python3 /usr/lib/harbourline/ca-desk
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT

# ── The sites ──
mkdir -p /srv/www/booking "/srv/www/$NEWCOMER"
cat >/srv/www/booking/index.html <<HTML
<!doctype html>
<title>Harbourline</title>
<h1>Harbourline: book your crossing</h1>
<!-- Build $SERIAL -->
HTML
cat >"/srv/www/$NEWCOMER/index.html" <<HTML
<!doctype html>
<title>Harbourline: $NEWCOMER</title>
<h1>$NEWCOMER, all four harbours</h1>
HTML
cat >/etc/nginx/sites-available/harbourline.conf <<CONF
# The public site of Harbourline. Owner: Platform.

server {
    listen 80 default_server;
    return 301 https://\$host\$request_uri;
}

server {
    listen 443 ssl default_server;
    server_name $old_names;
    ssl_certificate $tls/www.crt;
    ssl_certificate_key $tls/www.key;
    root /srv/www/booking;
}
CONF
cat >"/etc/nginx/sites-available/$NEWCOMER.conf" <<CONF
# Went live last Thursday, with the certificate of the public site. Owner: Platform.

server {
    listen 443 ssl;
    server_name $NEWCOMER.harbourline.example;
    ssl_certificate $tls/www.crt;
    ssl_certificate_key $tls/www.key;
    root /srv/www/$NEWCOMER;
}
CONF
ln -sf /etc/nginx/sites-available/harbourline.conf "/etc/nginx/sites-available/$NEWCOMER.conf" /etc/nginx/sites-enabled/
printf '127.0.0.1 %s %s.harbourline.example\n' "$old_names" "$NEWCOMER" >>/etc/hosts
touch -d '90 days ago' /etc/nginx/sites-available/harbourline.conf
touch -d '5 days ago' "/etc/nginx/sites-available/$NEWCOMER.conf"

# ── The register ──
install -d -g adm -m 2775 "${register%/*}"
{
    echo "site,names,issuer,serial,valid_until,renewed_by"
    echo "mon1.harbourline.internal,mon1.harbourline.internal,Harbourline Issuing CA R1,0C11,$(date -u -d '+47 days' +%F),pavel"
    echo "www.harbourline.example,$old_names,Harbourline Issuing CA R1,$serial,${until%% *},jonas"
    echo "repo1.harbourline.internal,repo1.harbourline.internal apt.harbourline.internal,Harbourline Issuing CA R1,0C2E,$(date -u -d '+71 days' +%F),mira"
} >"$register"
chgrp adm "$register"
chmod 0664 "$register"
touch -d '19 days ago' "$register"

systemctl daemon-reload
systemctl enable --quiet --now ca-desk.service nginx.service
for _ in {1..100}; do
    if curl -s --cacert "$public/root.crt" https://www.harbourline.example/ | grep -q "Build $SERIAL"; then exit 0; fi
    sleep 0.05
done
echo "the site does not answer with its certificate" >&2
exit 1
