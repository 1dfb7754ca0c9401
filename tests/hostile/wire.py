"""What hostile peers of both roles share: frames and heads as bytes, a TCP peer that tells how it ended, and what a process uses.

Nothing here keeps to the protocol unless it is asked to: `frame` makes what no sound library would let one make.
"""

import base64
import hashlib
import os
import resource
import select
import socket
import struct
import time
from pathlib import Path
from typing import NamedTuple

from secured import Secured

LIMIT = 30  # seconds; a peer that does not answer for so long has failed a check
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"
NO_CHANGE = b"\0\0\0\0"  # a mask that leaves the payload as it is: cheap to send in floods
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Silent(Exception):
    """The peer neither answered nor ended the connection in time."""


# ---- Frames, §5.2


class Frame(NamedTuple):
    fin: bool
    rsv: int
    opcode: int
    payload: bytes
    masked: bool

    def close_code(self):
        """1005 for a Close without a code."""
        return int.from_bytes(self.payload[:2], "big") if self.payload else 1005


def masked(payload, key):
    keys = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", *, fin=True, rsv=0, mask=MASK, claim=None, size=None):
    """A frame. `mask=None` leaves it unmasked; `claim` is a length that the header lies about, `size` the bytes that it takes to
    say it (0, 2 or 8) when that is not the fewest."""
    if isinstance(payload, str):
        payload = payload.encode()
    length = len(payload) if claim is None else claim
    if size is None:
        size = 0 if length < 126 else 2 if length < 1 << 16 else 8
    short = {0: length, 2: 126, 8: 127}[size]
    head = bytes([fin << 7 | rsv << 4 | opcode, (mask is not None) << 7 | short]) + (length.to_bytes(size, "big") if size else b"")
    return head + payload if mask is None else head + mask + masked(payload, mask)


def close(code=None, reason=b"", **options):
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason, **options)


def frame_at(data, at=0):
    """(the frame that begins there, where it ends); None when it is not whole."""
    if len(data) < at + 2:
        return None
    first, second = data[at], data[at + 1]
    at, length = at + 2, second & 127
    if length >= 126:
        size = 2 if length == 126 else 8
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    key = bytes(data[at : at + 4]) if second & 128 else b""
    at += 4 if second & 128 else 0
    if len(data) < at + length:
        return None
    payload = bytes(data[at : at + length])
    parsed = Frame(bool(first & 128), first >> 4 & 7, first & 15, masked(payload, key) if key else payload, bool(key))
    return parsed, at + length


def parse_frame(data):
    """(the first frame, what is behind it); None when it is not whole."""
    parsed = frame_at(data)
    return parsed and (parsed[0], data[parsed[1] :])


def parse_frames(data):
    """All whole frames, and what is left over."""
    found, at = [], 0
    while parsed := frame_at(data, at):
        found.append(parsed[0])
        at = parsed[1]
    return found, data[at:]


# ---- Heads, §4


def request(host, path="/", *, change=None, drop=(), add=(), line=None, end="\r\n"):
    """An opening handshake (§4.1), with some fields changed, dropped or added; `line` replaces the request line."""
    fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    fields.update(change or {})
    lines = [(line or "GET {path} HTTP/1.1").replace("{path}", path)]
    lines += [f"{name}: {value}" for name, value in fields.items() if name not in drop]
    lines += list(add)
    return ("\r\n".join(lines) + "\r\n" + end).encode("latin-1")


