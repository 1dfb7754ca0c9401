"""Attacks on an open connection, a few frames each (RFC 6455 §5, §7, §8; RFC 7692)."""

import contextlib

from suite import ENDED, EXACT, FAILED, OWN, TABLE, Attack, attack, came_of
from targets import MIB
from wire import BINARY, CLOSE, CONTINUATION, NO_CHANGE, PING, PONG, TEXT, close, frame

GROUP = "frames"
BOTH = ("echo", "chat")
OFFER = ["Sec-WebSocket-Extensions: permessage-deflate"]
PROTOCOL_ERROR = "Close 1002, FIN"
NOT_UTF8 = "Close 1007, FIN"
TOO_BIG = "Close 1009, FIN"


def row(name, sends, bytes_, answer, rule=FAILED, *, kinds=BOTH, needs_echo=False, then=None, **changes):
    """An attack that is some bytes on an open connection, and perhaps a FIN then."""

    def send(target):
        with target.open(**changes) as peer:
            peer.send(bytes_)
            if then == "FIN":
                peer.half_close()
            return came_of(peer)

    TABLE.append(Attack(GROUP, name, sends, answer, rule, send, {}, kinds, needs_echo))


NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "Close", PING: "Ping", PONG: "Pong"}
FIRST = frame(TEXT, "first", fin=False)

# ---- Masks and headers, §5.1, §5.2

for opcode, name in NAMES.items():
    start = FIRST if opcode == CONTINUATION else b""
    row(f"unmasked {name}", f"a {name} frame without a mask", start + frame(opcode, b"\x03\xe8", mask=None), PROTOCOL_ERROR)
    for bit, rsv in (("RSV1", 4), ("RSV2", 2), ("RSV3", 1)):
        row(f"{bit} on {name}", f"a {name} frame with {bit}, no extension agreed on", start + frame(opcode, rsv=rsv), PROTOCOL_ERROR)
row("empty unmasked", "an empty text without a mask", frame(TEXT, mask=None), PROTOCOL_ERROR)
row("half unmasked", "a fragment with a mask and the next without", FIRST + frame(CONTINUATION, "x", mask=None), PROTOCOL_ERROR)
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    row(f"opcode {opcode}", f"a frame with the reserved opcode {opcode}", frame(opcode, "x"), PROTOCOL_ERROR)
for length, size in ((0, 2), (125, 2), (0, 8), (125, 8), (65_535, 8)):
    long = frame(BINARY, bytes(length), size=size)
    row(f"{length} in {size} bytes", f"the length {length} in {size} bytes instead of fewer", long, PROTOCOL_ERROR)

# ---- Control frames, §5.5

for opcode in (CLOSE, PING, PONG):
    name = NAMES[opcode]
    row(f"{name} of 126 bytes", f"a {name} with a payload of 126 bytes", frame(opcode, b"\x03\xe8" + b"x" * 124), PROTOCOL_ERROR)
    row(f"{name} of 2^40 bytes", f"a {name} that claims 2^40 bytes", frame(opcode, claim=1 << 40), PROTOCOL_ERROR)
    row(f"fragmented {name}", f"a {name} without FIN", frame(opcode, b"\x03\xe8", fin=False), PROTOCOL_ERROR)
    row(f"fragmented {name} inside", f"a {name} without FIN inside a message", FIRST + frame(opcode, b"\x03\xe8", fin=False), PROTOCOL_ERROR)
row("Ping of 125 bytes", "the longest Ping, then a Close", frame(PING, b"p" * 125) + close(1000), "Pong, Close 1000, FIN", EXACT)
row("Pong that nobody asked for", "a Pong, then a Close", frame(PONG, "x") + close(1000), "Close 1000, FIN", EXACT)

# ---- Fragments, §5.4

row("continuation first", "a continuation without a start", frame(CONTINUATION, "x"), PROTOCOL_ERROR)
row("continuation without FIN", "a continuation without a start or FIN", frame(CONTINUATION, "x", fin=False), PROTOCOL_ERROR)
row("text in a message", "a new text inside a message", FIRST + frame(TEXT, "x"), PROTOCOL_ERROR)
row("binary in a message", "a new fragmented binary inside a message", FIRST + frame(BINARY, "x", fin=False), PROTOCOL_ERROR)
row("Ping in a message", "a Ping inside a message", FIRST + frame(PING) + close(1000), "Pong, Close 1000, FIN", ENDED)
row("continuation behind the end", "one continuation too many", frame(PING) + FIRST + frame(CONTINUATION) + frame(CONTINUATION),
    "Pong, Text, Close 1002, FIN", OWN, kinds=("echo",), needs_echo=True)

# ---- Lengths that are claimed: to the limit and beyond it, on 50 connections at once

CONNECTIONS = 50
CLAIM_BOUND = 12 * MIB  # for 50 threads with their buffers of 16 KiB and what they touch of their stacks


