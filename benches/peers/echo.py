#!/usr/bin/env python3
"""Echo over loopback TCP beside other libraries, and idle connections: benches/peers/echo.py [--quick] [--only NAME...]

Each server is a program of its own on one core; the load (echo/src/bin/load) is on the other. What counts is the processor time
of the server's process, in user and system, while the load exchanges a fixed number of messages after a warm-up. Servers take
turns: in each round each is started anew and measured with all loads, beginning with another one each time; medians over
the rounds. Memory is the server's anonymous resident memory with 10,000 idle connections, each of which had one echo, less that
before the first one, divided by 10,000; what the kernel holds is not in it. There, each has the small buffers that its
documentation names for many connections, if it names any.

All run in a network of their own, whose TCP has the congestion control "reno": BBR, which some systems have by default, paces, and
each of its waits sets a timer, which is dear in a virtual machine. By chance of the sizes of writes that was nothing or a third of all
costs, and decided between servers that are alike. Where such a network cannot be had, the system's own is taken, and that is told.

The raw servers write back what they read and are no WebSocket servers after the handshake: they are what the system costs.
Needs Linux, two cores, Rust, and 20,000 descriptors; for servers in other languages see echo_servers.py. The load's own time is
shown, too: it makes as many calls to the system as the raw servers, and costs as much.
"""

import argparse
import contextlib
import os
import resource
import select
import statistics
import subprocess
import sys
import time
from pathlib import Path

import echo_servers as servers

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("RFC6455_CACHE") or HERE.parent.parent / ".cache").resolve() / "peers"
ROUNDS = 3
SERVER_CORE, LOAD_CORE = "0", "1"
IDLE = 10_000
CONGESTION_CONTROL = "reno"
# For a word of a program: the longest wait is for all batches of one load.
PATIENCE = 120

# Row, title, connections, messages in flight on each, their bytes, batches for each connection, such batches to warm up.
LOADS = [
    ("6a", "1 connection, 64 B to and fro", 1, 1, 64, 20_000, 2_000),
    ("6b", "64 connections, 32 x 64 B in flight", 64, 32, 64, 300, 30),
    ("6c", "8 connections, 16 KiB", 8, 1, 16 << 10, 4_000, 400),
    ("6d", "1 connection, 1 MiB", 1, 1, 1 << 20, 600, 60),
]
ROWS = [load[0] for load in LOADS] + ["7"]


def build(cache):
    """Builds the load and all servers that can be had."""
    servers.build(cache)


# Words before each command, with which it runs in the network.
inside = []


@contextlib.contextmanager
def network():
    """For as long as this lasts, what is started has a network of its own, if it can be had."""
    steps = f"ip link set lo up && echo {CONGESTION_CONTROL} > /proc/sys/net/ipv4/tcp_congestion_control && echo ready && exec cat"
    # Without the program for it, this ends at once, as it does without the rights.
    with running(["sh", "-c", 'exec unshare --net sh -c "$0"', steps]) as holder:
        if holder.stdout.readline():
            inside.extend(["nsenter", f"--net=/proc/{holder.pid}/ns/net"])
        else:
            control = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
            print(f"echo: no network of its own, so TCP has the system's congestion control, {control}", file=sys.stderr)
        try:
            yield
        finally:
            inside.clear()


@network()
def measure(cache, quick, names=servers.NAMES, rounds=ROUNDS, rows=ROWS):
    """Figures as dictionaries with row, title, name, value, unit and reference."""
    more_descriptors()
    names = [name for name in names if name in servers.available(cache)]
    loads = [load for load in LOADS if load[0] in rows]
    times, memory = {}, {}
    for number in range(1 if quick or not loads else rounds):
        print(f"echo: round {number + 1}", file=sys.stderr)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            try:
                with server(cache, name) as process:
                    # It reads a little at once, so as to hold no memory.
                    for load in loads if name != "bare-threads" else []:
                        own, of_load = echo(cache, name, process, load, quick)
                        times.setdefault((load[0], name), []).append(own)
                        times.setdefault((load[0], "load"), []).append(of_load)
                # It is the same each time.
                if "7" in rows and number == 0:
                    with server(cache, name, "memory") as process:
                        held = idle(cache, name, process, quick)
                        memory.setdefault(name, []).append(held)
            except (OSError, RuntimeError) as error:
                print(f"echo: {name}: {error}", file=sys.stderr)
    return figures(names, times, memory)


