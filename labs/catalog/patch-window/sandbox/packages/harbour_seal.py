"""The seal: signs what the booking system sends over the wire. Its table stays open for as long as a program uses it."""

import hashlib
import hmac

VERSION = "@VERSION@"
TABLE = "/usr/lib/harbourline/seal/table.dat"


class Seal:
    def __init__(self):
        self.version = VERSION
        self.table = open(TABLE, "rb")
        self.key = hashlib.sha256(self.table.read()).digest()

    def sign(self, message):
        return hmac.new(self.key, message, "sha256").hexdigest()
