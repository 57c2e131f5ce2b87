#!/bin/bash
set -euo pipefail
readonly domain=harbourline.internal
readonly zones=/etc/bind/zones
readonly forward=$zones/$domain.zone
readonly old=10.40.3.$OLD_HOST new=10.40.7.$NEW_HOST
case $MOVED in
cache1) stays=db1 stays_at=8 ;;
db1) stays=cache1 stays_at=9 ;;
esac

# A zone with these lines about the machine that moved.
write_forward() {
    cat >$forward <<ZONE
; The machines of prod and what programs call them. Owner: Platform.
\$TTL 300
@       IN SOA  ns1.$domain. hostmaster.$domain. (
                $SERIAL      ; serial
                600             ; refresh: the harbours' name servers ask so often
                120             ; retry
                604800          ; expire
                300 )           ; how long a "no" may be remembered
        IN NS   ns1.$domain.

ns1             IN A        10.40.0.53
bastion1        IN A        10.40.0.10
lb1             IN A        10.40.1.10
web1            IN A        10.40.1.21
web2            IN A        10.40.1.22
app1            IN A        10.40.2.11
app2            IN A        10.40.2.12
files1          IN A        10.40.4.11
backup1         IN A        10.40.4.12
mon1            IN A        10.40.5.11
log1            IN A        10.40.5.12
ctl1            IN A        10.40.5.13
repo1           IN A        10.40.5.14
$stays          IN A        10.40.3.$stays_at
$1

; what programs ask for
www             IN CNAME    lb1
runbooks        IN CNAME    mon1
packages        IN CNAME    repo1
$stays-$ALIAS   IN CNAME    $stays
$MOVED-$ALIAS   IN CNAME    $2
ZONE
}
before="$MOVED          IN A        $old"
after="$MOVED          IN A        $new
$MOVED-old      IN A        $old"
case $SLIP in
'the old edition is still served') write_forward "$before" "$MOVED" ;;
'a name without its dot')
    write_forward "$MOVED          IN A        $old
$MOVED.$domain     IN A        $new
$MOVED-old      IN A        $old" "$MOVED"
    ;;
'the service name points to the old machine') write_forward "$after" "$MOVED-old" ;;
'a line in a file of app1') write_forward "$after" "$MOVED" ;;
esac

cat >$zones/10.40.zone <<ZONE
; Names by address: 10.40.0.0/16. What log1 writes down comes from here. Owner: Platform.
\$TTL 300
@       IN SOA  ns1.$domain. hostmaster.$domain. (
                $REVERSE_SERIAL      ; serial
                600             ; refresh: the harbours' name servers ask so often
                120             ; retry
                604800          ; expire
                300 )           ; how long a "no" may be remembered
        IN NS   ns1.$domain.

10.0            IN PTR  bastion1.$domain.
53.0            IN PTR  ns1.$domain.
10.1            IN PTR  lb1.$domain.
21.1            IN PTR  web1.$domain.
22.1            IN PTR  web2.$domain.
11.2            IN PTR  app1.$domain.
12.2            IN PTR  app2.$domain.
$stays_at.3             IN PTR  $stays.$domain.
$OLD_HOST.3            IN PTR  $MOVED.$domain.
11.4            IN PTR  files1.$domain.
12.4            IN PTR  backup1.$domain.
11.5            IN PTR  mon1.$domain.
12.5            IN PTR  log1.$domain.
13.5            IN PTR  ctl1.$domain.
14.5            IN PTR  repo1.$domain.
ZONE
if [ "$REVERSE" = 'written without its dot' ]; then
    echo "$NEW_HOST.7            IN PTR  $MOVED.$domain" >>$zones/10.40.zone
fi

named-checkzone -q $domain $forward
named-checkzone -q 40.10.in-addr.arpa $zones/10.40.zone
systemctl enable --quiet named.service
systemctl restart named.service
for _ in {1..100}; do
    served=$(dig +short +time=1 +tries=1 @127.0.0.1 ns1.$domain A 2>/dev/null || true)
    [ "$served" != 10.40.0.53 ] || break
    sleep 0.1
done
if [ "$served" != 10.40.0.53 ]; then
    echo "the name server does not answer: $served" >&2
    exit 1
fi

# Edited, and never read again. Some time after the start, so that a reload would see a newer file.
if [ "$SLIP" = 'the old edition is still served' ]; then
    sleep 1.1
    write_forward "$after" "$MOVED"
fi
