"""Attacks by mass: fragments, control frames, sizes, connections (RFC 6455 §10.4)."""

import contextlib
import itertools

from suite import EXACT, OWN, attack, came_of, transcript
from targets import MIB
from wire import BINARY, CONTINUATION, NO_CHANGE, PING, PONG, TEXT, close, frame

GROUP = "floods"
TOO_MANY = "Close 1008, FIN or Close 1008, RST"
TOO_BIG = "Close 1009, FIN or Close 1009, RST"


def cheap(opcode, payload=b"", **options):
    return frame(opcode, payload, mask=NO_CHANGE, **options)


EMPTY = cheap(CONTINUATION, fin=False)
START = cheap(TEXT, fin=False)


def times(piece, count):
    """So many of a piece, in chunks that are quick to send."""
    whole, rest = divmod(count, 1000)
    return itertools.chain(itertools.repeat(piece * 1000, whole), [piece * rest] if rest else [])


def flood(target, chunks, bound, **changes):
    with target.memory(bound), target.open(**changes) as peer:
        peer.flood(chunks)
        return came_of(peer)


# ---- Fragments and control frames

MILLIONS = 4_000_000


@attack(GROUP, "a text in 4 million empty fragments", TOO_MANY, OWN)
def empty_fragments(target):
    return flood(target, itertools.chain([START], times(EMPTY, MILLIONS)), 2 * MIB)


@attack(GROUP, "a text in 4 million fragments of a byte", TOO_MANY, OWN)
def fragments_of_one_byte(target):
    return flood(target, itertools.chain([START], times(cheap(CONTINUATION, b"x", fin=False), MILLIONS)), 2 * MIB)


@attack(GROUP, "empty fragments, with a Ping between each two", "many Pong, Close 1008, FIN or many Pong, Close 1008, RST", OWN)
def empty_fragments_and_pings(target):
    return flood(target, itertools.chain([START], times(EMPTY + cheap(PING), MILLIONS)), 2 * MIB)


@attack(GROUP, "1 million fragments of a byte, in 20 messages", "20 whole, Close 1000, FIN", kinds=("echo",), needs_echo=True)
def messages_of_many_fragments(target):
    count = 50_000
    middle = cheap(CONTINUATION, b"x", fin=False) * (count - 2)
    message = cheap(TEXT, b"x", fin=False) + middle + cheap(CONTINUATION, b"x")
    with target.memory(8 * MIB), target.open() as peer:
        peer.flood(itertools.chain(itertools.repeat(message, 20), [close(1000)]))
        whole = 0
        while (got := peer.read_frame()) and got.opcode == TEXT:
            whole += got.payload == b"x" * count
        return f"{whole} whole, " + (transcript(frame(got.opcode, got.payload, mask=None) + peer.rest(), peer.end) if got else "nothing more")


@attack(GROUP, "100,000 Pings from a peer that reads, then a Close", "many Pong, Close 1000, FIN", EXACT)
def pings_to_one_that_answers(target):
    return flood(target, itertools.chain(times(cheap(PING, b"p" * 125), 100_000), [close(1000)]), 2 * MIB)


@attack(GROUP, "300,000 Pongs that nobody asked for, then a Close", "Close 1000, FIN", EXACT)
def unasked_pongs(target):
    return flood(target, itertools.chain(times(cheap(PONG, b"p" * 20), 300_000), [close(1000)]), 2 * MIB)


@attack(GROUP, "a text, a byte of its frame a segment", "Text, Close 1000, FIN", EXACT, kinds=("echo",), needs_echo=True)
def frame_byte_by_byte(target):
    with target.open() as peer:
        peer.drip(frame(TEXT, "κόσμε " * 50) + close(1000), 0)
        return came_of(peer)


# ---- Sizes

LIMITS = {"echo": 16 * MIB, "chat": 4 * MIB}