def claimed(name, claim, answer, rule=FAILED, *, opcode=BINARY):
    sends = f"frames that claim {name}, on {CONNECTIONS} connections at once"

    def send(target):
        with contextlib.ExitStack() as all, target.memory(CLAIM_BOUND):
            peers = [all.enter_context(target.open()) for _ in range(CONNECTIONS)]
            for peer in peers:
                peer.send(frame(opcode, b"x" * 1000, claim=claim, mask=NO_CHANGE))
            target.bystander.check()
            for peer in peers:
                # Whoever has to be refused for what is claimed gets no help to end.
                if rule != FAILED:
                    peer.half_close()
            return one_of(peers)

    TABLE.append(Attack(GROUP, f"claim of {name}", sends, answer, rule, send, {}, BOTH))


def one_of(peers):
    """What all of them got, which has to be the same."""
    came = {came_of(peer) for peer in peers}
    return came.pop() if len(came) == 1 else f"different answers: {sorted(came)}"


# What is not too big only waits for its payload; then comes FIN.
claimed("4 MiB", 4 * MIB, "FIN", ENDED)
claimed("16 MiB + 1", 16 * MIB + 1, TOO_BIG, OWN)
claimed("2^31", 1 << 31, TOO_BIG, OWN)
claimed("2^32", 1 << 32, TOO_BIG, OWN)
claimed("2^32 + 5", (1 << 32) + 5, TOO_BIG, OWN)
claimed("2^63 - 1", (1 << 63) - 1, TOO_BIG, OWN)
claimed("2^63 - 1 of text", (1 << 63) - 1, TOO_BIG, OWN, opcode=TEXT)
claimed("2^63", 1 << 63, PROTOCOL_ERROR)
claimed("2^64 - 1", (1 << 64) - 1, PROTOCOL_ERROR)
claimed("2^64 - 1 by a Ping", (1 << 64) - 1, PROTOCOL_ERROR, opcode=PING)

# ---- Text, §8.1

NOT_TEXT = {
    "a lone continuation byte": b"\x80",
    "a byte that never occurs": b"\xff",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL of 3 bytes": b"\xe0\x80\x80",
    "a surrogate": b"\xed\xa0\x80",
    "a code point above 10FFFF": b"\xf4\x90\x80\x80",
    "a start of 5 bytes": b"\xf8\x88\x80\x80\x80",
    "a character that breaks off": b"\xf0\x9f\x98",
}
BEFORE = "κόσμε".encode()


def fragments(payload, cut, opcode=TEXT):
    return frame(opcode, payload[:cut], fin=False) + frame(CONTINUATION, payload[cut:])


for name, wrong in NOT_TEXT.items():
    row(name, f"a text with {name}", frame(TEXT, BEFORE + wrong), NOT_UTF8)

    def at_each_cut(target, text=BEFORE + wrong):
        came = set()
        for cut in range(len(text) + 1):
            with target.open() as peer:
                peer.send(fragments(text, cut))
                came.add(came_of(peer))
        return came.pop() if len(came) == 1 else f"different answers: {sorted(came)}"

    TABLE.append(Attack(GROUP, f"{name}, at each cut", "the same in two fragments, cut at each byte", NOT_UTF8, FAILED, at_each_cut, {}, BOTH))


@attack(GROUP, "a valid text in two fragments, cut at each byte", "Text, Close 1000, FIN", kinds=("echo",), needs_echo=True)
def valid_text_at_each_cut(target):
    text = "κόσμε 😀".encode()
    came = set()
    for cut in range(len(text) + 1):
        with target.open() as peer:
            peer.send(fragments(text, cut))
            got = peer.read_frame()
            peer.send(close(1000))
            came.add(("" if got and got.payload == text else "another ") + "Text, " + came_of(peer))
    return came.pop() if len(came) == 1 else f"different answers: {sorted(came)}"


@attack(GROUP, "invalid text, a byte a segment", NOT_UTF8, FAILED)
def invalid_text_byte_by_byte(target):
    with target.open() as peer:
        for byte in frame(TEXT, BEFORE + b"\xed\xa0\x80"):
            peer.send(bytes([byte]))
        return came_of(peer)


# ---- Closing, §5.5.1, §7

row("Close of 1 byte", "a Close with a body of one byte", frame(CLOSE, b"\x03"), PROTOCOL_ERROR)
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1099, 2000, 2999, 5000, 65_535):
    row(f"Close {code}", f"a Close with the code {code}, which must not be sent", close(code), PROTOCOL_ERROR)
row("Close not UTF-8", "a Close with a reason that is not UTF-8", close(1000, b"\xed\xa0\x80"), NOT_UTF8)
row("Close cut in a character", "a Close whose reason breaks off in a character", close(1000, b"x" * 122 + b"\xc3"), NOT_UTF8)
for code in (None, 1000, 1001, 1003, 1007, 1011, 3000, 4999):
    row(f"Close {code or 'without code'}", "a Close as it should be", close(code), f"Close {code or 1005}, FIN", ENDED)
