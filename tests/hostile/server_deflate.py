"""Attacks of a server with compression: RFC 7692."""

import zlib

from client_attacks import MIB, Attack, closes
from server_end import frame
from server_streams import NOT_UTF8_SAYS, flooding, sending
from wire import BINARY, CLOSE, CONTINUATION, PING, TEXT

ATTACKS = []
DEFLATE = ("--deflate",)
PMD = "Sec-WebSocket-Extensions: permessage-deflate"


def attack(name, does, serve, **expected):
    ATTACKS.append(Attack(f"compression: {name}", does, serve, **{"flags": DEFLATE, **expected}))


def deflated(data, bits=15):
    """A whole message's payload (§7.2.1)."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -bits)
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def compressed(payload, **options):
    return frame(BINARY, payload, rsv=4, **options)


BOMB = deflated(bytes(64 * MIB))  # about 64 KiB
BAD = {
    "reserved block": b"\x07\x00",
    "stored with a wrong length": b"\x00\x05\x00\x00\x00hello",
    "distance too far": b"\x4b\x04\x12\x00",
    "lengths over-subscribed": b"\x05\xe0\x81\x91\x24\xcb\xb2\x2c\x49\xe2\x0f\x2e\x8b\x9a\x47\x56\x9f\xfb\xfe\xec\xd2\xff\x1f",
    "ends inside a block": deflated(b"hello" * 10)[:5],
    "empty": b"",
}
accepting = {"add": [PMD]}

attack(
    "bit without agreement",
    "compresses, though it did not accept to",
    sending(compressed(deflated(b"x"))),
    wire=closes(1002),
    says="has a reserved bit set",
)
attack(
    "bits",
    "sets other bits, or this one where it does not belong",
    sending(lambda case: case, **accepting),
    wire=closes(1002),
    says="has a reserved bit set",
    cases=(
        frame(BINARY, b"x", rsv=2),
        frame(BINARY, b"x", rsv=5),
        frame(PING, b"", rsv=4),
        frame(CLOSE, b"", rsv=4),
        compressed(b"", fin=False) + frame(CONTINUATION, b"", rsv=4),
    ),
)
attack(
    "bad data",
    "what is not DEFLATE",
    sending(lambda case: compressed(BAD[case]), **accepting),
    wire=closes(1007),
    says="compressed message cannot be decompressed",
    cases=tuple(name for name in BAD if name != "empty"),
)
attack(
    "bad text",
    "compressed text that is not UTF-8",
    sending(frame(TEXT, deflated(b"ok \xff"), rsv=4), **accepting),
    wire=closes(1007),
    says=NOT_UTF8_SAYS,
)
attack(
    "bomb",
    "64 KiB that stand for 64 MiB",
    sending(compressed(BOMB), **accepting),
    wire=closes(1009),
    says="over the limit of 16777216 bytes",
    memory=28,
)
attack(
    "bombs",
    "the same, to ten clients at once that take 1 MiB",
    sending(compressed(BOMB), **accepting),
    wire=closes(1009),
    says="over the limit of 1048576 bytes",
    flags=(*DEFLATE, "--max-message", str(MIB)),
    at_once=10,
)
attack(
    "bomb in fragments",
    "the same in fragments of 16 bytes",
    sending(compressed(b"", fin=False) + b"".join(frame(CONTINUATION, BOMB[at : at + 16], fin=False) for at in range(0, len(BOMB), 16)), **accepting),
    wire=closes(1009),
    says="over the limit of 1048576 bytes",
    flags=(*DEFLATE, "--max-message", str(MIB)),
)
attack(
    "nothing",
    "blocks that stand for nothing, without end",
    flooding(frame(CONTINUATION, b"\0\0\0\xff\xff" * 4096, fin=False), 64 * MIB, compressed(b"", fin=False), **accepting),
    wire=closes(1009),
    says="over the limit of",
)
attack(
    "empty fragments",
    "empty fragments of a compressed message",
    flooding(frame(CONTINUATION, b"", fin=False) * 8192, 64 * MIB, compressed(b"", fin=False), **accepting),
    wire=closes(1008),
    says="message in too many tiny fragments",
)
