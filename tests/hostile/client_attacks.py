"""How an attack on a client is described, run, and judged."""

import re
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from server_end import Over, ServerEnd, Wrong
from wire import CLOSE, PONG, Silent

MIB = 1 << 20
# What a program says is shown to a person, so nothing of it may be for the terminal: all controls but the tab and the end of a line.
COMMAND = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Wire:
    """What the client may do on the wire before it hangs up."""

    text: str
    judge: Callable[[ServerEnd], str | None]


def closes(code):
    """Its last frame is a Close with this code; None is one without."""
    wanted = b"" if code is None else code.to_bytes(2, "big")

    def judge(end):
        closing = [found for found in end.frames if found.opcode == CLOSE]
        if [found.payload[:2] for found in closing] != [wanted]:
            return f"it sent the Closes {[found.close_code() for found in closing]}"
        # §5.5.1 forbids data behind it; §5.5.2 asks for Pongs until the peer's Close has come.
        behind = {found.opcode for found in end.frames[end.frames.index(closing[0]) + 1 :]}
        if behind - {PONG}:
            return f"it sent frames of the opcodes {behind} after its Close"

    return Wire("Close without a code" if code is None else f"Close {code}", judge)


def silent(end):
    if end.frames or end.unread:
        return f"it sent {end.frames or bytes(end.unread[:20])}"


def without_close(end):
    if any(found.opcode == CLOSE for found in end.frames):
        return "it sent a Close"


NOTHING = Wire("nothing", silent)
NO_CLOSE = Wire("no Close", without_close)
# The server cannot tell: it ends TCP itself, or reads nothing.
UNSEEN = Wire("(not seen)", lambda end: None)


@dataclass(frozen=True)
class Attack:
    name: str
    does: str  # "the server ...", for the table
    serve: Callable  # of a ServerEnd, and of the case if there are cases
    wire: Wire | Callable = NOTHING  # or a function that gives it for a case
    says: str | Callable | None = ""  # a pattern of its last words, or a function that gives it for a case; None: it succeeds
    shows: str = ""  # a pattern of what it prints when it succeeds
    cases: tuple = ()  # each is a run of its own
    flags: tuple = ()
    count: int = 1  # messages that the client wants echoed
    program: str = "echo_client"
    typed: bytes = b""  # what the program reads from its terminal
    within: float = 20  # seconds; a hang is a failure
    memory: int = 8  # MiB, the most that the client may ever have had in memory
    at_once: int = 1  # clients
    connections: int = 1  # that a client makes, one after the other
    window: int = 0  # bytes that the server's TCP lets the client send unread; 0 leaves that to the system

    def expects(self, case):
        """What has to be seen on the wire, and in the last words."""
        return tuple(part(case) if callable(part) else part for part in (self.wire, self.says))


