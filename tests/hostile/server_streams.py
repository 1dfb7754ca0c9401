"""Attacks of a server on an open connection: RFC 6455 §5, §8.1 and §10.4."""

import itertools

from client_attacks import MIB, NO_CLOSE, UNSEEN, Attack, closes
from server_end import Over, frame
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

ATTACKS = []

IDLE = ("--idle-timeout", "1")
BRIEF = ("--idle-timeout", "0.3")
SLOW = (*IDLE, "--write-timeout", "2", "--close-timeout", "1")
IDLE_SAYS = "no message came within the idle timeout"
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


def attack(name, does, serve, **expected):
    ATTACKS.append(Attack(name, does, serve, **expected))


def sending(data, **opening):
    """A server that opens and sends these bytes, or what a function makes of the case."""

    def serve(end, *case):
        end.open(**opening)
        end.send(data(*case) if callable(data) else data)

    return serve


def flooding(piece, most, first=b"", **opening):
    """A server that sends a piece again and again, and reads meanwhile."""

    def serve(end):
        end.open(first, **opening)
        end.flood_until_over(piece, most)

    return serve


def deaf(piece, most):
    """The same, but it never reads."""

    def serve(end):
        end.open()
        try:
            end.flood_deaf(piece, most)
        except Over:
            end.close()

    return serve


# ---- Headers of frames, §5.1, §5.2, §5.5

RESERVED = (*range(3, 8), *range(11, 16))
LONG = 1 << 63


def broken(case):
    """What breaks a rule of framing, and what the client says to it."""
    kind, detail = case
    return {
        "masked": lambda: (frame(detail, b"", mask=b"\x01\x02\x03\x04"), f"{NAMES[detail]} frame from a server is masked"),
        "masked with zeros": lambda: (frame(detail, b"x", mask=b"\0\0\0\0"), f"{NAMES[detail]} frame from a server is masked"),
        "opcode": lambda: (frame(detail, b"x"), "opcode"),
        "bits": lambda: (frame(TEXT, b"x", rsv=detail), "has a reserved bit set"),
        "bits in control": lambda: (frame(PING, b"x", rsv=detail), "has a reserved bit set"),
        "bits in the second": lambda: (frame(TEXT, b"x", fin=False) + frame(CONTINUATION, b"x", rsv=detail), "has a reserved bit set"),
        "fragmented": lambda: (frame(detail, b"", fin=False), "fragmented"),
        "long control": lambda: (frame(detail, b"x" * 126), "125"),
        "length not minimal": lambda: (frame(BINARY, b"x" * detail[0], size=detail[1]), "shortest|fewest|minimal"),
        "length of 2^63": lambda: (frame(BINARY, b"", claim=detail, size=8), "2\\^63|63 bits"),
        "continuation": lambda: (frame(CONTINUATION, b"x", fin=detail), "no message to continue"),
        "interrupted": lambda: (frame(TEXT, b"x", fin=False) + frame(detail, b"x"), "began inside a fragmented one"),
    }[kind]()


BROKEN = (
    *(("masked", opcode) for opcode in NAMES),
    *(("masked with zeros", opcode) for opcode in (TEXT, BINARY, PING)),
    *(("opcode", opcode) for opcode in RESERVED),
    *(("bits", bits) for bits in range(1, 8)),
    *(("bits in control", bits) for bits in range(1, 8)),
    *(("bits in the second", bits) for bits in (1, 2, 4)),
    *(("fragmented", opcode) for opcode in (CLOSE, PING, PONG)),
    *(("long control", opcode) for opcode in (CLOSE, PING, PONG)),
    *(("length not minimal", form) for form in ((0, 2), (125, 2), (0, 8), (126, 8), (65535, 8))),
    *(("length of 2^63", claim) for claim in (LONG, LONG + 1, 2 * LONG - 1)),
    *(("continuation", fin) for fin in (True, False)),
    *(("interrupted", opcode) for opcode in (TEXT, BINARY)),
)

