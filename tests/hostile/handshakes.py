"""Attacks on the opening handshake (RFC 6455 §4, RFC 9112)."""

from suite import ENDED, EXACT, OWN, REFUSED, TABLE, Attack, attack, came_of
from targets import MIB
from wire import KEY, TEXT, frame

GROUP = "handshakes"
VERSION = "426 with version 13, FIN"


def row(name, sends, answer, rule=REFUSED, *, raw=None, behind=b"", **changes):
    """An attack that is one head, made of a valid one by `changes`, or `raw`."""

    def send(target):
        with target.dial() as peer:
            head = raw.replace(b"{host}", target.host.encode()).replace(b"{path}", target.path.encode()) if raw else None
            peer.send((head or target.request(**changes)) + behind)
            # Who is refused is to be hung up on, and not only once it hangs up itself.
            if rule != REFUSED or "FIN" in sends:
                peer.half_close()
            return came_of(peer)

    answer, answers = (answer, {}) if isinstance(answer, str) else (answer[0], {"chat": answer[1]})
    TABLE.append(Attack(GROUP, name, sends, answer, rule, send, answers, ("echo", "chat")))


# ---- Fields that are missing, twice, or wrong

row("nothing wrong", "a valid handshake, then FIN", "101, FIN", ENDED)
row("no Host", "no Host", "400, FIN", drop=["Host"])
row("two Hosts", "two Host fields", "400, FIN", add=["Host: other.example"])
row("two Hosts alike", "the same Host twice", "400, FIN", add=["Host: localhost"], change={"Host": "localhost"})
row("bad Host", "a Host that is no host", "400, FIN", change={"Host": "a b/c"})
row("user in Host", "a Host with a user name", "400, FIN", change={"Host": "user@localhost"})
for version in ("0", "8", "12", "14", "255"):
    row(f"version {version}", f"Sec-WebSocket-Version: {version}", VERSION, change={"Sec-WebSocket-Version": version})
row("no version", "no Sec-WebSocket-Version", VERSION, drop=["Sec-WebSocket-Version"])
row("version 256", "Sec-WebSocket-Version: 256", "400, FIN", change={"Sec-WebSocket-Version": "256"})
row("version 013", "Sec-WebSocket-Version: 013", "400, FIN", change={"Sec-WebSocket-Version": "013"})
row("two versions", "Sec-WebSocket-Version twice: 13 and 8", "400, FIN", add=["Sec-WebSocket-Version: 8"])
row("list of versions", "Sec-WebSocket-Version: 13, 8", "400, FIN", change={"Sec-WebSocket-Version": "13, 8"})
row("no key", "no Sec-WebSocket-Key", "400, FIN", drop=["Sec-WebSocket-Key"])
row("two keys", "two Sec-WebSocket-Keys", "400, FIN", add=[f"Sec-WebSocket-Key: {KEY}"])
for octets, key in ((0, ""), (15, "A" * 20), (17, "A" * 23 + "="), (24, "A" * 32)):
    row(f"key of {octets} octets", f"a Sec-WebSocket-Key of {octets} octets", "400, FIN", change={"Sec-WebSocket-Key": key})
row("key not base64", "a Sec-WebSocket-Key that is not base64", "400, FIN", change={"Sec-WebSocket-Key": "!" * 22 + "=="})
row("no Upgrade", "no Upgrade field, but a key", VERSION, drop=["Upgrade"])
row("Upgrade to h2c", "Upgrade: h2c", VERSION, change={"Upgrade": "h2c"})
row("no Connection", "no Connection field", "400, FIN", drop=["Connection"])
row("Connection keep-alive", "Connection: keep-alive", "400, FIN", change={"Connection": "keep-alive"})
row("bad extensions", "Sec-WebSocket-Extensions: ;;=", "400, FIN", add=["Sec-WebSocket-Extensions: ;;="])
row("bad subprotocols", "Sec-WebSocket-Protocol: a b", "400, FIN", add=["Sec-WebSocket-Protocol: a b"])
row("unknown extension", "an offer of an extension that nobody knows", "101, FIN", ENDED, add=["Sec-WebSocket-Extensions: x-unknown"])
row("two Origins", "two Origin fields", "400, FIN", OWN, add=["Origin: http://a.example", "Origin: http://b.example"])
# echo_server lets in pages of any origin, since it is for tests; chat its own pages alone (§10.2).
row("foreign Origin", "Origin: http://evil.example", ("101, FIN", "403, FIN"), OWN, add=["Origin: http://evil.example"])
row("null Origin", "Origin: null", ("101, FIN", "403, FIN"), OWN, add=["Origin: null"])

