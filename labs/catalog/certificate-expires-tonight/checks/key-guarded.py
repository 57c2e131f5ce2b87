#!/usr/bin/python3
# Beside the box. Looks for private keys that belong to what is served, wherever they lie.
import os
import pathlib
import pwd
import socket
import ssl
import stat
import subprocess
import sys

BOX = pathlib.Path("/box")


def fail(words):
    print(words)
    sys.exit(1)


def openssl(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, timeout=10, check=False).stdout


def served(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", 443), timeout=5) as plain, context.wrap_socket(plain, server_hostname=name) as site:
        return openssl("x509", "-inform", "der", "-noout", "-pubkey", given=site.getpeercert(binary_form=True))


def keys():
    """Files that hold a private key, but for the authority's own."""
    for top in ("etc", "home", "opt", "root", "srv", "tmp", "usr/local", "var"):
        for directory, below, files in os.walk(BOX / top):
            if directory == str(BOX / "var/lib/harbourline-ca"):
                below.clear()
                continue
            for name in files:
                path = pathlib.Path(directory, name)
                try:
                    seen = path.lstat()
                    if stat.S_ISREG(seen.st_mode) and 0 < seen.st_size < 65536 and b"PRIVATE KEY-----" in path.read_bytes():
                        yield path, seen
                except OSError:
                    continue


def is_reached(path):
    """Whether others than root get as far as the directory that it is in."""
    return all(parent.stat().st_mode & 0o011 or parent.stat().st_uid != 0 for parent in path.parents if BOX in parent.parents)


def name_in(file, number):
    """The box's name for an account or a group."""
    lines = (line.split(":") for line in (BOX / "etc" / file).read_text().splitlines() if line.count(":") > 2)
    return next((line[0] for line in lines if line[2] == str(number)), number)


live = {served(f"{name}.harbourline.example") for name in ("www", os.environ["EXTRA"], os.environ["NEWCOMER"])}
found = [(path, seen) for path, seen in keys() if openssl("pkey", "-in", str(path), "-pubout") in live]
if not found:
    fail("The key of what is served lies in none of the places where keys may lie.")
for path, seen in found:
    at, mode = "/" + str(path.relative_to(BOX)), stat.S_IMODE(seen.st_mode)
    if BOX / "etc" in path.parents:
        if (seen.st_uid, seen.st_gid) != (0, 0):
            fail(f"{at} belongs to {name_in('passwd', seen.st_uid)}, group {name_in('group', seen.st_gid)}. nginx reads its keys as root; nobody else needs to.")
        if mode & ~0o600:
            fail(f"{at} has mode {mode:04o}. nginx reads its keys as root; nobody else needs to.")
    elif seen.st_uid != 0 or (mode & 0o077 and is_reached(path)):
        fail(f"A copy of the key that is in use lies at {at}, where others than root can come by it.")
if not any(BOX / "etc" in path.parents for path, _ in found):
    fail("The key lies outside of /etc, where nobody looks for the key of a web server.")
print("Only root can read the key.")