def more_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def figures(names, times, memory):
    found = []
    for row, title, *_ in LOADS:
        for name in [*names, "load"]:
            if (row, name) in times:
                value = statistics.median(times[row, name])
                found.append((row, f"Echo, {title}", name, value, "CPU s per million messages"))
    for name, measured in memory.items():
        found.append(("7", f"{IDLE:,} idle connections", name, statistics.median(measured), "KiB each"))
    keys = ["row", "title", "name", "value", "unit"]
    return [dict(zip(keys, values), reference=values[2] in [*servers.REFERENCES, "load"]) for values in found]


def started(core, command):
    """A program on one core, which is gone afterwards."""
    return running([*inside, "taskset", "-c", core, *command])


@contextlib.contextmanager
def running(command):
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def server(cache, name, *words):
    return started(SERVER_CORE, [*servers.command(cache, name), *words])


def word(process):
    """The next line that a program tells."""
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    line = process.stdout.readline().strip() if ready else ""
    if not line:
        raise RuntimeError(f"{' '.join(process.args)}: {'it ended' if ready else 'it said nothing'}")
    return line


def port_of(process):
    if not hasattr(process, "port"):
        process.port = word(process)
    return process.port


def go_on(process):
    process.stdin.write("\n")
    process.stdin.flush()


def echo(cache, name, process, load, quick):
    """Microseconds of processor time for each message: the server's, and the load's."""
    _, _, connections, in_flight, size, batches, warm_up = load
    batches, warm_up = (max(batches // 20, 2), warm_up // 20 + 1) if quick else (batches, warm_up)
    numbers = map(str, [connections, in_flight, size, batches, warm_up])
    command = [*servers.command(cache, "load"), port_of(process), "echo", *numbers, *(["raw"] if name in servers.RAW else [])]
    with started(LOAD_CORE, command) as loading:
        word(loading)
        # What the warm-up left to be done is done.
        time.sleep(0.02)
        before = [processor_time(each) for each in [process, loading]]
        go_on(loading)
        word(loading)
        time.sleep(0.02)
        after = [processor_time(each) for each in [process, loading]]
        go_on(loading)
        if loading.wait(PATIENCE):
            raise RuntimeError("the load is not content with the last answers")
    count = connections * in_flight * batches
    return [(end - start) / 1e3 / count for start, end in zip(before, after)]


def processor_time(process):
    """Nanoseconds in user and system, of all threads there were: the process's clock of the kernel, as clock_getcpuclockid gives
    it."""
    return time.clock_gettime_ns((~process.pid << 3) | 2)


def idle(cache, name, process, quick):
    """KiB of the server's memory for each connection."""
    port, count = port_of(process), IDLE // 20 if quick else IDLE
    time.sleep(0.2)
    before = anonymous(process)
    command = [*servers.command(cache, "load"), port, "idle", str(count), *(["raw"] if name in servers.RAW else [])]
    with started(LOAD_CORE, command) as loading:
        word(loading)
        time.sleep(1)
        return (anonymous(process) - before) / count


def idle_of(command):
    """The same for a program that is none of those here."""
    more_descriptors()
    program, *flags = command
    with started(SERVER_CORE, [program, "127.0.0.1:0", *flags]) as process:
        process.port = word(process).rpartition(":")[2]
        return idle(CACHE, program, process, quick=False)


def anonymous(process):
    """Resident memory that is no file's, in KiB."""
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    raise RuntimeError("the kernel does not tell of anonymous memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="+", choices=servers.NAMES, default=servers.NAMES, metavar="NAME", help="some of: " + " ".join(servers.NAMES))
    parser.add_argument("--idle-of", nargs=argparse.REMAINDER, metavar="PROGRAM FLAG", help="only the memory of this program, which is given an address and tells on which it listens")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS, metavar="ROW", help="some of: " + " ".join(ROWS))
    args = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    build(CACHE)
    if args.idle_of:
        return print(f"{idle_of(args.idle_of):.2f} KiB for each of {IDLE:,} idle connections")
    title = None
    for figure in measure(CACHE, args.quick, args.only, args.rounds, args.rows):
        if figure["title"] != title:
            title = figure["title"]
            print(f"\n{figure['row']}  {title}: {figure['unit']}")
        mark = "  (reference)" if figure["reference"] else ""
        print(f"  {figure['name']:<20}{figure['value']:>10.3f}{mark}")


if __name__ == "__main__":
    main()
