"""Attacks of a server on cat and autobahn_client; and the same commands against a server that does as it should."""

import zlib

from client_attacks import MIB, NO_CLOSE, UNSEEN, Attack, Wire, closes
from server_end import ServerEnd, close, frame
from server_deflate import PMD, compressed
from server_streams import BROKEN, NOT_UTF8, broken
from wire import BINARY, PING, PONG, TEXT

ATTACKS = []

COMMANDS = "\x1b[2J\x1b]0;title\x07\u009b31m\x08\x7f\0\r".encode()


def cat(name, does, serve, **expected):
    ATTACKS.append(Attack(f"cat: {name}", does, serve, program="cat", **{"says": None, "wire": closes(1000), **expected}))


def saying(data):
    def serve(end, *case):
        end.open()
        end.send(data(*case) if callable(data) else data)
        end.half_close()

    return serve


def pong_with_commands(end):
    end.open()
    end.until_opcode(PING)
    end.send(frame(PONG, COMMANDS) + close(1000))
    end.half_close()


def flood_cat(end):
    end.open()
    for _ in range(100):
        end.send(frame(TEXT, b"x") * 2000)
    end.send(close(1000))
    end.half_close()


cat("commands", "text that commands a terminal", saying(frame(TEXT, COMMANDS) + close(1000)), shows="^\ufffd\\[2J\ufffd\\]0;title")
cat("commands in a reason", "a reason that commands a terminal", saying(close(1000, COMMANDS)), shows="^closed: 1000 \ufffd\\[2J")
cat("commands in a Pong", "a Pong that commands a terminal", pong_with_commands, shows=r"^pong: \\x1b\[2J", typed=b"/ping x\n")
cat("largest message", "text of 16 MiB", saying(frame(TEXT, b"x" * (16 * MIB)) + close(1000)), shows="^x{1000}", memory=60)
cat("too long", "text of more", saying(frame(TEXT, b"", claim=16 * MIB + 1)), says="over the limit", wire=closes(1009))
cat("many", "200,000 messages", flood_cat, shows=r"^(x\n){200000}closed: 1000")
cat("masked", "a masked frame", saying(frame(TEXT, b"", mask=b"abcd")), says="from a server is masked", wire=closes(1002))
cat("end of TCP", "ends TCP without a Close", saying(b""), says="without a close frame", wire=NO_CLOSE)


# ---- autobahn_client: the connection is not split, and it echoes all that comes


def in_case(serve, opening):
    """A fuzzing server with one case, which is this."""

    def serve_one(end, case=None):
        end.request()
        if "/getCaseCount" in end.head.decode():
            end.send(end.answer() + frame(TEXT, b"1") + close(1000))
        elif "/runCase" in end.head.decode():
            end.send(end.answer(**opening))
            serve(end, case)
        else:
            end.send(end.answer() + close(1000))
        end.half_close()

    return serve_one


def wire_in_case(wire):
    return Wire(wire.text, lambda end: wire.judge(end) if "/runCase" in end.head.decode() else closes(1000).judge(end))


def autobahn(name, does, serve, wire, shows, cases=(), opening={}, **expected):
    attack = Attack(
        f"not split: {name}",
        does,
        in_case(serve, opening),
        wire_in_case(wire),
        None,
        shows,
        cases,
        program="autobahn_client",
        connections=3,
        **expected,
    )
    ATTACKS.append(attack)


def count(data):
    def serve(end, *case):
        end.open(data(*case) if callable(data) else data)
        end.half_close()

    return serve


def flood_echoes(end, _):
    """More than TCP holds, before any echo is read."""
    for _ in range(64):
        end.send(frame(BINARY, b"x" * 65536))
    for _ in range(64):
        end.until_opcode(BINARY)
    end.send(close(1000))


def two_messages_of_one_context():
    """Payloads (RFC 7692 §7.2.1), the second of which is made of the first."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return [(stream.compress(bytes(range(64))) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4] for _ in range(2)]


FAILED = r"^x 1 of 1\n$"
autobahn(
    "broken",
    "breaks a rule of framing, behind a message",
    lambda end, case: end.send(frame(TEXT, b"ok") + broken(case)[0]),
    closes(1002),
    FAILED,
    BROKEN,
)
autobahn("not UTF-8", "text that is not", lambda end, name: end.send(frame(TEXT, NOT_UTF8[name])), closes(1007), FAILED, tuple(NOT_UTF8))
autobahn("too long", "claims more than the limit", lambda end, _: end.send(frame(BINARY, b"x", claim=1 << 40)), closes(1009), FAILED)
autobahn(
    "forbidden code",
    "a Close with a code that must not be sent",
    lambda end, code: end.send(close(code)),
    closes(1002),
    FAILED,
    (0, 999, 1005, 1006, 1015, 5000),
)
autobahn("end of TCP", "ends TCP without a Close", lambda end, _: end.send(frame(PING)), NO_CLOSE, FAILED)
autobahn("reset", "resets TCP", lambda end, _: end.reset(), UNSEEN, FAILED)
autobahn(
    "context taken over",
    "refers to the message before, though it agreed not to",
    lambda end, _: end.send(b"".join(compressed(part) for part in two_messages_of_one_context())),
    closes(1007),
    FAILED,
    opening={"add": [f"{PMD}; server_no_context_takeover"]},
    flags=("--no-incoming-takeover",),
)
autobahn("not read at first", "sends 4 MiB before it reads an echo: no deadlock", flood_echoes, closes(1000), r"^\. 1 of 1\n$")

ATTACKS.append(
    Attack(
        "not split: number",
        "gives a number of cases that is none",
        count(lambda text: frame(TEXT, text) + close(1000)),
        NO_CLOSE,
        "invalid digit|too large|empty string",
        cases=(b"", b"x", b"-1", b"1.5", b"4294967296", b"99999999999999999999"),
        program="autobahn_client",
    )
)


# ---- A server that does as it should


def well_served(attacks):
    """Each command of the attacks on echo_client, against a good server: so it is not the command that fails."""
    commands = {(one.count, one.flags): None for one in attacks if one.program == "echo_client"}
    return [
        Attack(
            f"well served: {' '.join([str(count), *flags])}",
            "does as it should",
            ServerEnd.serve_well,
            closes(1000),
            None,
            "messages, ",
            flags=flags,
            count=count,
        )
        for count, flags in commands
    ]
