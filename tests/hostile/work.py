"""Work: twice as much to do takes about twice as long, on a server that takes messages of up to 1 GiB."""

import itertools

from bombs import OFFER, deflate, final_blocks
from floods import EMPTY, START, cheap, times
from suite import OWN, attack
from targets import MIB
from wire import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame

GROUP = "work"
ENOUGH = 0.05  # seconds; the system counts in hundredths


def linear(target, make, count, **changes):
    """Has N and then 2 N done, and holds the time of the processor of one against the other: a square would be four times."""
    if not target.pid:
        return "not measured, since the process is not known"
    once, twice = (spent(target, make(n), **changes) for n in (count, 2 * count))
    if isinstance(once, str) or isinstance(twice, str):
        return f"{once}; {twice}"
    told = f"{once:.2f} s for {count:,}, {twice:.2f} s for twice as many"
    return f"linear  # {told}" if twice <= 3 * once + ENOUGH else told


def spent(target, chunks, **changes):
    """What a connection costs until all of that is read, of which a Pong tells."""
    with target.open(**changes) as peer:
        before = target.usage().cpu
        peer.flood(chunks)
        peer.send(frame(PING, "all read"))
        while got := peer.read_frame():
            if got.payload == b"all read":
                return target.usage().cpu - before
            if got.opcode == CLOSE:
                return f"Close {got.close_code()}"
        return peer.end


@attack(GROUP, "empty fragments of one message", "linear", OWN, kinds=("echo",))
def work_for_empty_fragments(target):
    return linear(target, lambda n: itertools.chain([START], times(EMPTY, n)), 2_000_000)


@attack(GROUP, "fragments of one byte, of one text; each ends inside a character", "linear", OWN, kinds=("echo",))
def work_for_fragments_of_one_byte(target):
    two = cheap(CONTINUATION, b"\xc3", fin=False) + cheap(CONTINUATION, b"\xa9", fin=False)
    return linear(target, lambda n: itertools.chain([START], times(two, n // 2)), 2_000_000)


@attack(GROUP, "fragments of 16 bytes, of one message", "linear", OWN, kinds=("echo",))
def work_for_fragments_of_16_bytes(target):
    return linear(target, lambda n: itertools.chain([cheap(BINARY, fin=False)], times(cheap(CONTINUATION, bytes(16), fin=False), n)), 1_000_000)


@attack(GROUP, "messages of one byte", "linear", OWN, kinds=("echo",))
def work_for_small_messages(target):
    return linear(target, lambda n: times(cheap(TEXT, b"x"), n), 300_000)


@attack(GROUP, "Pings", "linear", OWN, kinds=("echo",))
def work_for_pings(target):
    return linear(target, lambda n: times(cheap(PING, b"x" * 20), n), 300_000)


@attack(GROUP, "bytes of one message, in one frame", "linear", OWN, kinds=("echo",))
def work_for_a_large_message(target):
    return linear(target, lambda n: [cheap(BINARY, bytes(n))], 64 * MIB)


@attack(GROUP, "zeros, compressed, of one message", "linear", OWN, kinds=("echo",))
def work_for_a_bomb(target):
    return linear(target, lambda n: [cheap(BINARY, deflate(bytes(n)), rsv=4, fin=False)], 64 * MIB, add=OFFER)


@attack(GROUP, "blocks with BFINAL, of one message, as many as are allowed", "linear", OWN, kinds=("echo",))
def work_for_final_blocks(target):
    return linear(target, lambda n: [cheap(BINARY, final_blocks(n), rsv=4, fin=False)], 50_000, add=OFFER)


