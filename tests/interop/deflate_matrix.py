"""permessage-deflate (RFC 7692) with libraries of other languages: who asks for what, with and without context takeover, in windows
of 2^8 to 2^15 bytes.

Each connection passes through tests/tap.py, which tells what was agreed on and inflates each message with zlib in a window of that
size. So a connection without compression is a failure, and so are plain messages, and references further back than agreed on.
"""

import base64
import contextlib
import functools
import json
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from harness import ROOT, Trouble, echo_server, started
from peer import Peer, echo_client, read_checks, saw_last

LIMIT = 300  # seconds for all the cases of one peer
SIZES = [0, 1, 125, 126, 1024, 16 * 1024, 65_535, 65_536, 1 << 20]
WORDS = "κόσμος Straße 漢字 🦀 permessage-deflate, the sliding window of 32 KiB and context takeover".split()
SHORT = 1024  # bytes
ECHOES = 36  # messages of echo_client: each of its sizes as each of its kinds

# The smallest window that the peer's compressor can keep to; zlib, behind all of them, has none of 8 bits.
LEAST_BITS = {"ws": 8, "websockets": 9, "aiohttp": 9}
# What a client says that is told to keep to 8 bits all the same.
REFUSALS = {"websockets": "NegotiationError", "aiohttp": "WSServerHandshakeError"}
# Whose programs send fragments; aiohttp has no way to.
FRAGMENTS = {"ws", "websockets"}
# What the peer cannot ask for: aiohttp's client can only ask for the server's window, of 9 bits or more; its server for nothing.
CANNOT_ASK = {("aiohttp", "client"): ["takeover", "client"], ("aiohttp", "server"): ["takeover", "client", "server"]}

PARAMETERS = {
    "client": ("client_no_context_takeover", "client_max_window_bits"),
    "server": ("server_no_context_takeover", "server_max_window_bits"),
}


@dataclass
class Case:
    """What is agreed on for the messages of each side, (context takeover, window bits), and which side asks for it."""

    name: str
    client: tuple = (True, 15)
    server: tuple = (True, 15)
    asks: str = "client"
    agrees: bool = True
    fragmenting: tuple = ()  # the sides that send messages in fragments
    mixing: tuple = ()  # the sides that send short messages as they are

    def parameters(self):
        """What the peer that asks has to be told, in the words of RFC 7692 §7.1."""
        asked = {}
        for side, (no_context_takeover, max_window_bits) in PARAMETERS.items():
            takeover, bits = getattr(self, side)
            if not takeover:
                asked[no_context_takeover] = True
            if bits < 15:
                asked[max_window_bits] = bits
        return asked

    def flags(self, role):
        """Those of our examples, which have this role."""
        flags = ["--threshold", str(SHORT)] if role in self.mixing else ["--deflate"]
        for side in PARAMETERS if self.asks == role else ():
            takeover, bits = getattr(self, side)
            direction = "outgoing" if side == role else "incoming"
            if not takeover:
                flags.append(f"--no-{direction}-takeover")
            if bits < 15:
                flags += [f"--{direction}-window-bits", str(bits)]
        return flags


def cases(library, role):
    """The cases for a library in this role."""
    # Our server sends each message back whole, and our client sends fragments.
    ours = ["client"] if role == "server" else []
    fragmenting = tuple(ours + [role] if library in FRAGMENTS else ours)
    return [replace(case, fragmenting=fragmenting) for case in combinations(library, role)]


