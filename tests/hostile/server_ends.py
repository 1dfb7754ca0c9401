"""Attacks of a server at the end of a connection: RFC 6455 §5.5.1, §7; and on programs that show what a server sends."""

import itertools

from client_attacks import NO_CLOSE, UNSEEN, Attack, closes
from server_end import close, frame
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

ATTACKS = []
PATIENT = ("--close-timeout", "1")
NOT_UTF8_SAYS = "text or close reason is not UTF-8"
MAX_REASON = 123


def attack(name, does, serve, **expected):
    ATTACKS.append(Attack(name, does, serve, **expected))


def closing(data):
    """A server that opens, sends these bytes or what a function makes of the case, and ends its direction of TCP."""

    def serve(end, *case):
        end.open(data(*case) if callable(data) else data)
        end.half_close()

    return serve


# ---- The server closes first

GOOD_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)
BAD_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
BAD_REASONS = (b"\x80", b"ok \xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"x" * 120 + b"\xc3")


attack(
    "close: good code",
    "closes with this code",
    closing(lambda code: close(code, b"bye")),
    wire=closes,
    says=lambda code: f"closed with {code} bye",
    cases=GOOD_CODES,
)
attack("close: no code", "closes without a code", closing(close()), wire=closes(None), says="closed with 1005")
attack(
    "close: one byte",
    "a Close with a body of one byte",
    closing(frame(CLOSE, b"\x03")),
    wire=closes(1002),
    says="close frame with a body of one byte",
)
attack(
    "close: forbidden code",
    "a Close with a code that must not be sent",
    closing(lambda code: close(code)),
    wire=closes(1002),
    says="must not stand in a close frame",
    cases=BAD_CODES,
)
attack(
    "close: bad reason",
    "a Close with a reason that is not UTF-8",
    closing(lambda reason: close(1000, reason)),
    wire=closes(1007),
    says=NOT_UTF8_SAYS,
    cases=BAD_REASONS,
)
attack("close: long reason", "a Close with a reason of 124 bytes", closing(close(1000, b"x" * 124)), wire=closes(1002), says="125")
attack(
    "close: longest reason",
    "a Close with a reason of 123 bytes",
    closing(close(1000, b"x" * MAX_REASON)),
    wire=closes(1000),
    says="closed with 1000 x{123}",
)
attack(
    "close: commands",
    "a reason that commands a terminal",
    closing(close(4000, "\x1b[2J\u009b1m\r\n\u202e".encode())),
    wire=closes(4000),
    says=r"closed with 4000 \\u\{1b\}\[2J",
)
attack("close: twice", "a second Close with another code", closing(close(4000) + close(4001)), wire=closes(4000), says="closed with 4000")
attack(
    "close: data behind",
    "frames behind its Close, good and bad ones",
    closing(close(4000) + frame(TEXT, b"x") + frame(PING) + frame(3, b"", rsv=7)),
    wire=closes(4000),
    says="closed with 4000",
)
attack(
    "close: amid a message",
    "a Close between two fragments",
    closing(frame(TEXT, b"x", fin=False) + close(4000)),
    wire=closes(4000),
    says="closed with 4000",
)


def close_and_stay(end):
    end.open(close(4000))
    end.rest()
    end.stay()


def close_and_flood(end):
    end.open(close(4000))
    end.flood_until_over(frame(BINARY, b"x" * 65536), 1 << 40)


def close_deaf(end):
    end.open()
    end.echo(11)
    end.send(close(4000))
    end.stay()


attack("close: no end of TCP", "closes, and never ends TCP", close_and_stay, wire=closes(4000), says="closed with 4000", flags=PATIENT)
attack("close: flood behind", "closes, and sends messages without end", close_and_flood, wire=closes(4000), says="closed with 4000", flags=PATIENT)
attack(
    "close: deaf",
    "closes, and never reads the 1 MiB before the answer",
    close_deaf,
    wire=UNSEEN,
    says="message 11, .*closed with 4000",
    flags=PATIENT,
    count=12,
    window=4096,
)

# ---- The client closes first: it wants no echo


def when_closed(data, ends=True):
    """A server that answers the client's Close with these bytes."""

    def serve(end, *case):
        end.open()
        end.until_opcode(CLOSE)
        end.send(data(*case) if callable(data) else data)
        if ends:
            end.half_close()
        else:
            end.stay()

    return serve


def flood_when_closed(piece):
    def serve(end):
        end.open()
        end.until_opcode(CLOSE)
        end.flood_until_over(piece, 1 << 40)

    return serve


def close_first(name, does, serve, says, **more):
    attack(f"closed: {name}", does, serve, **{"wire": closes(1000), "says": says, "count": 0, **more})


LATE = "the peer did not answer our close in time"
close_first("no answer", "does not answer the client's Close", when_closed(b"", ends=False), LATE, flags=PATIENT)
close_first("drip", "answers it a byte now and then, for hours", lambda end: drip_after_close(end), LATE, flags=PATIENT)
close_first("pings", "answers it with Pings without end", flood_when_closed(frame(PING, b"x" * 125) * 64), LATE, flags=PATIENT)
close_first("pongs", "answers it with Pongs without end", flood_when_closed(frame(PONG) * 4096), LATE, flags=PATIENT)
close_first(
    "fragments", "answers it with a message that never ends", flood_when_closed(frame(CONTINUATION, b"", fin=False) * 8192), "no message to continue"
)
close_first("long frame", "answers it with a frame over the limit", when_closed(frame(BINARY, b"", claim=1 << 40)), "over the limit")
close_first("message", "answers it with a message", when_closed(frame(TEXT, b"x")), "a message came that was not asked for")
close_first("end of TCP", "answers it with the end of TCP", when_closed(b""), "the transport ended without a close frame")
close_first("half a Close", "answers it with a half of a Close", when_closed(close(1000)[:3]), "the transport ended inside a close frame")
close_first("other code", "answers it with another code", when_closed(close(4000, b"no")), "closed with 4000 no")
close_first("no code", "answers it without a code", when_closed(close()), "closed with 1005")
close_first(
    "forbidden code",
    "answers it with a code that must not be sent",
    when_closed(lambda code: close(code)),
    "must not stand in a close frame",
    cases=BAD_CODES,
)
close_first("masked", "answers it with a masked Close", when_closed(frame(CLOSE, b"\x03\xe8", mask=b"abcd")), "close frame from a server is masked")
close_first(
    "never ends TCP", "answers it, and never ends TCP: the client does", when_closed(close(1000), ends=False), None, flags=PATIENT, wire=UNSEEN
)


def drip_after_close(end):
    end.open()
    end.until_opcode(CLOSE)
    end.drip(itertools.cycle([bytes([byte]) for byte in frame(PING, b"x" * 20)]), 0.1)


# ---- The end of TCP in each state

STATES = {
    "open": b"",
    "in a header": frame(BINARY, b"x" * 200)[:3],
    "in a frame": frame(BINARY, b"x" * 200)[:50],
    "between fragments": frame(TEXT, b"x", fin=False),
    "in a ping": frame(PING, b"x" * 50)[:30],
    "behind a ping": frame(PING, b"x"),
    "in a Close": close(1000, b"bye")[:4],
}
CUT = r"the transport ended (without a close frame|inside a) .*RFC 6455 §7\.1\.4"


def end_in(end, state):
    end.open(STATES[state])
    end.half_close()


def hang_up_in(end, state):
    end.open(STATES[state])
    # What the client has sent is unread, so this is an RST.
    end.close()


def reset_in(end, state):
    end.open(STATES[state])
    end.exchange()
    end.reset()


def reset_when_closed(end, answer):
    end.open()
    end.until_opcode(CLOSE)
    end.send(answer)
    end.reset()


RESET = rf"reset|Broken pipe|{CUT}"
attack("TCP: half-close", "ends its direction of TCP in this state, and reads on", end_in, wire=NO_CLOSE, says=CUT, cases=tuple(STATES))
attack("TCP: hang-up", "hangs up in this state", hang_up_in, wire=UNSEEN, says=RESET, cases=tuple(STATES))
attack("TCP: reset", "resets TCP in this state", reset_in, wire=UNSEEN, says=RESET, cases=tuple(STATES))
close_first(
    "reset", "resets TCP instead of an answer, or in the middle of one", reset_when_closed, RESET, wire=UNSEEN, cases=(b"", b"\x88", b"\x88\x02\x03")
)


def reset_while_sending(end):
    end.open()
    end.echo(11)
    end.until(lambda unread: len(unread) > 4096 or None)
    end.reset()


attack(
    "TCP: reset while sending",
    "resets TCP while a message of 1 MiB is sent",
    reset_while_sending,
    wire=UNSEEN,
    says=f"message 11, .*({RESET})",
    count=12,
    window=4096,
)
