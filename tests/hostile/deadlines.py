"""Peers that are slow, silent or deaf, all at once since each only waits; the deadlines of the server are short, where it has flags."""

import itertools
import time

from floods import cheap
from suite import AT_ONCE, OWN, attack, came_of
from targets import MIB
from wire import PING, TEXT, Silent, close, frame

GROUP = "deadlines"
# The chat has a history of 8 MiB and outboxes of 16 MiB.
AT_ONCE[GROUP] = {"echo": 8 * MIB, "chat": 64 * MIB}
TIMEOUT = "408, FIN"


@attack(GROUP, "nothing at all", TIMEOUT, OWN)
def silence(target):
    with target.dial() as peer:
        return came_of(peer)


@attack(GROUP, "half a head, and then nothing", TIMEOUT, OWN)
def half_a_head(target):
    with target.dial() as peer:
        peer.send(target.request()[:60])
        return came_of(peer)


@attack(GROUP, "a head that drips, a byte each 20 ms, and has no end", TIMEOUT, OWN)
def dripping_head(target):
    with target.dial() as peer:
        peer.drip(target.request(end="X-A: ") + b"y" * 10_000, 0.02)
        return came_of(peer)


@attack(GROUP, "a refused request, after which the peer does not hang up", "400, FIN, then RST", OWN)
def refused_and_stays(target):
    with target.dial() as peer:
        peer.send(target.request(drop=["Host"]))
        return stays(peer)


@attack(GROUP, "a Close, after which the peer does not hang up", "Close 1000, FIN, then RST", OWN)
def closed_and_stays(target):
    with target.open() as peer:
        peer.send(close(1000))
        return stays(peer)


@attack(GROUP, "a fault, after which the peer does not hang up", "Close 1002, FIN, then RST", OWN)
def failed_and_stays(target):
    with target.open() as peer:
        peer.send(frame(3))
        return stays(peer)


def stays(peer):
    """What came, and that the server then has let go of the connection, although this end has not: what is sent is answered with RST."""
    came = came_of(peer)
    if peer.end == "RST":
        return came
    peer.stuff(drops(peer, 0.1))
    return f"{came}, then {peer.end}"


def drops(peer, pause):
    until = time.monotonic() + peer.limit
    while time.monotonic() < until:
        time.sleep(pause)
        yield b"x"
    raise Silent(f"the connection was still there {peer.limit} s later")


@attack(GROUP, "nothing any more, not even Pongs", "Ping, Close 1011, FIN", OWN, kinds=("echo",))
def no_pong(target):
    with target.open() as peer:
        return came_of(peer)


@attack(GROUP, "half a frame, and then nothing", "Ping, Close 1011, FIN", OWN, kinds=("echo",))
def half_a_frame(target):
    with target.open() as peer:
        peer.send(frame(TEXT, "x" * 100)[:50])
        return came_of(peer)


def unread(target, chunks):
    """Sends on and on and never reads: the server's write timeout ends it. A write which the system takes a part of, since its own
    buffer has grown, has made progress, so that may be a few timeouts later."""
    with target.open(receive_buffer=4096) as peer:
        peer.limit = 4 * target.limit
        peer.stuff(chunks)
        return peer.end


@attack(GROUP, "Pings for ever, from a peer that never reads", "RST", OWN)
def pings_unread(target):
    return unread(target, itertools.repeat(cheap(PING, b"p" * 125) * 500))


@attack(GROUP, "empty Pings for ever, from a peer that never reads", "RST", OWN)
def empty_pings_unread(target):
    return unread(target, itertools.repeat(cheap(PING) * 5000))


@attack(GROUP, "small messages for ever, from a peer that never reads", "RST", OWN, needs_echo=True)
def small_messages_unread(target):
    return unread(target, messages(target, "deaf", 1000))


@attack(GROUP, "large messages for ever, from a peer that never reads", "RST", OWN, needs_echo=True)
def large_messages_unread(target):
    return unread(target, messages(target, "deaf too", 200_000))


def messages(target, name, length):
    said = frame(TEXT, ("say\t" if target.kind == "chat" else "") + "x" * length)
    return itertools.chain([target.sign.introduce(name)], itertools.repeat(said))
