"""What the scripts below tests/ share: places, builds, and processes that do not outlive the script.

Environment: RFC6455_CACHE  where runners, peers and reports are kept (default: .cache at the top of the repository)
             RFC6455_EXAMPLES  a folder of ready executables to use instead of building the examples
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("RFC6455_CACHE") or ROOT / ".cache").resolve()


class Trouble(Exception):
    """Something that stops the run; its text is what the person at the terminal gets to read."""


def exit_orderly_on_signals():
    """Turns SIGTERM and SIGHUP into an ordinary exit, so that every `with` below stops what it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: sys.exit(128 + got))


def build_examples(*names, features=()):
    """Builds the examples in release, with these features beside the default ones, and that of tokio for those that begin with its
    name; and gives the path of each executable, by name."""
    if any(name.startswith("tokio_") for name in names):
        features = [*features, "tokio-rustls" if "rustls" in features else "tokio"]
    ready = os.environ.get("RFC6455_EXAMPLES")
    if ready:
        found = {name: Path(ready).resolve() / name for name in names}
    else:
        found = cargo_examples(names, features)
    for name in names:
        if name not in found or not os.access(found[name], os.X_OK):
            raise Trouble(f"the example {name} was not built")
    return found


def cargo_examples(names, features):
    command = ["cargo", "build", "--release", "--features", ",".join(features), "--message-format=json-render-diagnostics"]
    for name in names:
        command += ["--example", name]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if built.returncode:
        raise Trouble(f"`{' '.join(command)}` failed")
    found = {}
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            found[message["target"]["name"]] = Path(message["executable"])
    return found


def installed(folder, key, install):
    """Calls `install(folder)` unless an earlier call with the same key was completed; safe when two scripts run at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    complete = folder / ".complete"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.is_file() or complete.read_text() != key:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            install(folder)
            complete.write_text(key)
    return folder


def python_packages(folder, requirements):
    """A virtual environment with the pinned requirements; gives the path of its interpreter."""

    def install(at):
        must([sys.executable, "-m", "venv", str(at)])
        must([str(at / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])

    installed(folder, requirements.read_text() + sys.version, install)
    return folder / "bin/python"


def must(command, limit=600, **options):
    """Runs a command that is expected to succeed, and shows what it said only if it does not."""
    try:
        ran = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit, **options
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"`{command[0]} ...` was still running after {limit} s")
    except OSError as error:
        raise Trouble(f"`{command[0]}` cannot be run: {error.strerror}")
    if ran.returncode:
        raise Trouble(f"`{' '.join(command)}` failed:\n{ran.stdout[-4000:]}")
    return ran.stdout


def free_port():
    """A port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Started:
    """A process of ours with its log; it leads a session, so that stopping it takes its children along."""

    def __init__(self, command, log, **options):
        self.name = Path(command[0]).name
        self.log = Path(log)
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, **options
            )

    def running(self):
        return self.process.poll() is None

    def wait(self, limit):
        """The exit status, or Trouble when the process takes longer than `limit` seconds."""
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Trouble(f"{self.name} was still running after {limit} s; its log ends:\n{self.tail()}")

    def line(self, pattern, limit=30):
        """Waits for a line of the log that matches, and gives the match."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            running = self.running()
            found = re.search(pattern, self.log.read_text(errors="replace"), re.MULTILINE)
            if found:
                return found
            if not running:
                raise Trouble(f"{self.name} ended with status {self.process.returncode} before it was ready:\n{self.tail()}")
            time.sleep(0.02)
        raise Trouble(f"{self.name} did not get ready within {limit} s; its log ends:\n{self.tail()}")

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.running():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)


@contextlib.contextmanager
def started(command, log, **options):
    """A process that runs as long as the `with` block."""
    child = Started([str(word) for word in command], log, **options)
    try:
        yield child
    finally:
        child.stop()


def certificate(folder):
    """A certificate of this machine, which vouches for itself, and its key: two files."""
    found = folder / "certificate.pem", folder / "key.pem"
    must(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=tests of rfc6455", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"]
        + ["-addext", "basicConstraints=critical,CA:FALSE", "-out", str(found[0]), "-keyout", str(found[1])]
    )
    return found


@contextlib.contextmanager
def relay(way, log, target, *files, at="127.0.0.1:0"):
    """relay.py, on a port that the system chose unless one is given: gives "host:port"."""
    with started([sys.executable, "-u", ROOT / "tests" / "relay.py", way, at, target, *files], log) as process:
        yield process.line(r"^relay at (\S+)$")[1]


@contextlib.contextmanager
def echo_server(executable, log, *flags):
    """The example echo_server on a port that the system chose: gives (process, "host:port")."""
    with started([executable, "127.0.0.1:0", *flags], log) as server:
        yield server, server.line(r"^listening on (\S+)$")[1]