def in_fragments(length, piece=MIB):
    whole = itertools.repeat(cheap(CONTINUATION, bytes(piece), fin=False), length // piece)
    return itertools.chain([cheap(BINARY, fin=False)], whole, [cheap(CONTINUATION, bytes(length % piece))])


@attack(GROUP, "a message of the limit and one byte, in fragments", TOO_BIG, OWN)
def message_too_big(target):
    limit = LIMITS[target.kind]
    return flood(target, in_fragments(limit + 1), 3 * limit)


@attack(GROUP, "a message of just the limit, in fragments of 64 bytes, then a Close", "Binary, Close 1000, FIN", OWN, kinds=("echo",), needs_echo=True)
def message_of_the_limit(target):
    limit = LIMITS[target.kind]
    return flood(target, itertools.chain(in_fragments(limit, 64), [close(1000)]), 5 * limit)


# ---- Connections

THOUSAND, BATCH = 1000, 50
# A thread, its stack as far as it is touched, and its buffer.
CONNECTION_BOUND = 64 << 10


# Of 3,000 connections: less than 200 bytes of each.
CHURN_BOUND = MIB // 2


def thousand(target, sent):
    """A thousand connections which have all sent that, before any is read."""
    with contextlib.ExitStack() as all, target.memory(THOUSAND * CONNECTION_BOUND):
        peers = []
        while len(peers) < THOUSAND:
            for _ in range(BATCH):
                peers.append(all.enter_context(target.dial()))
                peers[-1].send(sent)
            arrive(target)
        target.bystander.check()
        yield from peers


def arrive(target):
    """Waits until the server has accepted all that came before: it takes them in the order in which they came. Else its backlog
    would be full, and the system would let some wait for seconds, or reset them."""
    with target.dial() as peer:
        peer.send(target.request())
        peer.read_head()


def first_answers(peers):
    """How many got a 101, a 503, or were hung up on, as text."""
    counts = {"101": 0, "503": 0, "hung up on": 0}
    for peer in peers:
        head = peer.read_head() or b""
        status = head[9:12].decode("latin-1") or "hung up on"
        counts[status] = counts.get(status, 0) + 1
    return counts


@attack(GROUP, "1,000 connections at once", "1000 open", OWN, chat="at most 500 open")
def connections_at_once(target):
    counts = first_answers(thousand(target, target.request()))
    if counts["101"] <= 500 and counts["101"] > 400:
        return f"at most 500 open  # {counts}"
    return f"{counts['101']} open"


@attack(GROUP, "1,000 connections with half a handshake, then FIN", "1000 turned away", OWN)
def half_handshakes_at_once(target):
    head = target.request()
    came = {}
    for peer in thousand(target, head[: len(head) // 2]):
        peer.half_close()
        one = came_of(peer)
        came[one] = came.get(one, 0) + 1
    # A server that is full says so at once, or hangs up without a word.
    away = ({"FIN", "RST", "503, FIN"} if target.kind == "chat" else {"FIN"}) >= set(came)
    return f"{THOUSAND} turned away  # {came}" if away else str(came)


@attack(GROUP, "1,000 connections, each reset at once", "nothing")
def resets_at_once(target):
    for _ in range(THOUSAND // BATCH):
        for peer in [target.dial() for _ in range(BATCH)]:
            peer.reset()
        arrive(target)
    return "nothing"


@attack(GROUP, "3,000 connections one after the other, with a fault, a message or a Close", "no memory is lost")
def connections_one_after_the_other(target):
    def come_and_go(count):
        for _ in range(count // 3):
            target.come_and_go()
            for sent in (frame(3), frame(TEXT, "x" * 1000)[:500]):
                with target.open() as peer:
                    peer.send(sent)
                    peer.half_close()
                    peer.rest()

    come_and_go(600)  # by then the allocator has what it wants
    with target.memory(CHURN_BOUND):
        come_and_go(3000)
    return "no memory is lost"