def combinations(library, role):
    ours, least = other(role), LEAST_BITS[library]
    yield Case("default")
    yield Case("default, our short messages plain", mixing=(ours,))
    # ws has such a threshold as well, which it heeds if there is no context takeover.
    mixing = (ours, role) if library == "ws" else (ours,)
    yield Case("short messages plain, both without takeover", (False, 15), (False, 15), ours, mixing=mixing)
    for asks in PARAMETERS:
        cannot = CANNOT_ASK.get((library, role), []) if asks == role else []
        if "takeover" not in cannot:
            yield Case(f"{asks} asks, client without takeover", client=(False, 15), asks=asks)
            yield Case(f"{asks} asks, server without takeover", server=(False, 15), asks=asks)
            yield Case(f"{asks} asks, both without takeover", (False, 15), (False, 15), asks)
            yield Case(f"{asks} asks, both without takeover, client 10, server 11", (False, 10), (False, 11), asks)
        for bits in range(9 if asks == role and library == "aiohttp" else 8, 16):
            # While one side's window grows, the other's shrinks.
            windows = {ours: bits, role: max(least, 23 - bits)}
            windows.update((side, 15) for side in cannot if side in windows)
            if set(windows.values()) != {15}:
                name = f"{asks} asks, client {windows['client']}, server {windows['server']}"
                yield Case(name, (True, windows["client"]), (True, windows["server"]), asks)
    if least > 8:
        # A server then goes without compression, and a client that is told so refuses the connection.
        yield Case(f"{ours} asks, {role} 8, without agreement", asks=ours, agrees=False, **{role: (True, 8)})


def other(role):
    return "server" if role == "client" else "client"


# ---- Messages


@functools.cache
def messages():
    """What the clients send, all in a row: of each size, text, and bytes that compress well and such that do not."""
    chance = random.Random(7692)
    made = []
    for size in SIZES:
        made.append({"text": text(chance, size)})
        made += [{"base64": base64.b64encode(data).decode()} for data in (repetitive(chance, size), chance.randbytes(size))]
    # Twice the same, so short that the second can refer to the first in a window of 8 bits, too.
    twice = base64.b64encode(chance.randbytes(100)).decode()
    made += [{"base64": twice}, {"base64": twice}]
    for number, message in enumerate(made):
        message["fragments"] = number % 3 + 1
    return made


