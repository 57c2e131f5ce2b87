#!/bin/bash
set -euo pipefail
readonly bare=/srv/git/estate.git clone=/home/engineer/estate base=/usr/share/harbourline/estate kept=/var/backups/git/estate.git
umask 022

as_engineer() { runuser -u engineer -- env HOME=/home/engineer "$@"; }
record() {
    local who=$1 when mail
    when=$(date -u -d "$2 days ago $3" +%Y-%m-%dT%H:%M:%S+00:00)
    mail=$(tr 'A-Z ' 'a-z.' <<<"$who")@harbourline.example
    as_engineer env GIT_AUTHOR_NAME="$who" GIT_AUTHOR_EMAIL="$mail" GIT_AUTHOR_DATE="$when" \
        GIT_COMMITTER_NAME="$who" GIT_COMMITTER_EMAIL="$mail" GIT_COMMITTER_DATE="$when" "${@:4}"
}

# The repository, with a little of its history.
rm -rf /srv/git "$clone" "${kept%/*}" /run/estate /home/engineer/.ssh /etc/ssh/ssh_known_hosts
install -d -o engineer -g engineer /srv/git /run/estate
install -d -m 0700 "${kept%/*}"
cp -a $base /run/estate/work
chown -R engineer:engineer /run/estate
as_engineer git config --global user.name 'New Engineer'
as_engineer git config --global user.email engineer@harbourline.example
as_engineer git config --global init.defaultBranch main
as_engineer git config --global pull.ff only
as_engineer git config --global core.editor nano
as_engineer git config --global gc.auto 0
readonly at=/run/estate/work
as_engineer git init --quiet --bare $bare
as_engineer git init --quiet $at
as_engineer git -C $at add --all
record 'Ingrid Dahl' 210 10:02 git -C $at commit --quiet -m 'The machines of the booking desk, as they are'
as_engineer git -C $at switch --quiet -c hl-3877-queue
sed -i 's/^desk_queue: .*/desk_queue: 150/' $at/group_vars/app.yml
record 'Tomas Reuter' 90 14:20 git -C $at commit --quiet -a -m 'HL-3877: a shorter queue for a week'
sed -i 's/^desk_queue: .*/desk_queue: 200/' $at/group_vars/app.yml
record 'Tomas Reuter' 83 09:12 git -C $at commit --quiet -a -m 'HL-3877: the queue as it was, the week is over'
as_engineer git -C $at switch --quiet main
record 'Tomas Reuter' 83 09:15 git -C $at merge --quiet --no-ff -m "Merge branch 'hl-3877-queue'" hl-3877-queue
as_engineer git -C $at push --quiet $bare main
record 'New Engineer' 8 08:00 git clone --quiet $bare $clone
cp -a $bare $kept
chown -R root:root $kept
rm -rf /run/estate $base
rmdir --ignore-fail-on-non-empty "${base%/*}"

# The engineer's key goes to the machines, and their host keys come here. Both are made now; while the machines are set up, one
# after the other, they are handed over by this, and then it ends.
install -d -o engineer -g engineer -m 0700 /home/engineer/.ssh
as_engineer ssh-keygen -q -t ed25519 -N '' -C engineer@ctl1 -f /home/engineer/.ssh/id_ed25519
setsid python3 -c '
import http.server
import os
import threading

waiting = {"app1", "app2"}
with open("/home/engineer/.ssh/id_ed25519.pub", "rb") as file:
    key = file.read()


class Exchange(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(key)

    def do_POST(self):
        name = self.path.strip("/")
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open("/etc/ssh/ssh_known_hosts", "a", encoding="ascii") as file:
            file.write(name + " " + " ".join(text.split()[:2]) + "\n")
        waiting.discard(name)
        self.answer(b"")
        if not waiting:
            threading.Thread(target=self.server.shutdown).start()

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


late = threading.Timer(110, os._exit, [1])
late.daemon = True
late.start()
http.server.HTTPServer(("", 8022), Exchange).serve_forever()
' </dev/null >/dev/null 2>&1 &
for _ in {1..200}; do
    if [ -n "$(ss -Htln 'sport = :8022')" ]; then exit 0; fi
    sleep 0.05
done
echo "the exchange of keys does not begin" >&2
exit 1