def accept(key=KEY):
    """The Sec-WebSocket-Accept that answers a key (§4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def response(key=KEY, *, change=None, drop=(), add=(), line="HTTP/1.1 101 Switching Protocols", end="\r\n"):
    """The answer that opens (§4.2.2), with some fields changed, dropped or added; `line` replaces the status line."""
    fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept(key)}
    fields.update(change or {})
    lines = [line] + [f"{name}: {value}" for name, value in fields.items() if name not in drop] + list(add)
    return ("\r\n".join(lines) + "\r\n" + end).encode("latin-1")


def parse_head(head):
    """(start line, {name in lower case: value}) of a head."""
    line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (one.partition(":") for one in lines if one)
    return line, {name.strip().lower(): value.strip() for name, _, value in pairs}


# ---- TCP


class Peer:
    """A TCP connection, of either role. What came and was not looked at is in `unread`; `end` tells how the other side ended it:
    None, "FIN" or "RST"."""

    def __init__(self, sock, limit=LIMIT):
        self.sock, self.limit = sock, limit
        self.unread, self.end = bytearray(), None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """Sends all of it, or as much as the other side takes before it ends the connection."""
        view, until = memoryview(data), time.monotonic() + self.limit
        while view and self.end != "RST":
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                self.wait(until, writing=True)
            except (BrokenPipeError, ConnectionResetError):
                self.drain()
                self.end = self.end or "RST"
                return

    def flood(self, chunks):
        """Sends chunk after chunk, and takes in meanwhile what comes, until they or the connection come to an end."""
        for chunk in chunks:
            view, until = memoryview(chunk), time.monotonic() + self.limit
            while view:
                self.drain()
                if self.end:
                    return
                try:
                    view = view[self.sock.send(view) :]
                    until = time.monotonic() + self.limit
                except BlockingIOError:
                    self.wait(until, writing=True, reading=True)
                except (BrokenPipeError, ConnectionResetError):
                    self.drain()
                    self.end = self.end or "RST"
                    return

    def stuff(self, chunks):
        """Sends chunk after chunk and never reads, until the other side resets the connection."""
        end = time.monotonic() + 2 * self.limit
        for chunk in chunks:
            if time.monotonic() > end:
                raise Silent(f"it still took what was sent after {2 * self.limit} s")
            view, until = memoryview(chunk), time.monotonic() + self.limit
            while view:
                try:
                    view = view[self.sock.send(view) :]
                    until = time.monotonic() + self.limit
                except BlockingIOError:
                    self.wait(until, writing=True)
                except (BrokenPipeError, ConnectionResetError):
                    self.end = "RST"
                    return

    def drain(self):
        """Takes in what has come, without waiting; gives whether there was any."""
        before = len(self.unread)
        while self.end is None:
            try:
                data = self.sock.recv(1 << 18)
            except BlockingIOError:
                break
            except ConnectionResetError:
                self.end = "RST"
                break
            if not data:
                self.end = "FIN"
            self.unread += data
        return len(self.unread) > before

    def wait(self, until, *, writing=False, reading=False):
        if not self.happens(until, writing=writing, reading=reading):
            raise Silent(f"nothing happened for {self.limit} s; unread: {bytes(self.unread[:40])!r}")

    def happens(self, until, *, writing=False, reading=False):
        """Whether the socket can be read (or written) before this moment; also when it has ended."""
        events = (select.POLLOUT if writing else 0) | (select.POLLIN if reading or not writing else 0)
        poll = select.poll()
        poll.register(self.sock, events)
        left = until - time.monotonic()
        return bool(poll.poll(max(0, left * 1000)))

    def drip(self, data, pause):
        """Sends a byte at a time, and takes in meanwhile what comes, until they or the connection come to an end."""
        for at in range(len(data)):
            if self.happens(time.monotonic() + pause, reading=True):
                self.drain()
            if self.end:
                return
            self.send(data[at : at + 1])

    def until(self, found):
        """Takes in bytes until `found(unread)` gives something, which it gives, or the connection ends: then None."""
        until = time.monotonic() + self.limit
        while (result := found(self.unread)) is None:
            if self.end:
                return None
            self.wait(until)
            self.drain()
        return result

    def read_head(self):
        """A head up to its empty line; None when the connection ended before."""
        at = self.until(lambda unread: None if (at := unread.find(b"\r\n\r\n")) < 0 else at + 4)
        return None if at is None else self.take(at)

    def read_frame(self):
        """The next frame; None when the connection ended before."""
        parsed = self.until(frame_at)
        if parsed:
            del self.unread[: parsed[1]]
        return parsed and parsed[0]

    def rest(self):
        """All that comes until the other side ends the connection."""
        until = time.monotonic() + self.limit
        while not self.end:
            self.wait(until)
            self.drain()
        return self.take(len(self.unread))

    def take(self, length):
        taken = bytes(self.unread[:length])
        del self.unread[:length]
        return taken

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has ended

    def reset(self):
        """Ends the connection with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


def dial(address, limit=LIMIT, receive_buffer=None, tls=None):
    """A connection to (host, port), by TLS if there is a context for it. A small `receive_buffer` lets one who does not read be
    noticed soon."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(limit)
        sock.connect(address)
        return Peer(Secured(sock, tls, address[0]) if tls else sock, limit)
    except BaseException:
        sock.close()
        raise


# ---- What a process uses


class Usage(NamedTuple):
    rss: int  # bytes
    private: int  # bytes that no other process has too; 0 where the system does not tell
    threads: int
    descriptors: int
    cpu: float  # seconds, of threads that have ended too


def usage(pid):
    """What a process uses now, from /proc."""
    at = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (at / "status").read_text().splitlines())
    try:
        rollup = (at / "smaps_rollup").read_text().splitlines()
        private = sum(int(line.split()[1]) for line in rollup if line.startswith(("Private_Clean", "Private_Dirty"))) << 10
    except OSError:
        private = 0
    fields = (at / "stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    count = lambda folder: len(os.listdir(at / folder))
    return Usage(int(status["VmRSS"].split()[0]) << 10, private, count("task"), count("fd"), cpu)


def many_descriptors():
    """Lets this process, and those that it starts, have as many open files as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
