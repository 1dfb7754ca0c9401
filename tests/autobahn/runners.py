"""The two runners: how each is installed, how it tests a server, and how it tests a client. Reports have one format."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from harness import CACHE, Trouble, free_port, installed, must, python_packages, relay, started

HERE = Path(__file__).resolve().parent
AGENT = "rfc6455"
EVERY_CASE = "*"
RUN_LIMIT = 3600  # seconds for all cases; the longest run took 1280, on a machine that had other work, too
PARALLEL_CASES = 4
READY_LIMIT = 60
REPORT_LIMIT = 60


class Runner:
    def __init__(self, cases=None):
        """Runs these cases, or all that it has, so that one which the table lacks comes to light."""
        # A name without an asterisk is that case alone; a pattern would match the beginning of a name.
        self.cases = [EVERY_CASE] if cases is None else cases


class Kosoku(Runner):
    """Autobahn's cases on a runner of today: an installation of seconds. It looks less at the peer's frames than the original."""

    name = "kosoku"

    def install(self):
        requirements = HERE / "requirements-kosoku.txt"
        self.version = pinned(requirements, "kosoku")
        self.program = python_packages(CACHE / "autobahn" / "kosoku", requirements).with_name("kosoku")

    def fuzz_server(self, address, folder):
        command = [self.program, f"ws://{address}", "-o", folder, "-p", PARALLEL_CASES, *self.selection()]
        with started(command, folder / "runner.log") as runner:
            runner.wait(RUN_LIMIT)  # its status tells less than its reports

    def fuzz_client(self, run_client, folder, files):
        """With files, a certificate and its key, by TLS, of which this runner has none."""
        command = [self.program, "-m", "fuzzingserver", "127.0.0.1:0", "-o", folder, *self.selection()]
        with started(command, folder / "runner.log") as runner:
            address = runner.line(r"^fuzzingserver listening on ws://(\S+)$", READY_LIMIT)[1]
            if files:
                with relay("out-of", folder / "relay.log", address, *files) as entrance:
                    run_client(f"wss://{entrance}")
            else:
                run_client(f"ws://{address}")
            runner.wait(REPORT_LIMIT)  # ends by itself after /updateReports, with the reports written

    def selection(self):
        return [word for case in self.cases for word in ("-i", case)]


class Autobahn(Runner):
    """The original Autobahn TestSuite, which runs on CPython 2.7 alone."""

    name = "autobahn"

    def install(self):
        requirements = HERE / "requirements-autobahn.txt"
        self.version = pinned(requirements, "autobahntestsuite")
        self.python = python27()

        def install(folder):
            must(
                [self.python, "-m", "pip", "install", "--quiet", "--target", str(folder), "-r", str(requirements)],
                env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_PYTHON_VERSION_WARNING": "1"},
            )
            # With --target the file that would declare the namespace `zope` is never read.
            (folder / "zope" / "__init__.py").touch()

        self.packages = installed(CACHE / "autobahn" / "autobahntestsuite", requirements.read_text() + self.python, install)

    def fuzz_server(self, address, folder):
        specification = {"outdir": str(folder), "servers": [{"agent": AGENT, "url": f"ws://{address}"}]}
        with self.wstest("fuzzingclient", specification, folder) as runner:
            runner.wait(RUN_LIMIT)  # status 0 whatever happens

    def fuzz_client(self, run_client, folder, files):
        """With files, a certificate and its key, by TLS: a fuzzing server with that does not start in this version."""
        port = free_port()
        url = f"ws://127.0.0.1:{port}"
        with self.wstest("fuzzingserver", {"outdir": str(folder), "url": url}, folder) as runner:
            runner.line(rf"Fuzzing Server \(Port {port}\)", READY_LIMIT)
            wait_for_listener(port)
            if files:
                # It holds the port in the Host header against its own, which it has on IPv4 alone.
                with relay("out-of", folder / "relay.log", f"127.0.0.1:{port}", *files, at=f"[::1]:{port}") as entrance:
                    run_client(f"wss://{entrance}")
            else:
                run_client(url)
            wait_for_json(folder / "index.json")  # it never ends by itself

    def wstest(self, mode, specification, folder):
        path = folder / f"{mode}.json"
        path.write_text(json.dumps({**specification, "cases": self.cases, "exclude-cases": [], "exclude-agent-cases": {}}))
        return started(
            [self.python, "-u", "-m", "autobahntestsuite.wstest", "-m", mode, "-s", path, "-u", "0"],
            folder / "runner.log",
            env={**os.environ, "PYTHONPATH": str(self.packages)},
        )


RUNNERS = {runner.name: runner for runner in (Autobahn, Kosoku)}


def pinned(requirements, package):
    for line in requirements.read_text().splitlines():
        name, _, version = line.partition("==")
        if name == package:
            return version
    raise Trouble(f"{requirements.name} does not pin {package}")


def python27():
    """A CPython 2.7 that runs: the one on PATH, or one that pyenv has."""
    candidates = [shutil.which("python2.7")]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
        candidates += sorted(str(path) for path in Path(root, "versions").glob("2.7.*/bin/python2.7"))
    for python in filter(None, candidates):
        if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    raise Trouble(WITHOUT_PYTHON27)


WITHOUT_PYTHON27 = """\
The Autobahn TestSuite needs CPython 2.7, and there is none: no python2.7 on PATH, and no 2.7 in pyenv (`pyenv install 2.7.18`).
Its Docker image does without. For the server role, from the top of the repository:

  cargo run --release --features deflate --example echo_server -- 127.0.0.1:9001 --deflate &
  mkdir -p .cache/autobahn/docker
  echo '{"outdir": "/docker/reports", "servers": [{"agent": "rfc6455", "url": "ws://127.0.0.1:9001"}],
         "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {}}' > .cache/autobahn/docker/fuzzingclient.json
  docker run --rm --network host -v "$PWD/.cache/autobahn/docker:/docker" crossbario/autobahn-testsuite \\
    wstest -m fuzzingclient -s /docker/fuzzingclient.json
  tests/autobahn/run --check .cache/autobahn/docker/reports

For the client role the same with `-m fuzzingserver`, `"url": "ws://127.0.0.1:9001"` in place of `servers`, and
`cargo run --release --features deflate --example autobahn_client -- ws://127.0.0.1:9001 --deflate`. Or take the other runner: --runner kosoku."""


def wait_for_listener(port):
    end = time.monotonic() + READY_LIMIT
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Trouble(f"the fuzzing server does not listen on port {port}")


def wait_for_json(path):
    """Waits until the file is there and complete; whatever is wrong with it is told by the one who judges it."""
    end = time.monotonic() + REPORT_LIMIT
    while time.monotonic() < end:
        try:
            json.loads(path.read_text())
            return
        except (OSError, ValueError):
            time.sleep(0.05)