attack(
    "frames: broken",
    "breaks a rule of framing, behind other frames",
    lambda end, case: sending(frame(PING, b"a") + broken(case)[0])(end),
    wire=closes(1002),
    says=lambda case: broken(case)[1],
    cases=BROKEN,
)
attack(
    "frames: too long",
    "claims a frame over the limit, up to 2^63 - 1",
    sending(lambda claim: frame(BINARY, b"x", claim=claim, fin=False)),
    wire=closes(1009),
    says="over the limit of 16777216",
    cases=((16 << 20) + 1, 1 << 31, 1 << 32, (1 << 32) + 5, LONG - 1),
)
attack(
    "frames: claim",
    "claims 16 MiB and sends one byte; to ten clients at once",
    sending(frame(BINARY, b"x", claim=16 << 20)),
    wire=closes(1001),
    says=IDLE_SAYS,
    flags=IDLE,
    at_once=10,
)
attack(
    "frames: cut header", "sends a half of a header", sending(frame(BINARY, b"", claim=1 << 20)[:7]), wire=closes(1001), says=IDLE_SAYS, flags=IDLE
)

# ---- Floods, §10.4

FEW = frame(CONTINUATION, b"x", fin=False) * 4096
attack(
    "flood: empty fragments",
    "empty fragments without end",
    flooding(frame(CONTINUATION, b"", fin=False) * 8192, 64 * MIB, frame(TEXT, b"", fin=False)),
    wire=closes(1008),
    says="message in too many tiny fragments",
)
attack(
    "flood: fragments of a byte",
    "fragments of one byte without end",
    flooding(FEW, 64 * MIB, frame(TEXT, b"", fin=False)),
    wire=closes(1008),
    says="message in too many tiny fragments",
)
attack(
    "flood: fragments",
    "fragments of 64 KiB without end",
    flooding(frame(CONTINUATION, b"x" * 65536, fin=False), 64 * MIB, frame(TEXT, b"", fin=False)),
    wire=closes(1009),
    says="message is over the limit of 16777216 bytes",
    memory=28,
)
attack(
    "flood: fragments, small limit",
    "the same, to ten clients at once that take 1 MiB",
    flooding(frame(CONTINUATION, b"x" * 65536, fin=False), 64 * MIB, frame(TEXT, b"", fin=False)),
    wire=closes(1009),
    says="over the limit of 1048576 bytes",
    flags=("--max-message", str(MIB)),
    at_once=10,
)
attack("flood: echoes", "the right echo, again and again", flooding(frame(TEXT, b"") * 4096, 64 * MIB), wire=NO_CLOSE, says="a second echo came")
attack(
    "flood: pings",
    "Pings without end, and reads the Pongs",
    flooding(frame(PING, b"x" * 125) * 64, 1 << 40),
    wire=closes(1001),
    says=IDLE_SAYS,
    flags=BRIEF,
)
attack("flood: empty pings", "the same with empty ones", flooding(frame(PING) * 4096, 1 << 40), wire=closes(1001), says=IDLE_SAYS, flags=BRIEF)
attack("flood: pongs", "Pongs that nobody asked for", flooding(frame(PONG, b"x" * 125) * 64, 1 << 40), wire=closes(1001), says=IDLE_SAYS, flags=BRIEF)
attack(
    "flood: pings of the deaf",
    "Pings without end, and never reads",
    deaf(frame(PING, b"x" * 125) * 64, 1 << 40),
    wire=UNSEEN,
    says=f"took nothing in the time it had|{IDLE_SAYS}",
    flags=SLOW,
    window=4096,
)
attack(
    "flood: pings amid fragments",
    "Pings between fragments, without end",
    flooding((frame(PING, b"x") + frame(CONTINUATION, b"", fin=False)) * 2048, 64 * MIB, frame(TEXT, b"", fin=False)),
    wire=closes(1008),
    says="message in too many tiny fragments",
)


def drip_parts(end):
    end.open(frame(BINARY, b"", claim=MIB))
    end.drip(itertools.repeat(b"x"), 0.2)


attack(
    "flood: drip",
    "a message byte by byte, for hours",
    drip_parts,
    wire=NO_CLOSE,
    says="not done after 2s: .*inside a binary frame",
    flags=("--idle-timeout", "1", "--time-limit", "2"),
)

