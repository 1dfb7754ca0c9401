"""Attacks of a server in the opening handshake: RFC 6455 §4.1, RFC 9110, RFC 9112."""

import itertools

from client_attacks import UNSEEN, Attack, closes
from server_end import close, frame
from wire import PING, PONG

ATTACKS = []
SOON = ("--handshake-timeout", "1")
LATE = "the opening handshake was not finished in time"
CUT = "the transport ended inside the opening handshake"
NO_STATUS_LINE = "the first line is not an HTTP/1.1 request or status line"


def attack(name, does, serve, **expected):
    ATTACKS.append(Attack(f"answer: {name}", does, serve, **expected))


def answering(answer):
    """A server that sends these bytes as its answer, or what a function makes of its end (and of the case)."""

    def serve(end, *case):
        end.request()
        end.send(answer(end, *case) if callable(answer) else answer)

    return serve


def changed(**changes):
    return answering(lambda end: end.answer(**changes))


def adding(end, line):
    return end.answer(add=[line])


def head(status, *lines, body=b""):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1") + body


# ---- Time, and the end of TCP


def drip_answer(end):
    end.request()
    end.drip(bytes([byte]) for byte in end.answer())


def drip_interims(end):
    end.request()
    end.drip(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


def drip_refusal(end):
    end.request()
    end.send(head("503 Busy", "Content-Length: 1000"))
    end.drip(itertools.repeat(b"x"))


def cut_answer(end, length):
    end.request()
    end.send(end.answer()[:length])
    end.half_close()


def reset_answer(end, length):
    end.request()
    end.send(end.answer()[:length])
    end.reset()


def hang_up_at_once(end):
    # With the request unread, the system ends TCP with an RST.
    end.close()


def half_close_at_once(end):
    end.half_close()
    end.request()


# The right answer has a length that does not depend on the key.
LENGTH = len(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \r\n\r\n") + 28

attack("silence", "never answers", lambda end: end.request(), says=LATE, flags=SOON)
attack("not even read", "neither reads nor answers", lambda end: end.stay(), says=LATE, flags=SOON, wire=UNSEEN)
attack("drip", "sends the answer byte by byte, and too slowly", drip_answer, says=LATE, flags=SOON)
attack("drip of interims", "sends `100 Continue` again and again, and slowly", drip_interims, says=LATE, flags=SOON)
attack("drip of a refusal", "sends the body of a 503 byte by byte", drip_refusal, says="answered 503", flags=SOON)
attack("cut", "ends TCP after each byte of the answer", cut_answer, says=CUT, cases=tuple(range(LENGTH)))
attack("reset", "resets TCP after some bytes", reset_answer, says=f"reset|{CUT}", wire=UNSEEN, cases=(0, 1, 12, 40, LENGTH - 1))
attack("hang-up", "hangs up before it reads", hang_up_at_once, says=f"reset|{CUT}", wire=UNSEEN)
attack("half-close", "ends its direction of TCP first", half_close_at_once, says=CUT)

# ---- Other answers than 101

STATUSES = (200, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 407, 417, 426, 429, 500, 501, 502, 503, 505, 599, 600, 999)


def refused(case):
    return f"answered {case} .* instead of 101"


def refuse(end, status):
    here = f"ws://127.0.0.1:{end.sock.getsockname()[1]}/"
    fields = ["Content-Length: 0", f"Location: {here}", 'WWW-Authenticate: Basic realm="x"', "Sec-WebSocket-Version: 8, 7", "Retry-After: 0"]
    return head(f"{status} No", *fields)


def never_ending(*fields, piece=b"x" * 65536, first=b""):
    def serve(end):
        end.request()
        end.send(head("503 Busy", *fields, body=first))
        end.flood_until_over(piece, 256 << 20)

    return serve


def flood_answer(start, piece):
    def serve(end):
        end.request()
        end.send(start)
        end.flood_until_over(piece, 20 << 20)

    return serve


BROKEN_CHUNKS = (b"10000000000000000\r\n", b"ffffffffffffffff0\r\n", b"-1\r\n", b"0x10\r\n", b"\r\n", b"5\r\nhelloX", b"g\r\n", b"5\nhello\n")
TRANSFER = "Transfer-Encoding: chunked"
LENGTHS = ("9223372036854775808", "18446744073709551615", "99999999999999999999", "-1", "0x10", "5, 5", "")

attack("status", "answers with this status; the client does not come again", answering(refuse), says=refused, cases=STATUSES)
attack(
    "status with a body",
    "and a body",
    answering(lambda end, status: head(f"{status} No", "Content-Length: 5", body=b"sorry")),
    says=refused,
    cases=STATUSES,
)
attack(
    "status and 101", "answers 200, and 101 behind it", answering(lambda end: head("200 OK", "Content-Length: 0") + end.answer()), says=refused(200)
)
attack("body without end", "a refusal whose body never ends", never_ending(), says=refused(503))
attack("length of 2^63", "claims that, and sends on", never_ending("Content-Length: 9223372036854775808"), says=refused(503))
attack(
    "chunks without end",
    "a refusal in chunks, without a last one",
    never_ending(TRANSFER, piece=b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    says=refused(503),
)
attack("chunk of 2^64 - 1", "claims that, and sends on", never_ending(TRANSFER, first=b"ffffffffffffffff\r\n"), says=refused(503))
attack("chunk extension", "a chunk extension without end", never_ending(TRANSFER, first=b"5;"), says=refused(503))
attack("trailers", "trailers without end", never_ending(TRANSFER, first=b"0\r\n", piece=b"a: b\r\n"), says=refused(503))
attack(
    "broken chunks",
    "chunk sizes that overflow or are none",
    answering(lambda end, case: head("503 Busy", TRANSFER, body=case)),
    says=refused(503),
    cases=BROKEN_CHUNKS,
)


def refuse_with_length(end, length):
    end.request()
    end.send(head("404 Not Found", f"Content-Length: {length}", body=b"sorry"))
    end.half_close()


attack("broken length", "a Content-Length that overflows or is none", refuse_with_length, says=refused(404), cases=LENGTHS)
attack(
    "both lengths",
    "Content-Length and Transfer-Encoding at once",
    answering(head("404 Not Found", TRANSFER, "Content-Length: 3", body=b"0\r\n\r\n")),
    says=refused(404),
)
attack(
    "reason phrase",
    "a reason that commands a terminal (U+009B, U+202E)",
    answering("HTTP/1.1 404 \u009b31mred \u202e\r\nContent-Length: 0\r\n\r\n".encode()),
    says=r"404 \\u\{9b\}31m",
)

# ---- The status line, and the syntax of the head

STATUS_LINES = (
    "101",
    "HTTP/1.1",
    "HTTP/1.1 101",
    "HTTP/1.1  101 x",
    "HTTP/1.1\t101 x",
    " HTTP/1.1 101 x",
    "HTTP/1.1 99 x",
    "HTTP/1.1 1000 x",
    "HTTP/1.1 0101 x",
    "HTTP/1.1 +101 x",
    "HTTP/1.1 1o1 x",
    "HTTP/1.1 -1 x",
    "HTTP/1.1 000 x",
    "HTTP/11 101 x",
    "HTTP/1.10 101 x",
    "http/1.1 101 x",
    "HTTP 101 x",
    "ICY 101 x",
    "GET / HTTP/1.1",
    "\xff\xfe",
)

attack("status line", "a first line that is none", answering(lambda end, line: end.answer(line=line)), says=NO_STATUS_LINE, cases=STATUS_LINES)
attack("HTTP/1.0", "answers 101 with HTTP/1.0", changed(line="HTTP/1.0 101 Switching Protocols"), says="answers 101 with HTTP/1.0")
attack(
    "HTTP/2",
    "with HTTP/0.9, 2.0, 3.0",
    answering(lambda end, version: end.answer(line=f"HTTP/{version} 101 x")),
    says="the major version of HTTP is not 1",
    cases=("0.9", "2.0", "3.0"),
)
attack("HTTP/2 preface", "a SETTINGS frame of HTTP/2", answering(bytes.fromhex("000000040000000000")), says="the control character 0x00")
attack("TLS alert", "an alert of TLS", answering(bytes.fromhex("15030300020228")), says="the control character 0x15")
attack(
    "banner",
    "another protocol's banner, or a frame, and waits",
    answering(lambda end, banner: banner),
    says=NO_STATUS_LINE,
    flags=SOON,
    cases=(b"SSH-2.0-x\r\n", b"220 mail.example ESMTP\r\n", b"+OK ready\r\n", b"* OK IMAP4rev1\r\n", b"-ERR\r\n", b"\x81\x05hello"),
)

SYNTAX = {
    "folded": ("X-A: 1\r\n  2", "a header is folded"),
    "bare LF": ("X-A: 1\nX-B: 2", "ends in LF without CR"),
    "bare CR": ("X-A: 1\rX-B: 2", "a CR without LF"),
    "NUL": ("X-A: \0", "the control character 0x00"),
    "escape": ("X-A: \x1b[31m", "the control character 0x1B"),
    "DEL": ("X-A: \x7f", "the control character 0x7F"),
    "blank before the colon": ("X-A : 1", "white space between"),
    "no colon": ("X-A", "a header has no colon, or its name is not a token"),
    "no name": (": 1", "its name is not a token"),
    "name not ASCII": ("X-\xc3\xa4: 1", "its name is not a token"),
    "name with a bracket": ("X(A): 1", "its name is not a token"),
}

attack(
    "syntax",
    "a header line that is none",
    answering(lambda end, case: adding(end, SYNTAX[case][0])),
    says=lambda case: SYNTAX[case][1],
    cases=tuple(SYNTAX),
)
attack("long line", "a header line of 20 MB", flood_answer(b"HTTP/1.1 101 x\r\nX-A: ", b"a" * 65536), says="more bytes than the limit")
attack("long status line", "a status line of 20 MB", flood_answer(b"HTTP/1.1 101 ", b"a" * 65536), says="more bytes than the limit")
attack("headers without end", "header after header", flood_answer(b"HTTP/1.1 101 x\r\n", b"a: b\r\n" * 1000), says="more headers than the limit")
attack(
    "interims without end",
    "`100 Continue` again and again",
    flood_answer(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    says="more bytes than the limit",
)
attack(
    "101 headers", "one header more than the limit of 100", answering(lambda end: end.answer(add=["a: b"] * 98)), says="more headers than the limit"
)

# ---- What has to be taken, and what is glued to it

GOOD = {
    "names in lower case": lambda end: end.answer().replace(b"Upgrade: ", b"upgrade:").replace(b"Connection", b"CONNECTION"),
    "other case": lambda end: end.answer(change={"Upgrade": "WebSocket", "Connection": "keep-alive, upgrade"}),
    "blanks": lambda end: end.answer(change={"Upgrade": " \t websocket \t ", "Connection": ",, Upgrade ,"}),
    "no reason": lambda end: end.answer(line="HTTP/1.1 101 "),
    "reason not ASCII": lambda end: end.answer(line="HTTP/1.1 101 \xe4\xff"),
    "interims before": lambda end: head("100 Continue") + head("103 Early Hints", "Link: </>") + end.answer(),
    "100 headers": lambda end: end.answer(add=["a: b"] * 97),
    "Content-Length": lambda end: end.answer(add=["Content-Length: 1000"]),
    "Transfer-Encoding": lambda end: end.answer(add=["Transfer-Encoding: chunked"]),
    "two Connections": lambda end: end.answer(change={"Connection": "keep-alive"}, add=["Connection: Upgrade"]),
    "Connection: close, Upgrade": lambda end: end.answer(change={"Connection": "close, Upgrade"}),
    "frames glued": lambda end: end.answer() + frame(PING, b"glued") + frame(PONG, b"unasked") + frame(PING, b"glued"),
}


def take_well(end, case):
    end.request()
    end.send(GOOD[case](end))
    end.echo(3)
    end.finish_well()


def answer_slowly(end):
    end.request()
    end.drip((bytes([byte]) for byte in end.answer()), 0.002)
    end.echo(3)
    end.finish_well()


attack("unusual", "an unusual answer that keeps the rules: the client goes on", take_well, says=None, cases=tuple(GOOD), count=3, wire=closes(1000))
attack("a byte at a time", "the right answer, a byte at a time, in time", answer_slowly, says=None, count=3, wire=closes(1000))


def close_glued(end):
    end.open(close(4000, b"go away"))
    end.half_close()


attack("Close glued", "a Close right behind the 101", close_glued, says="closed with 4000 go away", wire=closes(4000))
attack(
    "garbage glued",
    "what is no frame right behind the 101",
    answering(lambda end, case: end.answer() + case),
    says=r"RFC 6455 §5\.",
    wire=closes(1002),
    cases=(b"HTTP/1.1 404 No\r\n\r\n", b"\xff" * 100, b"\x16\x03\x01\x00\x05", b"\r\n\r\n", b"<html>"),
)
