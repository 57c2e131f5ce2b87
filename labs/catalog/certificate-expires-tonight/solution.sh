#!/bin/bash
# Know what is served and to whom, make the new one beside the old, prove it before it goes live, reload, and look from outside.
set -uo pipefail
readonly tls=/etc/nginx/tls
readonly authority=/usr/local/share/harbourline-ca
readonly register=/srv/registers/certificates.csv

# What is served now, until when, for which names, by whom?
served() { openssl s_client -connect 127.0.0.1:443 -servername "$1" -CAfile $authority/root.crt -verify_hostname "$1" </dev/null 2>&1; }
served www.harbourline.example | openssl x509 -noout -subject -issuer -serial -dates -ext subjectAltName
openssl storeutl -noout -text -certs $tls/www.crt | grep -E 'Subject:|Issuer:|Not After'
sudo ls -l $tls
ls -l $authority
cat $register

# For which names do we need it? For all that nginx serves with it, and not only for those in the old one.
mapfile -t names < <(sudo nginx -T 2>/dev/null | grep -oP '^\s*server_name\s+\K[^;]+' | tr ' ' '\n' | sort -u)
for name in "${names[@]}"; do
    echo "$name: $(served "$name" | grep 'Verif.*return code' | head -n 1)"
done

# A copy of what there is, where only root reads it.
sudo install -d -m 0700 /var/backups/tls.before
sudo cp -a $tls /var/backups/tls.before/

# The key: what the runbook says for this site. The key never leaves root's hands.
if [ "$KEY_RULE" = 'a new key' ]; then
    sudo openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $tls/www.new.key
else
    sudo install -o root -g root -m 0600 $tls/www.key $tls/www.new.key
fi
sudo ls -l $tls/www.new.key

# The request, with all names; looked at before it is sent.
work=$(mktemp -d)
sudo openssl req -new -key $tls/www.new.key -subj /CN=www.harbourline.example \
    -addext "subjectAltName=$(printf 'DNS:%s,' "${names[@]}" | sed 's/,$//')" >"$work/www.csr"
openssl req -in "$work/www.csr" -noout -verify -text | grep -A 1 'Alternative Name'
request-certificate "$work/www.csr" >"$work/leaf.crt" || exit 1

# Who has signed it? Not of necessity the one that signed the last one.
openssl x509 -in "$work/leaf.crt" -noout -subject -issuer -serial -enddate -ext subjectAltName
issuer=
for candidate in $authority/issuing-*.crt; do
    if openssl verify -CAfile $authority/root.crt -untrusted "$candidate" "$work/leaf.crt"; then issuer=$candidate; fi
done
[ -n "$issuer" ] || exit 1

# The site's own first, then who signed it. Does the key belong to it?
cat "$work/leaf.crt" "$issuer" >"$work/www.crt"
[ "$(openssl x509 -in "$work/leaf.crt" -noout -pubkey)" = "$(sudo openssl pkey -in $tls/www.new.key -pubout)" ] || exit 1

# In place, checked, and only then live: a reload, which cuts off nobody.
sudo install -o root -g root -m 0644 "$work/www.crt" $tls/www.crt # key
sudo mv $tls/www.new.key $tls/www.key
sudo nginx -t || exit 1
sudo systemctl reload nginx # key

# From outside, for every name. A reload needs a moment until new workers answer.
new=$(openssl x509 -in "$work/leaf.crt" -noout -serial)
for _ in {1..20}; do
    [ "$(served www.harbourline.example | openssl x509 -noout -serial)" = "$new" ] && break
    sleep 0.2
done
for name in "${names[@]}"; do
    served "$name" | grep -q 'Verify return code: 0 (ok)' || exit 1
    curl -fsS -o /dev/null -w '%{http_code} %{url_effective}\n' --cacert $authority/root.crt "https://$name/" || exit 1
done
sudo ls -l $tls

# The register, so that the next one knows.
leaf="$work/leaf.crt"
row="www.harbourline.example,${names[*]},$(openssl x509 -in "$leaf" -noout -issuer -nameopt multiline | sed -n 's/^ *commonName *= //p')"
row+=",$(openssl x509 -in "$leaf" -noout -serial | cut -d = -f 2)"
row+=",$(date -u -d "$(openssl x509 -in "$leaf" -noout -enddate | cut -d = -f 2)" +%F),$(id -un)"
cp -a $register "$work/"
sed -i "s|^www\.harbourline\.example,.*|$row|" $register # key
diff "$work/certificates.csv" $register
rm -r "$work"
exit 0