# ---- Other protocols and methods

row("POST", "a POST without a body", "405, FIN", line="POST {path} HTTP/1.1")
row("HEAD", "a HEAD that asks for an upgrade", "405, FIN", line="HEAD {path} HTTP/1.1")
row("CONNECT", "a CONNECT to another host", ("405, FIN", "404, FIN"), line="CONNECT other.example:443 HTTP/1.1")
row("HTTP/1.0", "HTTP/1.0", "400, FIN", line="GET {path} HTTP/1.0")
row("HTTP/2.0", "HTTP/2.0", "505, FIN", line="GET {path} HTTP/2.0")
row("HTTP/0.9", "GET without a version", "400, FIN", line="GET {path}")
row("HTTP/2 preface", "the preface of HTTP/2", "505, FIN", raw=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
row("TLS ClientHello", "the start of TLS", "400, FIN", raw=b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(500))
row("a frame at once", "a frame without a handshake, then FIN", "FIN", raw=frame(TEXT, "hello"))
row("zeros", "1,000 zero bytes", "400, FIN", raw=bytes(1000))
row("random target", "a target that is no path", "400, FIN", line="GET chat HTTP/1.1")
row("fragment in target", "a target with a #", "400, FIN", line="GET {path}#x HTTP/1.1")

# ---- Syntax by which requests are smuggled

row("obs-fold", "a field folded over two lines", "400, FIN", add=["X-A: one", " two"])
row("fold at once", "a fold before the first field", "400, FIN", line="GET {path} HTTP/1.1\r\n X: y")
row("bare LF", "lines that end in LF alone", "400, FIN", raw=b"GET {path} HTTP/1.1\nHost: {host}\n\n")
row("one bare LF", "one line that ends in LF alone", "400, FIN", add=["X-A: one\nX-B: two"])
row("bare CR", "a CR inside a value", "400, FIN", add=["X-A: one\rX-B: two"])
row("CR CR LF", "a line that ends in CR CR LF", "400, FIN", add=["X-A: one\r"])
row("NUL", "a NUL in a value", "400, FIN", add=["X-A: one\0two"])
row("NUL in a name", "a NUL in a name", "400, FIN", add=["X-A\0: one"])
row("DEL", "a DEL in a value", "400, FIN", OWN, add=["X-A: \x7f"])
row("blank before the colon", "white space before a colon", "400, FIN", add=["X-A : one"])
row("tab before the colon", "a tab before the colon of Host", "400, FIN", drop=["Host"], add=["Host\t: localhost"])
row("no colon", "a line without a colon", "400, FIN", add=["X-A"])
row("empty name", "a field without a name", "400, FIN", add=[": one"])
row("non-ASCII name", "a field name that is not ASCII", "400, FIN", add=["X-\xe9: one"])
row("non-ASCII value", "a value that is not ASCII, which RFC 9110 §5.5 allows", "101, FIN", OWN, add=["X-A: \xe9"])
row("non-ASCII target", "a target that is not ASCII", "400, FIN", line="GET {path}\xe9 HTTP/1.1")
row("non-ASCII Host", "a Host that is not ASCII", "400, FIN", change={"Host": "\xe9.example"})
row("two blanks", "two blanks in the request line", "400, FIN", line="GET  {path} HTTP/1.1")

# ---- Bodies and second requests

SECOND = b"GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n"
row("body", "Content-Length: 5, and a body", "413, FIN", OWN, add=["Content-Length: 5"], behind=b"hello")
row("smuggled request", "a second request as the body", "413, FIN", OWN, add=[f"Content-Length: {len(SECOND)}"], behind=SECOND)
row("chunked body", "Transfer-Encoding: chunked, and a second request in it", "411, FIN", OWN, add=["Transfer-Encoding: chunked"],
    behind=b"0\r\n\r\n" + SECOND)
row("both lengths", "Content-Length and Transfer-Encoding", "411, FIN", OWN, add=["Content-Length: 4", "Transfer-Encoding: chunked"],
    behind=b"0\r\n\r\n" + SECOND)
row("odd encoding", "Transfer-Encoding: xchunked", "411, FIN", OWN, add=["Transfer-Encoding: xchunked"], behind=SECOND)
row("two lengths", "Content-Length: 0 and Content-Length: 5", "413, FIN", OWN, add=["Content-Length: 0", "Content-Length: 5"], behind=b"hello")
row("length +5", "Content-Length: +5", "400, FIN", OWN, add=["Content-Length: +5"], behind=b"hello")
row("huge length", "Content-Length: 2^64", "413, FIN", OWN, add=[f"Content-Length: {1 << 64}"])
row("length 0", "Content-Length: 0, which is no body", "101, FIN", OWN, add=["Content-Length: 0"])
# What follows an upgrade is frames: `GE` would be one with a reserved opcode.
row("second request", "a second request behind the first", "101, Close 1002, FIN", OWN, behind=SECOND)
row("request behind a page", "a second request behind one for the page", ("200, FIN", VERSION), OWN,
    raw=b"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n", behind=SECOND)
row("frame behind the head", "a frame without a mask in one piece with the head", "101, Close 1002, FIN", ENDED,
    behind=frame(TEXT, "x", mask=None))

# ---- Size

for name, element, count in (("Extensions", "a;b", 4000), ("Protocol", "a", 8000)):
    field = f"Sec-WebSocket-{name}: " + ",".join([element] * count)
    row(f"long list of {name}", f"{count:,} times {element} in Sec-WebSocket-{name}", "400, FIN", OWN, add=[field])
row("100 headers", "100 fields, the most that are taken", "101, FIN", OWN, add=[f"X-{n}: y" for n in range(95)])
row("101 headers", "101 fields", "431, FIN", OWN, add=[f"X-{n}: y" for n in range(96)])
row("long value", "a head of 17,000 bytes", "431, FIN", OWN, add=["X-A: " + "y" * 17_000])
row("long target", "a request line of 9,000 bytes", "414, FIN", OWN, line="GET {path}?" + "y" * 9_000 + " HTTP/1.1")
row("empty lines", "nothing but empty lines", "400, FIN", raw=b"\r\n" * 20_000)


def endless(name, sends, answer, start, piece):
    """20 MB that never become a head. The server says so long before, and hangs up on the rest: with a RST, if that comes soon."""

    def send(target):
        with target.memory(2 * MIB), target.dial() as peer:
            peer.send(start.replace(b"{path}", target.path.encode()))
            peer.flood([piece * (100_000 // len(piece))] * 200)
            return came_of(peer)

    TABLE.append(Attack(GROUP, name, sends, f"{answer}, FIN or {answer}, RST", REFUSED, send, {}, ("echo", "chat")))


endless("line of 20 MB", "a request line of 20 MB", "414", b"GET {path}", b"y")
endless("field of 20 MB", "a field of 20 MB", "431", b"GET {path} HTTP/1.1\r\nX-A: ", b"y")
endless("head of 20 MB", "20 MB of fields", "431", b"GET {path} HTTP/1.1\r\n", b"X-A: y\r\n")
endless("zeros of 20 MB", "20 MB of zeros", "400", b"", b"\0")


# ---- FIN and RST in each state

STATES = {
    "nothing sent": lambda head: b"",
    "within the request line": lambda head: head[:6],
    "within a field": lambda head: head[: len(head) // 2],
    "between CR and LF": lambda head: head[:-1],
    "behind the head": lambda head: head,
}


def cut(state, part):
    def half_close(target):
        with target.dial() as peer:
            peer.send(part(target.request()))
            peer.half_close()
            return came_of(peer)

    def reset(target):
        peer = target.dial()
        peer.send(part(target.request()))
        peer.reset()
        return "nothing"

    answer = "101, FIN" if state == "behind the head" else "FIN"
    kinds = ("echo", "chat")
    TABLE.append(Attack(GROUP, f"FIN, {state}", f"FIN, {state}", answer, ENDED, half_close, {}, kinds))
    TABLE.append(Attack(GROUP, f"RST, {state}", f"RST, {state}", "nothing", EXACT, reset, {}, kinds))


for state, part in STATES.items():
    cut(state, part)


@attack(GROUP, "RST once the 101 has come", "nothing")
def RST_behind_the_101(target):
    target.open().reset()
    return "nothing"


@attack(GROUP, "a valid head, a byte a segment", "101, FIN", ENDED)
def head_byte_by_byte(target):
    with target.dial() as peer:
        for byte in target.request():
            peer.send(bytes([byte]))
        peer.half_close()
        return came_of(peer)
