"""Attacks by compression (RFC 7692 §7.2, §8), on a server that takes messages of up to 1 MiB."""

import contextlib
import itertools
import struct
import zlib

from floods import EMPTY, MILLIONS, TOO_BIG, cheap, flood, times
from suite import OWN, attack, came_of
from targets import MIB
from wire import BINARY, CONTINUATION, TEXT, close

GROUP = "bombs"
OFFER = ["Sec-WebSocket-Extensions: permessage-deflate"]
ZEROS = 64 * MIB
BOMBS = 50
FINAL = b"\x03\x00"  # an empty block with BFINAL


def deflate(data):
    engine = zlib.compressobj(9, wbits=-15)
    return (engine.compress(data) + engine.flush(zlib.Z_SYNC_FLUSH))[:-4]


def final_blocks(count, data=b"abc"):
    """Stored blocks with BFINAL, eight bytes each, as many as are allowed; and an empty one at the end."""
    return (b"\x01" + struct.pack("<HH", len(data), ~len(data) & 0xFFFF) + data) * count + b"\x00"


def bombs(target, payloads, opcode=BINARY):
    """The same message on many connections at once, in these fragments."""
    frames = [cheap(opcode if not at else CONTINUATION, one, rsv=0 if at else 4, fin=at == len(payloads) - 1) for at, one in enumerate(payloads)]
    # Twice the limit, as SECURITY.md says, and what a decompressor has.
    with contextlib.ExitStack() as all, target.memory(BOMBS * (2 * MIB + MIB // 2)):
        peers = [all.enter_context(target.open(add=OFFER)) for _ in range(BOMBS)]
        for peer in peers:
            peer.flood(frames)
        came = {came_of(peer) for peer in peers}
        return came.pop() if len(came) == 1 else f"different answers: {sorted(came)}"


@attack(GROUP, "64 MiB of zeros, compressed, on 50 connections at once", TOO_BIG, OWN, kinds=("echo",))
def bomb(target):
    return bombs(target, [deflate(bytes(ZEROS))])


@attack(GROUP, "the same as text", TOO_BIG, OWN, kinds=("echo",))
def bomb_of_text(target):
    return bombs(target, [deflate(b"x" * ZEROS)], TEXT)


@attack(GROUP, "the same in fragments of 1,000 bytes", TOO_BIG, OWN, kinds=("echo",))
def bomb_in_fragments(target):
    data = deflate(bytes(ZEROS))
    return bombs(target, [data[at : at + 1000] for at in range(0, len(data), 1000)])


@attack(GROUP, "a compressed message of empty fragments", "Close 1008, FIN or Close 1008, RST or Close 1009, FIN or Close 1009, RST", OWN, kinds=("echo",))
def empty_compressed_fragments(target):
    return flood(target, itertools.chain([cheap(BINARY, rsv=4, fin=False)], times(EMPTY, MILLIONS)), 2 * MIB, add=OFFER)


@attack(GROUP, "500,000 empty blocks with BFINAL", "Close 1007, FIN or Close 1007, RST", OWN, kinds=("echo",))
def empty_final_blocks(target):
    return flood(target, [cheap(BINARY, FINAL * 500_000 + b"\x00", rsv=4)], 4 * MIB, add=OFFER)


@attack(GROUP, "1 MB of empty stored blocks, which stand for nothing, then a Close", "Binary compressed, Close 1000, FIN", OWN, kinds=("echo",), needs_echo=True)
def empty_stored_blocks(target):
    return flood(target, [cheap(BINARY, b"\x00\x00\x00\xff\xff" * 200_000 + b"\x00", rsv=4), close(1000)], 4 * MIB, add=OFFER)


@attack(GROUP, "64,000 messages of one compressed byte, then a Close", "many Binary compressed, Close 1000, FIN", OWN, kinds=("echo",), needs_echo=True)
def tiny_compressed_messages(target):
    return flood(target, itertools.chain(times(cheap(BINARY, deflate(b"x"), rsv=4), 64_000), [close(1000)]), 4 * MIB, add=OFFER)


