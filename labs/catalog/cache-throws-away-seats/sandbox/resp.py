"""The cache: as much of Redis's protocol as the programs on cache1 need."""

import os
import socket


class Refused(Exception):
    """What the cache answers instead of doing it."""


class Cache:
    def __init__(self, where):
        host, _, port = where.partition(":")
        self.socket = socket.create_connection((host, int(port or 6379)), timeout=5)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def ask(self, *words):
        answer = self.ask_all([words])[0]
        if isinstance(answer, Refused):
            raise answer
        return answer

    def ask_all(self, commands):
        """All at once; where one was refused, its answer says so."""
        if not commands:
            return []
        out = bytearray()
        for words in commands:
            out += b"*%d\r\n" % len(words)
            for word in words:
                word = word if isinstance(word, bytes) else str(word).encode()
                out += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(out)
        return [self.answer() for _ in commands]

    def answer(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the cache has hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        return [self.answer() for _ in range(int(rest))]


def settings(path):
    with open(path, encoding="utf-8") as file:
        lines = (line.split("#", 1)[0] for line in file)
        return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines) if value}


def tell_systemd():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
