"""What the tests with other libraries share: a peer's checks, and the processes of a test."""

import copy
import json
import os
import re
import subprocess
from pathlib import Path

from harness import Trouble

HERE = Path(__file__).resolve().parent
LIMIT = 120  # seconds for one peer; the longest idles for 32 of them


class Peer:
    """One peer's checks, those that are still to come included."""

    def __init__(self, title, checks):
        self.title = title
        self.version = None
        self.results = {name: "was not checked" for name in checks}  # None: passed

    def note(self, name, problem):
        self.results[name] = problem

    def check(self, name, check, *arguments):
        try:
            self.note(name, check(*arguments))
        except Trouble as trouble:
            self.note(name, str(trouble))

    def tell(self):
        """Prints one line, and one more for each failure; gives (passed, failed)."""
        failures = {name: why for name, why in self.results.items() if why}
        passed = len(self.results) - len(failures)
        print(f"{self.title:<28}{self.version or 'did not run':<28}{passed} of {len(self.results)} checks")
        for name, why in failures.items():
            print(f"  {name}: {why}")
        return passed, len(failures)


class Surroundings:
    authority = ()  # the flags by which echo_client trusts a server

    def __init__(self, python, node_modules, examples, logs):
        self.python, self.examples, self.logs = python, examples, logs
        self.environment = {**os.environ, "NODE_PATH": str(node_modules), "PYTHONDONTWRITEBYTECODE": "1"}

    def with_authority(self, files):
        """The same, but that echo_client trusts the first of these files."""
        other = copy.copy(self)
        other.authority = ("--ca", str(files[0])) if files else ()
        return other

    def trusting(self, files):
        """The environment by which each peer, as a client, trusts the first of these files."""
        names = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "WEBSOCKET_CLIENT_CA_BUNDLE") if files else ()
        return {**self.environment, **{name: str(files[0]) for name in names}}

    def command(self, peer):
        return ["node" if peer.endswith(".cjs") else self.python, HERE / "peers" / peer]


def read_checks(peer, log):
    version = re.search(r"^version (.+)$", log, re.MULTILINE)
    peer.version = version and version[1]
    for failed, name, why in re.findall(r"^(not )?ok (.+?)(?:: (.*))?$", log, re.MULTILINE):
        peer.note(name, (why or "failed") if failed else None)
    if not version:
        peer.note("run", log[-2000:])


def echo_client(at, *words):
    """The client's exit status, and what it printed."""
    command = [str(at.examples["echo_client"]), *words, *at.authority]
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise Trouble(f"echo_client was still running after {LIMIT} s")
    return ran.returncode, ran.stdout.decode(errors="replace").strip()


def saw_last(server, path, number):
    """What a server or the tap told at the end of its n-th connection for a path."""
    pattern = r'(?s)\A(?:.*?^saw (\{"path": ?"%s"[^\n]+)$){%d}' % (path, number)
    return json.loads(server.line(pattern)[1])