def text(chance, size):
    words = " ".join(chance.choice(WORDS) for _ in range(size // 4)).encode()
    # The last character may not fit.
    cut = words[:size].decode(errors="ignore")
    return cut + "." * (size - len(cut.encode()))


def repetitive(chance, size):
    """Half of it stood there before, up to 40,000 bytes back: further than any window, so that each window makes a difference."""
    data = bytearray()
    while len(data) < size:
        if chance.random() < 0.5 or not data:
            data += chance.randbytes(chance.randrange(1, 40))
        else:
            start = len(data) - chance.randrange(1, min(len(data), 40_000) + 1)
            data += data[start : start + 40]
    return bytes(data[:size])


# ---- Running


def as_deflate_client(at, library, script):
    """The peer is the client, and of our servers there is one for each way to ask."""
    peer, role = Peer(Path(script).stem, []), "client"
    todo = cases(library, role)
    for case in todo:
        peer.note(case.name, "was not checked")
    try:
        with servers(at, script, todo) as addresses, tapped(at, script, addresses) as (tap, doors):
            files = written(at, script, role, todo, doors), at.logs / "messages.json"
            with started([*at.command(script), *files], at.logs / script, env=at.environment) as client:
                try:
                    client.wait(LIMIT)
                finally:
                    read_checks(peer, client.log.read_text(errors="replace"))
            for number, case in enumerate(todo):
                look_closer(peer, library, case, tap, number)
    except Trouble as trouble:
        peer.note("run", str(trouble))
    return peer


@contextlib.contextmanager
def servers(at, script, todo):
    """The address of a server for each case."""
    with contextlib.ExitStack() as stack:
        addresses = {}
        for number, case in enumerate(todo):
            flags = tuple(case.flags("server"))
            if flags not in addresses:
                server = echo_server(at.examples["echo_server"], at.logs / f"{script}-{number}", *flags)
                addresses[flags] = stack.enter_context(server)[1]
        yield [addresses[tuple(case.flags("server"))] for case in todo]


def look_closer(peer, library, case, tap, number):
    """At what the client is content with."""
    said = peer.results[case.name]
    if not case.agrees:
        peer.note(case.name, None if REFUSALS[library] in (said or "") else f"it was not refused: {said}")
    elif said is None:
        peer.check(case.name, lambda: fault(case, saw_last(tap, f"/{number}", 1), len(messages())))


def as_deflate_server(at, library, script):
    """The peer is the server, and echo_client is run for each case."""
    peer, role = Peer(Path(script).stem, []), "server"
    todo = cases(library, role)
    for case in todo:
        peer.note(case.name, "was not checked")
    try:
        with started([*at.command(script), written(at, script, role, todo)], at.logs / script, env=at.environment) as server:
            addresses = server.line(r"^listening on (.+)$")[1].split()
            peer.version = server.line(r"^version (.+)$")[1]
            with tapped(at, script, addresses) as (tap, doors):
                for number, case in enumerate(todo):
                    peer.check(case.name, echoed, at, case, server, tap, number, doors[number])
    except Trouble as trouble:
        peer.note("run", str(trouble))
    return peer


def echoed(at, case, server, tap, number, door):
    status, said = echo_client(at, f"ws://{door}/{number}", str(ECHOES), *case.flags("client"))
    if status:
        return f"status {status}: {said}"
    saw = saw_last(server, f"/{number}", 1)
    wrong = {key: saw[key] for key, wanted in expected(case).items() if key in saw and saw[key] != wanted}
    if wrong or bool(saw["extensions"]) != case.agrees:
        return f"the server saw {wrong or saw}"
    return fault(case, saw_last(tap, f"/{number}", 1), ECHOES)


def expected(case):
    """What a server says of a connection, if it can tell."""
    if not case.agrees:
        return {"code": 1000, "compress": 0}
    return {"code": 1000, "client": list(case.client), "server": list(case.server), "compress": case.server[1]}


@contextlib.contextmanager
def tapped(at, script, addresses):
    with started([sys.executable, ROOT / "tests/tap.py", *addresses], at.logs / f"{script}-tap", env=at.environment) as tap:
        yield tap, tap.line(r"^listening on (.+)$")[1].split()


def written(at, script, role, todo, doors=None):
    """The file of cases for a peer."""
    told = []
    for number, case in enumerate(todo):
        options = case.parameters() if case.asks == role else {}
        if role in case.mixing:
            options["threshold"] = SHORT
        told.append({"name": case.name, "options": options, "client": case.client, "server": case.server})
        if doors:
            told[number]["url"] = f"ws://{doors[number]}/{number}"
    file = at.logs / f"{script}.json"
    file.write_text(json.dumps(told))
    return file


# ---- Judging


def fault(case, saw, count):
    """What is wrong with what the tap saw of a connection; None if nothing is."""
    if not case.agrees:
        return None if saw["answer"] is None and saw["echoed"] else f"the server answered {saw['offer']} with {saw['answer']}"
    if saw["answer"] is None:
        return f"nothing was agreed on: the offer was {saw['offer']}"
    faults = [f"{side}: {wrong}" for side in PARAMETERS if (wrong := fault_of(case, side, saw[side], count))]
    if not faults and not saw["echoed"]:
        faults = ["what came back is not what was sent"]
    return f"{'; '.join(faults)} ({saw['offer']} => {saw['answer']})" if faults else None


def fault_of(case, side, told, count):
    """The same for the messages of one side."""
    if told["problem"]:
        return told["problem"]
    takeover, bits = getattr(case, side)
    wanted = {"takeover": takeover, "bits": bits, "messages": count, "refers_back": takeover}
    if side not in case.mixing:
        wanted["compressed"] = count
    elif not 0 < told["compressed"] < count:
        wanted["compressed"] = "some"
    if bits != 9:
        # In a window of 9 bits zlib refers back no further than in one of 8.
        wanted["fills_window"] = bits > 9
    if not told["fragmented"] and side in case.fragmenting:
        wanted["fragmented"] = "some"
    wrong = {key: told[key] for key in wanted if told[key] != wanted[key]}
    return f"{wrong}" if wrong else None