class Client:
    """The program under attack."""

    def __init__(self, path, words, typed):
        self.process = subprocess.Popen([path, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.status_file = Path(f"/proc/{self.process.pid}/status")
        self.peak = 0
        self.said = {}
        self.readers = [threading.Thread(target=self.hear, args=(name,), daemon=True) for name in ("stdout", "stderr")]
        for reader in self.readers:
            reader.start()
        with suppress(BrokenPipeError):
            self.process.stdin.write(typed)
            # A terminal stays open after a line was typed.
            self.process.stdin.flush()

    def hear(self, name):
        self.said[name] = getattr(self.process, name).read()

    def look(self):
        """Notes the most memory that it has had; of a process that has ended the system does not tell."""
        with suppress(OSError, TypeError):
            self.peak = max(self.peak, int(re.search(r"VmHWM:\s+(\d+) kB", self.status_file.read_text())[1]) * 1024)

    def wait(self, limit):
        """Its exit status, or None when it does not end."""
        end = time.monotonic() + limit
        while self.process.poll() is None:
            self.look()
            if time.monotonic() > end:
                self.process.kill()
                self.process.wait()
                return None
            time.sleep(0.01)
        for reader in self.readers:
            reader.join()
        return self.process.returncode

    def last_words(self):
        return self.said.get("stderr", b"").decode(errors="replace").strip()


class Server:
    """Listens for the clients of one case, and does to each of them what the attack says."""

    def __init__(self, attack, case, clients):
        self.attack, self.case, self.clients = attack, case, clients
        self.listener = socket.socket()
        if attack.window:
            # To be had only before TCP is connected.
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, attack.window)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        self.ends, self.faults = [], []
        self.clients_there, self.clients_over = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self.serve, daemon=True) for _ in range(attack.at_once * attack.connections)]
        for thread in self.threads:
            thread.start()

    def serve(self):
        try:
            stream, _ = self.listener.accept()
        except OSError:
            return
        self.clients_there.wait()
        end = ServerEnd(stream, self.look, self.clients_over)
        self.ends.append(end)
        try:
            with suppress(Over):
                self.attack.serve(end, *([self.case] if self.attack.cases else []))
            if not end.is_closed:
                end.rest()
                # The client waits a little for this end to hang up, too: it can still be looked at.
                self.look()
            fault = self.attack.expects(self.case)[0].judge(end)
        except (Wrong, Silent) as wrong:
            fault = str(wrong)
        except Exception as error:  # A mistake in the attack must not pass for its success.
            fault = f"the attack itself failed: {error!r}"
        finally:
            end.close()
        if fault:
            self.faults.append(fault)

    def look(self):
        for client in self.clients:
            client.look()

    def finish(self):
        """The faults, now that the clients have ended."""
        self.clients_over.set()
        if len(self.ends) < len(self.threads):
            # This wakes the threads that still wait for a client.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.faults.append("the client did not come")
        for thread in self.threads:
            thread.join(20)
        self.listener.setblocking(False)
        with suppress(OSError):
            self.listener.accept()
            self.faults.append("the client came a second time")
        self.listener.close()
        if any(thread.is_alive() for thread in self.threads):
            self.faults.append("the connection outlives the client")
        return self.faults


@dataclass
class Result:
    attack: Attack
    faults: list
    seconds: float
    peak: int  # bytes


def run(attack, programs):
    """All cases of an attack, one after the other."""
    begun = time.monotonic()
    faults, peak = [], 0
    for case in attack.cases or (None,):
        found, most = run_case(attack, case, programs)
        peak = max(peak, most)
        faults += [f"{case!r}: {fault}" if attack.cases else fault for fault in found]
        if len(faults) > 3:
            break
    return Result(attack, faults, time.monotonic() - begun, peak)


def run_case(attack, case, programs):
    clients = []
    server = Server(attack, case, clients)
    words = [f"ws://127.0.0.1:{server.port}/", *([str(attack.count)] if attack.program == "echo_client" else []), *attack.flags]
    for _ in range(attack.at_once):
        clients.append(Client(programs[attack.program], words, attack.typed))
    server.clients_there.set()
    begun = time.monotonic()
    faults = []
    for client in clients:
        status = client.wait(attack.within - (time.monotonic() - begun))
        faults += judge_end(attack, case, client, status)
        if client.peak > attack.memory * MIB:
            faults.append(f"it had {client.peak / MIB:.1f} MiB in memory")
    faults += server.finish()
    keys = [key for end in server.ends for key in end.keys]
    if len(keys) > 2 and len(set(keys)) == 1:
        faults.append("all masking keys are the same (§5.3)")
    return faults, max(client.peak for client in clients)


def judge_end(attack, case, client, status):
    """What is wrong with how the program ended."""
    words, expected = client.last_words(), attack.expects(case)[1]
    shown = client.said.get("stdout", b"").decode(errors="replace")
    if status is None:
        yield f"it was still running after {attack.within} s"
    elif expected is None and (status or words or not re.search(attack.shows, shown)):
        yield f"it should have succeeded, and ended with {status}: {words} {shown[:500]!r}"
    elif expected is not None and (status != 1 or not re.search(expected, words)):
        yield f"it ended with {status} and no word of {expected!r}: {words[:500]}"
    if COMMAND.search(words + shown) or "\n" in words:
        yield f"it says what is for a terminal, or more than a line: {words[:500]!r} {shown[:500]!r}"
