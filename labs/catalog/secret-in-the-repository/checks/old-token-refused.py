#!/usr/bin/python3
"""Beside the box. The token that leaked opens nothing any more."""

import hashlib, json, os, sys, urllib.error, urllib.request

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


def asked(token):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}/data", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        end(1, f"The feed {SECRET} does not answer at all. Then nobody has berths to show, with or without a token.")


if asked(OLD) != 401:
    end(1, "The token that leaked still opens the feed. A new one alone does not shut out the old one: what does the vault say is accepted?")
versions = vault(SECRET)
if versions[0].get("value") != OLD or versions[0].get("accepted") is not False:
    end(1, "The vault no longer knows the version that leaked as revoked. It is changed by vaultctl, which writes down who did what.")
if asked(versions[-1]["value"]) != 200 or versions[-1]["value"] == OLD:
    end(1, "The current version of the secret does not open the feed.")
end(0, "The token that leaked opens nothing any more, and the new one does.")
