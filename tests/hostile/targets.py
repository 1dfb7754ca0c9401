"""The servers under attack, and the clients that must not notice: one that was there before, and one that comes after."""

import contextlib
import itertools
import queue
import threading
import time

from suite import Skipped, Wrong, came_of
from wire import CLOSE, LIMIT, PING, PONG, TEXT, close, dial, frame, parse_head, request, usage

MIB = 1 << 20
# How much more memory a server may have at the end of a group than at its start: an allocator keeps some of what a thousand threads
# had at once. That nothing is lost for good, be it ever so little, is what "connections one after the other" shows.
GROUP_BOUND = 8 * MIB
NUMBERS = itertools.count(1)


class Full(Wrong):
    """A 503, or hung up on without a word."""


# ---- Signs of life: what a client sends, and what it must get back


class ByEcho:
    """Each message comes back."""

    def introduce(self, _name):
        return b""

    def ask(self, token):
        return frame(TEXT, token)

    def is_answer(self, got, token):
        return got.opcode == TEXT and got.payload == token.encode()


class ByChat:
    """What one says, all get."""

    def introduce(self, name):
        return frame(TEXT, f"join\t{name}")

    def ask(self, token):
        return frame(TEXT, f"say\t{token}")

    def is_answer(self, got, token):
        return got.opcode == TEXT and got.payload.startswith(b"said\t") and got.payload.endswith(b"\t" + token.encode())


class ByPing:
    """Any server answers a Ping (§5.5.2)."""

    def introduce(self, _name):
        return b""

    def ask(self, token):
        return frame(PING, token)

    def is_answer(self, got, token):
        return got.opcode == PONG and got.payload == token.encode()


SIGNS = {"echo": ByEcho(), "chat": ByChat(), "ping": ByPing()}


class Bystander:
    """A client that keeps to the rules: a thread reads for it, so that it is never the one who is slow."""

    def __init__(self, target):
        self.sign, self.peer, self.limit = target.sign, target.open(), target.limit
        self.came, self.sending = queue.Queue(), threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()
        self.send(self.sign.introduce("bystander"))

    def send(self, data):
        with self.sending:
            self.peer.send(data)

    def read(self):
        self.peer.limit = 24 * 60 * 60
        with contextlib.suppress(OSError):
            while got := self.peer.read_frame():
                if got.opcode == PING:
                    self.send(frame(PONG, got.payload))
                else:
                    self.came.put(got)
        self.came.put(None)

    def check(self):
        token = f"sign {next(NUMBERS)}"
        self.send(self.sign.ask(token))
        until = time.monotonic() + self.limit
        while True:
            try:
                got = self.came.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise Wrong(f"the client that was there before had no answer for {self.limit} s")
            if got is None or got.opcode == CLOSE:
                self.came.put(None)
                raise Wrong(f"the client that was there before was hung up on: {got}")
            if self.sign.is_answer(got, token):
                return

    def leave(self):
        self.send(close(1000))
        self.peer.half_close()


# ---- Targets


