"""The server's end of one connection, for attacks on clients: it does what it is told, and notes all that the client sends."""

import re
import time

import wire
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT


def frame(opcode, payload=b"", **options):
    """As a server sends it, without a mask."""
    return wire.frame(opcode, payload, **{"mask": None, **options})


def close(code=None, reason=b""):
    return wire.close(code, reason, mask=None)


def whole_frame(data):
    """The length of the first frame, header and all; None when it is not whole. Cheap, however much there is behind it."""
    if len(data) < 2:
        return None
    length, at = data[1] & 127, 2 + 4 * (data[1] >> 7)
    if length > 125:
        size = 2 if length == 126 else 8
        length, at = int.from_bytes(data[2 : 2 + size], "big"), at + size
    return at + length if len(data) >= at + length else None


class Wrong(Exception):
    """What the client did on the wire, and should not have."""


class Over(Exception):
    """The client has hung up."""


class ServerEnd(wire.Peer):
    """`look` is called before anything is sent; `clients_over` is set once the clients have ended."""

    def __init__(self, stream, look, clients_over):
        super().__init__(stream)
        self.look, self.clients_over = look, clients_over
        self.head = b""
        self.frames, self.keys = [], []  # the client's so far, and their masking keys
        self.is_closed = False  # by this end

    # The opening handshake

    def request(self):
        """Reads the request's head."""
        self.head = self.read_head()
        if self.head is None:
            raise Over
        if self.unread:
            raise Wrong(f"it sent {bytes(self.unread[:20])!r} before it was answered (§4.1)")

    @property
    def key(self):
        return re.search(r"(?im)^sec-websocket-key: *(\S+)", self.head.decode())[1]

    def answer(self, **changes):
        """The right 101, with what `wire.response` may change."""
        return wire.response(self.key, **changes)

    def open(self, then=b"", **changes):
        self.request()
        self.send(self.answer(**changes) + then)

    # Sending

    def send(self, data):
        self.look()
        super().send(data)
        if self.end:
            raise Over

    def drip(self, pieces, pause=0.05):
        """Sends piece by piece, and listens meanwhile, until the client hangs up."""
        for piece in pieces:
            self.send(piece)
            time.sleep(pause)
            self.drain()
            if self.end:
                raise Over

    def flood_until_over(self, piece, most):
        """Sends a piece again and again, and listens meanwhile, until the client hangs up; `most` bytes are too many."""
        self.flood(self.looked(piece) for _ in range(most // len(piece)))
        if not self.end:
            raise Wrong(f"it took {most} bytes without end")

    def looked(self, piece):
        self.look()
        return piece

    def flood_deaf(self, piece, most):
        """The same without reading."""
        for _ in range(most // len(piece)):
            self.send(piece)
        raise Wrong(f"it took {most} bytes without end")

    def stay(self):
        """Does nothing, for as long as there is a client."""
        self.clients_over.wait()
        self.close()

    def reset(self):
        self.is_closed = True
        super().reset()

    def close(self):
        self.is_closed = True
        super().close()

    # Receiving

    def read_frame(self):
        """The client's next frame."""
        length = self.until(whole_frame)
        if length is None:
            raise Over
        data = self.take(length)
        found, _ = wire.parse_frame(data)
        if not found.masked:
            raise Wrong("a frame of the client's is not masked (§5.1)")
        self.keys.append(data[len(data) - len(found.payload) - 4 :][:4])
        self.frames.append(found)
        return found

    def until_opcode(self, opcode):
        """Reads frames up to one with this opcode."""
        while (found := self.read_frame()).opcode != opcode:
            pass
        return found

    def exchange(self):
        """Reads a whole message and a Ping, in whichever order they come; gives the message's opcode, its payload, and the Ping's."""
        kind, pieces, ping, is_whole = None, [], None, False
        while not is_whole or ping is None:
            found = self.read_frame()
            if found.opcode == PING:
                ping = found.payload
            elif found.opcode in (CONTINUATION, TEXT, BINARY):
                kind = found.opcode or kind
                pieces.append(found.payload)
                is_whole = found.fin
            elif found.opcode != PONG:
                raise Wrong(f"it sent a frame of opcode {found.opcode} instead of a message")
        return kind, b"".join(pieces), ping

    def echo(self, count):
        """Serves as it should, for so many messages."""
        for _ in range(count):
            kind, message, ping = self.exchange()
            self.send(frame(kind, message) + frame(PONG, ping))

    def serve_well(self):
        """Serves as it should, to the end: each frame of a message is sent back as it is."""
        self.open()
        while (found := self.read_frame()).opcode != CLOSE:
            if found.opcode == PING:
                self.send(frame(PONG, found.payload))
            elif found.opcode != PONG:
                self.send(frame(found.opcode, found.payload, fin=found.fin))
        self.send(frame(CLOSE, found.payload))
        self.half_close()

    def finish_well(self):
        """Answers the client's Close and hangs up."""
        self.send(frame(CLOSE, self.until_opcode(CLOSE).payload))
        self.half_close()

    def rest(self):
        """Reads all that still comes, to the end of TCP; what is then `unread` is no whole frame."""
        try:
            while True:
                self.read_frame()
        except Over:
            pass