# ---- Echoes that do not come, or are none


def deaf_to_message(end):
    """Echoes until the client sends 1 MiB, and reads nothing of that."""
    end.open()
    end.echo(11)
    end.stay()


def wrong_echo_of_the_deaf(end):
    """It answers the message of 1 MiB before it has read it."""
    end.open()
    end.echo(11)
    end.send(frame(TEXT, b"no"))
    end.stay()


def wrong_echo(end, case):
    end.open()
    end.echo(1)
    kind, message, ping = end.exchange()
    end.send(case(kind, message) + frame(PONG, ping))


def wrong_pong(end):
    end.open()
    kind, message, ping = end.exchange()
    end.send(frame(kind, message) + frame(PONG, ping[:-1]) + frame(PONG, b""))


WRONG = {
    "other bytes": (lambda kind, message: frame(kind, b"y"), "differs from byte 0"),
    "other kind": (lambda kind, message: frame(kind ^ 3, message), "differs from byte 1"),
    "shorter": (lambda kind, message: frame(kind, b""), "of 0 bytes and differs from byte 0"),
    "longer": (lambda kind, message: frame(kind, message + b"x"), "of 2 bytes and differs from byte 1"),
    "twice": (lambda kind, message: frame(kind, message) * 2, "a second echo came"),
    "in fragments with one too many": (lambda kind, message: frame(kind, message, fin=False) + frame(0, b"x"), "of 2 bytes and differs"),
}

attack("echo: none", "reads all, and sends nothing", lambda end: end.open(), wire=closes(1001), says=IDLE_SAYS, flags=IDLE)
attack(
    "echo: deaf", "never reads a message of 1 MiB", deaf_to_message, wire=UNSEEN, says=f"message 11, .*{IDLE_SAYS}", flags=SLOW, count=12, window=4096
)
attack(
    "echo: wrong and deaf",
    "answers before it reads, and never reads",
    wrong_echo_of_the_deaf,
    wire=UNSEEN,
    says="message 11, .*the echo is Text of 2 bytes",
    count=12,
    window=4096,
)
attack(
    "echo: wrong",
    "echoes other data than were sent",
    lambda end, case: wrong_echo(end, WRONG[case][0]),
    wire=NO_CLOSE,
    says=lambda case: WRONG[case][1],
    cases=tuple(WRONG),
    count=2,
)
attack("echo: wrong pong", "Pongs with another payload than the Ping's", wrong_pong, wire=closes(1001), says=IDLE_SAYS, flags=IDLE)

# ---- Text, §8.1

NOT_UTF8 = {
    "stray": b"\x80",
    "overlong": b"\xc0\xaf",
    "overlong of 3": b"\xe0\x80\xaf",
    "overlong of 4": b"\xf0\x80\x80\xaf",
    "surrogate": b"\xed\xa0\x80",
    "over 10FFFF": b"\xf4\x90\x80\x80",
    "FE": b"\xfe",
    "five": b"\xf8\x88\x80\x80\x80",
    "restarted": b"\xe2\x82\xe2",
    "cut at 2": b"\xc3",
    "cut at 4": b"\xf0\x9f\x8c",
}


def split_at(name, at):
    text = "aκ€".encode() + NOT_UTF8[name]
    return frame(TEXT, text[:at], fin=False) + frame(PING) + frame(CONTINUATION, text[at:])


CUTS = tuple((name, at) for name, bad in NOT_UTF8.items() for at in range(len("aκ€".encode()) + len(bad) + 1))
NOT_UTF8_SAYS = "text or close reason is not UTF-8"

attack(
    "text: cut",
    "text that is not UTF-8, cut at each byte into two fragments",
    sending(lambda case: split_at(*case)),
    wire=closes(1007),
    says=NOT_UTF8_SAYS,
    cases=CUTS,
)
attack(
    "text: early",
    "such text in a frame that never ends: the client does not wait for the rest",
    sending(lambda name: frame(TEXT, NOT_UTF8[name], claim=1000)),
    wire=closes(1007),
    says=NOT_UTF8_SAYS,
    cases=tuple(name for name in NOT_UTF8 if not name.startswith("cut")),
)
