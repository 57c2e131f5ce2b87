#!/usr/bin/python3
"""Beside the box. The boards bear the current token, and take it from outside the repository."""

import hashlib, json, os, re, subprocess, sys, urllib.error, urllib.request

SECRET, SERIAL, PORT = (os.environ[name] for name in ("SECRET", "SERIAL", "PORT"))
OLD = "hlt_" + hashlib.sha256(f"{SECRET} {SERIAL} {PORT}".encode()).hexdigest()[:24]


def end(code, words):
    print(words)
    sys.exit(code)


def vault(name):
    try:
        with open(f"/box/var/lib/vault/{name}.json", encoding="utf-8") as file:
            return json.load(file)["versions"]
    except (OSError, ValueError, KeyError):
        end(1, f"The vault can't be read where it holds {name}. It is not to be touched by hand.")


BARE, DEPLOY, CONF = "/box/srv/git/quay-boards.git", "/box/srv/deploy/quay-boards", "boards/boards.conf"


def git(where, *arguments):
    run = subprocess.run(["git", "-c", "safe.directory=*", "-C", where, *arguments], capture_output=True, text=True, timeout=20)
    return run.stdout.strip() if run.returncode == 0 else ""


def value(text, key):
    found = re.findall(rf"(?m)^{key}[ \t]*=[ \t]*([^#\n]*)", text)
    return found[-1].strip() if found else ""


text = git(BARE, "show", f"main:{CONF}")
if not text:
    end(1, f"{CONF} is not on main any more. The boards need their settings.")
source = value(text, "token_from")
if re.search(r"hlt_[0-9a-z]{24}", text) or not re.fullmatch(rf"vault:{SECRET}|env:\w+|file:/\S+", source):
    end(1, f"On main {CONF} does not say yet from where the token comes. The README of the repository tells the ways there are.")
if re.match(r"file:/(srv|tmp|home)/", source):
    end(1, "A file below /srv, /tmp or /home is no place for a secret.")
if value(text, "feed") != f"http://127.0.0.1:{PORT}/data" or value(text, "refresh") != "30" or value(text, "night") != "22-05":
    end(1, f"{CONF} has lost settings that have nothing to do with the token.")
head = git(DEPLOY, "rev-parse", "HEAD")
if not head or head != git(BARE, "rev-parse", "main"):
    end(1, "What is deployed on this machine is not what main is in the repository.")
with open(f"{DEPLOY}/{CONF}", encoding="utf-8", errors="replace") as file:
    if file.read().strip() != text.strip():
        end(1, f"The deployed {CONF} is not the one of the repository.")
versions = vault(SECRET)
if len(versions) < 2:
    end(1, f"{SECRET} has no new version yet.")
try:
    with urllib.request.urlopen("http://127.0.0.1:8300/health", timeout=5) as answer:
        said = answer.read().decode()
except urllib.error.HTTPError as error:
    end(1, f"The boards say: {error.read().decode().strip()}")
except OSError:
    end(1, "The boards' service does not answer on its port. Its journal says why.")
if not said.startswith("OK"):
    end(1, f"The boards say: {said.strip()}")
for other in ("crew-roster", "push-relay"):
    if len(vault(other)) != 1 or not vault(other)[0]["accepted"]:
        end(1, f"{other} has not leaked, and whoever reads it does not expect a new one today.")
end(0, "The boards work with a token that is not in the repository.")