class Target:
    def __init__(self, title, kind, address, *, path="/", host=None, pid=None, is_foreign=False, limit=LIMIT, alive=None, tls=None):
        self.title, self.kind, self.address, self.path = title, kind, address, path
        self.host = host or "%s:%d" % address
        self.pid, self.is_foreign, self.limit = pid, is_foreign, limit
        self.sign, self.echoes = SIGNS[alive or kind], alive != "ping"
        # How much memory a connection takes is for each server to choose; but not that it goes on growing.
        # TLS has buffers of its own, and remembers sessions.
        self.generosity = 8 if is_foreign else 2 if tls else 1
        self.bystander, self.tls = None, tls

    def dial(self, **options):
        return dial(self.address, self.limit, tls=self.tls, **options)

    def request(self, **changes):
        return request(self.host, self.path, **changes)

    def open(self, behind=b"", receive_buffer=None, **changes):
        """A connection after the opening handshake; `behind` is sent in one piece with that."""
        peer = self.dial(receive_buffer=receive_buffer)
        peer.send(self.request(**changes) + behind)
        head = peer.read_head()
        if not head or not head.startswith(b"HTTP/1.1 101 "):
            peer.close()
            if not head or head.startswith(b"HTTP/1.1 503 "):
                raise Full("all places are taken")
            raise Wrong(f"no 101 but {head!r}")
        is_offered = any("permessage-deflate" in line for line in changes.get("add", ()))
        if is_offered and "permessage-deflate" not in parse_head(head)[1].get("sec-websocket-extensions", ""):
            peer.close()
            raise Skipped("it accepted no permessage-deflate")
        return peer

    def fresh_client(self):
        """Comes, gets an answer, and leaves in order. Where all places were taken a moment ago, it tries again."""
        until = time.monotonic() + self.limit
        while True:
            try:
                return self.come_and_go()
            except Full:
                if time.monotonic() > until:
                    raise Wrong(f"there was no room for a fresh client for {self.limit} s")
                time.sleep(0.05)

    def come_and_go(self):
        token = f"sign {next(NUMBERS)}"
        with self.open() as peer:
            peer.send(self.sign.introduce("fresh") + self.sign.ask(token))
            while (got := peer.read_frame()) and not self.sign.is_answer(got, token):
                if got.opcode == CLOSE:
                    break
            if got is None or got.opcode == CLOSE:
                raise Wrong(f"a fresh client got {got}")
            peer.send(close(1000))
            came = came_of(peer)
            if not came.endswith("Close 1000, FIN") and not (self.is_foreign and "Close 1000" in came):
                raise Wrong(f"a fresh client that closed got {came}")

    def settle(self):
        """Makes the server forget what it keeps on purpose: the last hundred messages of the chat."""
        if self.kind == "chat":
            for _ in range(110):
                self.bystander.check()

    @contextlib.contextmanager
    def watched(self):
        """What a group of attacks begins with, and its end is held against."""
        self.bystander = Bystander(self)
        try:
            self.bystander.check()
            self.fresh_client()
            yield Watch(self)
        finally:
            self.bystander.leave()

    @contextlib.contextmanager
    def memory(self, bound):
        """Within, memory grows by no more than `bound`, not even for a moment; where it cannot be told, that is not asked."""
        if not self.pid:
            yield
            return
        bound *= self.generosity
        before = self.usage().rss
        forget_peak(self.pid)
        yield
        grown = peak(self.pid) - before
        if grown > bound:
            raise Wrong(f"memory grew by {told(grown)}, and may by {told(bound)}")

    def peak_of(self, act, bound):
        """Does something, and tells by how much memory grew meanwhile."""
        with self.memory(bound):
            before = self.pid and self.usage().rss
            act()
            return f"{told(peak(self.pid) - before)}, and {told(bound)} are allowed" if self.pid else "the process is not known"

    def usage(self):
        return usage(self.pid)


class Watch:
    """Holds what the process uses against what it used at first."""

    def __init__(self, target):
        self.target = target
        self.before = self.calm(None) if target.pid else None

    def calm(self, like):
        """What it uses once the threads of what has ended are gone. The kernel tells nobody when that is, so this asks."""
        until = time.monotonic() + self.target.limit
        last = self.target.usage()
        while time.monotonic() < until:
            time.sleep(0.05)
            now = self.target.usage()
            if (now[2:4] == last[2:4]) if like is None else (now.threads <= like.threads and now.descriptors <= like.descriptors):
                return now
            last = now
        return last

    def given_back(self):
        if not self.before:
            return "the process is not known, so what it uses is not either"
        self.target.settle()
        after, before = self.calm(self.before), self.before
        grown, private = after.rss - before.rss, after.private - before.private
        told_all = (
            f"threads {before.threads} to {after.threads}, descriptors {before.descriptors} to {after.descriptors}, "
            f"memory {told(before.rss)} to {told(after.rss)}, of its own {told(before.private)} to {told(after.private)}"
        )
        bound = GROUP_BOUND * self.target.generosity
        # Another server may keep threads for those who come next.
        lost = (after.threads > before.threads or after.descriptors > before.descriptors) and not self.target.is_foreign
        if lost or max(grown, private) > bound:
            raise Wrong(f"{told_all}; {told(bound)} more are allowed")
        return told_all


def told(size):
    return f"{size / MIB:.1f} MiB"


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def peak(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) << 10
