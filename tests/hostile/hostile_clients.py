"""Hostile clients: the attacks on servers, on ours or on any."""

import argparse
import os
import re
import ssl
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import bombs
import deadlines
import floods
import frames
import handshakes
import work
from harness import Trouble, build_examples, certificate, started
from suite import Report, chosen, pattern, run, table
from targets import Target
from wire import LIMIT, many_descriptors

# An echo server is started four times, each time for the attacks that need these flags.
SHORT = ["--handshake-timeout", "3", "--write-timeout", "3", "--ping-interval", "3", "--ping-timeout", "3"]
ECHO = [
    ("", ["--deflate"], [handshakes.GROUP, frames.GROUP, floods.GROUP]),
    (", messages to 1 MiB", ["--deflate", "--max-message", str(1 << 20)], [bombs.GROUP]),
    (", messages to 1 GiB", ["--deflate", "--max-message", str(1 << 30), "--max-frame", str(1 << 30)], [work.GROUP]),
    (", short deadlines", ["--deflate", *SHORT], [deadlines.GROUP]),
]
GROUPS = [group for _, _, groups in ECHO for group in groups]
# The examples, by name, and what they do with a message.
SERVERS = {"echo_server": "echo", "epoll_server": "echo", "tokio_echo": "echo", "chat": "chat", "tokio_chat": "chat"}
DEFAULT = ["echo_server", "chat"]


def main(words):
    """Gives whether all passed, or None if these words choose no attack."""
    options = arguments(words)
    if options.list:
        print(table(GROUPS), end="")
        return True
    groups = options.group or GROUPS
    kinds = ["echo"] if options.url else [SERVERS[name] for name in options.server or DEFAULT]
    if not any(chosen(group, kind, options.only) for group in groups for kind in kinds):
        return None
    many_descriptors()
    report = Report()
    if options.url:
        run(foreign(options), groups, report, options.only)
    else:
        with tempfile.TemporaryDirectory() as logs:
            ours(Path(logs), groups, options, report)
    return report.total()


# By itself, glibc raises these as soon as a large piece of memory is freed, and then keeps tens of megabytes that nobody uses. With
# the values with which it begins set for good, the memory of a process tells what is in use.
ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}


def ours(logs, groups, options, report):
    names = options.server or DEFAULT
    examples = build_examples(*names, features=["deflate", "rustls"] if options.tls else ["deflate"])
    files = certificate(logs) if options.tls else ()
    by_tls = ["--tls", *files] if files else []
    tls = ssl.create_default_context(cafile=files[0]) if files else None
    servers = []
    for name in names:
        if SERVERS[name] == "chat":
            servers.append((name, "chat", "/ws", [examples[name], "127.0.0.1:0"], GROUPS))
        else:
            servers += [(name + title, "echo", "/", [examples[name], "127.0.0.1:0", *flags], its) for title, flags, its in ECHO]
    for title, kind, path, command, its_groups in servers:
        title, command = (f"{title}, by TLS", [*command, *by_tls]) if files else (title, command)
        its_groups = [group for group in its_groups if group in groups and chosen(group, kind, options.only)]
        if its_groups:
            with started(command, logs / kind, env={**os.environ, **ALLOCATOR}) as server:
                address = server.line(r"^(?:listening on |chat on https?://)([^\s/]+)")[1]
                target = Target(title, kind, split(address), path=path, pid=server.process.pid, tls=tls)
                run(target, its_groups, report, options.only)
                report.check(f"{title}: it still runs", None if server.running() else server.tail())


def foreign(options):
    url = urlsplit(options.url)
    if re.fullmatch(r"ws://[^@/]+(/.*)?", options.url) is None or port_of(url) is None:
        raise Trouble("--url takes ws://HOST:PORT/path")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    address = (url.hostname, port_of(url))
    known = {"host": url.netloc, "path": path, "pid": options.pid, "alive": options.alive, "limit": options.patience}
    return Target(url.netloc, "echo", address, is_foreign=True, **known)


def port_of(url):
    """None for what is no port."""
    try:
        return 80 if url.port is None else url.port
    except ValueError:
        return None


def split(address):
    host, _, port = address.rpartition(":")
    return host, int(port)


def arguments(words):
    parser = argparse.ArgumentParser(prog="run server", description=__doc__)
    parser.add_argument("--url", help="a server of yours, instead of the examples")
    parser.add_argument("--pid", type=int, help="its process, on this machine")
    parser.add_argument("--alive", choices=["echo", "ping"], default="echo", help="the sign of life: it echoes (default), or answers pings")
    parser.add_argument("--patience", type=float, default=LIMIT, metavar="SECS", help=f"how long it may take to answer (default {LIMIT})")
    parser.add_argument("--tls", action="store_true", help="attack the examples by TLS; that of the attacker is OpenSSL's")
    parser.add_argument("--list", action="store_true", help="print the attacks as a table in Markdown, and do nothing")
    parser.add_argument("--server", action="append", choices=sorted(SERVERS), help=f"this example, instead of {' and '.join(DEFAULT)}; may be repeated")
    parser.add_argument("--group", action="append", choices=GROUPS, help="one group of attacks alone; may be repeated")
    parser.add_argument("--only", type=pattern, metavar="PATTERN", help="the attacks whose names match alone")
    options = parser.parse_args(words)
    if options.url and options.server:
        parser.error("--server is for the examples, and --url for another server")
    if options.url and options.tls:
        parser.error("--tls is for the examples")
    if options.patience <= 0:
        parser.error("--patience has to be more than 0")
    return options