row("longest Close", "a Close with a reason of 123 bytes", close(1000, b"r" * 123), "Close 1000, FIN", ENDED)
row("Close in a message", "a Close inside a message", FIRST + close(1000), "Close 1000, FIN", ENDED)
row("data after Close", "a Close, then a text", close(1000) + frame(TEXT, "late"), "Close 1000, FIN", ENDED)
row("Ping after Close", "a Close, then a Ping", close(1000) + frame(PING), "Close 1000, FIN", ENDED)
row("fault after Close", "a Close, then a frame without a mask", close(1000) + frame(TEXT, "x", mask=None), "Close 1000, FIN", ENDED)
row("Close twice", "two Closes", close(1000) + close(1001), "Close 1000, FIN", ENDED)
row("FIN after Close", "a Close, then FIN", close(1000), "Close 1000, FIN", ENDED, then="FIN")
row("fault after a fault", "two frames that are wrong", frame(3) + frame(TEXT, b"\xff"), PROTOCOL_ERROR)


@attack(GROUP, "a Close, and 20 MB of text behind it", "Close 1000, FIN or Close 1000, RST", ENDED)
def a_flood_after_Close(target):
    with target.memory(2 * MIB), target.open() as peer:
        peer.send(close(1000))
        peer.flood([frame(TEXT, b"x" * 1000, mask=NO_CHANGE) * 100] * 200)
        return came_of(peer)


# ---- FIN and RST in each state

HELLO = frame(TEXT, "hello")
STATES = {
    "in the open": b"",
    "within a header": HELLO[:1],
    "within a long header": frame(BINARY, bytes(70_000))[:7],
    "within a mask": HELLO[:4],
    "within a payload": HELLO[:-2],
    "between fragments": FIRST,
    "within a character": frame(TEXT, b"\xf0\x9f", fin=False),
    "within a Ping": frame(PING, b"12345")[:-2],
    "within a Close": close(1000, b"why")[:-2],
}


def cut(state, start):
    def half_close(target):
        with target.open() as peer:
            peer.send(start)
            peer.half_close()
            return came_of(peer)

    def reset(target):
        peer = target.open()
        peer.send(start)
        peer.reset()
        return "nothing"

    TABLE.append(Attack(GROUP, f"FIN, {state}", f"FIN, {state}", "FIN", ENDED, half_close, {}, BOTH))
    TABLE.append(Attack(GROUP, f"RST, {state}", f"RST, {state}", "nothing", EXACT, reset, {}, BOTH))


for state, start in STATES.items():
    cut(state, start)


@attack(GROUP, "a Close, then RST", "nothing")
def RST_behind_a_Close(target):
    peer = target.open()
    peer.send(close(1000))
    peer.reset()
    return "nothing"


@attack(GROUP, "a Close, and RST when the answer is here", "Close 1000")
def RST_behind_both_Closes(target):
    peer = target.open()
    peer.send(close(1000))
    got = peer.read_frame()
    peer.reset()
    return f"Close {got.close_code()}" if got else "nothing"


@attack(GROUP, "a frame that is wrong, then RST", "nothing")
def RST_behind_a_fault(target):
    peer = target.open()
    peer.send(frame(3))
    peer.reset()
    return "nothing"


@attack(GROUP, "a text of 1 MB, and RST before it is echoed", "nothing", kinds=("echo",))
def RST_before_an_echo(target):
    peer = target.open()
    peer.send(frame(TEXT, b"x" * 1_000_000))
    peer.reset()
    return "nothing"


# ---- permessage-deflate was agreed on, RFC 7692

HELLO_DEFLATED = b"\xf2\x48\xcd\xc9\xc9\x07\x00"  # RFC 7692 §7.2.3.1


def deflated(name, sends, bytes_, answer, rule=FAILED):
    row(name, sends, bytes_, answer, rule, kinds=("echo",), add=OFFER)


deflated("RSV1 on a continuation, deflate", "RSV1 on a continuation (§6)", FIRST + frame(CONTINUATION, "x", rsv=4), PROTOCOL_ERROR)
for opcode in (PING, PONG, CLOSE):
    deflated(f"RSV1 on a {NAMES[opcode]}, deflate", f"RSV1 on a {NAMES[opcode]}", frame(opcode, rsv=4), PROTOCOL_ERROR)
deflated("RSV2 with RSV1, deflate", "RSV1 and RSV2", frame(TEXT, HELLO_DEFLATED, rsv=6), PROTOCOL_ERROR)
deflated("no deflate stream", "a compressed message that is none", frame(TEXT, b"\xff\xff\xff\xff", rsv=4), NOT_UTF8)
deflated("distance too far", "a reference to before the start", frame(TEXT, b"\x02\x13\x00\x00", rsv=4), NOT_UTF8)
deflated("stream that breaks off", "a compressed message without its end", frame(TEXT, HELLO_DEFLATED[:3], rsv=4), NOT_UTF8)
deflated("inflated text not UTF-8", "a compressed text that is not UTF-8 (a stored block)", frame(TEXT, b"\x00\x01\x00\xfe\xff\xff\x00", rsv=4), NOT_UTF8)
