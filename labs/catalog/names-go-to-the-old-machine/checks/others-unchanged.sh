#!/bin/bash
# Beside ns1: all names that had no part in the move, forwards and backwards.
case $MOVED in
cache1) stays=db1 stays_at=8 ;;
*) stays=cache1 stays_at=9 ;;
esac
expected() {
    local each
    for each in ns1=0.53 bastion1=0.10 lb1=1.10 web1=1.21 web2=1.22 app1=2.11 app2=2.12 files1=4.11 backup1=4.12 mon1=5.11 \
        log1=5.12 ctl1=5.13 repo1=5.14 "$stays=3.$stays_at" "$MOVED-old=3.$OLD_HOST"; do
        echo "${each%%=*}.harbourline.internal. A 10.40.${each#*=}"
    done
    for each in www=lb1 runbooks=mon1 packages=repo1 "$stays-$ALIAS=$stays"; do
        echo "${each%%=*}.harbourline.internal. CNAME ${each#*=}.harbourline.internal."
    done
    for each in 10.0=bastion1 53.0=ns1 10.1=lb1 21.1=web1 22.1=web2 11.2=app1 12.2=app2 "$stays_at.3=$stays" 11.4=files1 12.4=backup1 \
        11.5=mon1 12.5=log1 13.5=ctl1 14.5=repo1; do
        echo "${each%%=*}.40.10.in-addr.arpa. PTR ${each#*=}.harbourline.internal."
    done
    echo "www.harbourline.example. CNAME lb1.harbourline.example."
}
expected | sort >/tmp/expected
awk '{ print $1, $2 }' /tmp/expected >/tmp/questions
dig @127.0.0.1 +noall +answer +time=2 +tries=2 -f /tmp/questions 2>/dev/null | awk '{ print tolower($1), $4, tolower($5) }' | sort -u >/tmp/seen
other=$(diff /tmp/expected /tmp/seen | grep -E '^[<>]' | head -n 1)
if [ -n "$other" ]; then
    name=$(awk '{ print $2 }' <<<"$other")
    echo "The name server answers otherwise than before for ${name%.}. It had no part in the move, or keeps its name until Friday."
    exit 1
fi
echo "All other names are as they were."
