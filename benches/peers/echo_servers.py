"""The servers that echo.py measures: how each is built and started.

What is not Rust comes from npm, PyPI and Debian's packages, which are installed when this runs as root. uWebSockets comes with
the sources that the crate libuwebsockets-sys carries. A server that cannot be had is left out, and why is told.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "echo"
OTHERS = HERE / "others"
# The raw ones write back what they read: what the system costs. The bare one does so, too, with no more memory than a thread.
RAW = ["raw-threads", "raw-epoll", "bare-threads"]
REFERENCES = [*RAW, "hand-threads"]
OURS = ["ours-threads", "ours-epoll", "ours-tokio"]
CRATES = [
    "tungstenite", "tokio-tungstenite", "fastwebsockets", "tokio-websockets", "soketto", "yawc", "web-socket", "wtx",
    "sockudo-ws", "ratchet",
]
RUST = [*REFERENCES, *OURS, *CRATES]
# Seconds for a step of building.
PATIENCE = 1800
PYTHON_PACKAGES = ["picows==2.3.1", "uvloop==0.23.0"]


def folder(cache):
    path = cache / "echo"
    path.mkdir(parents=True, exist_ok=True)
    return path


def rust_target(cache):
    return Path(os.environ.get("CARGO_TARGET_DIR") or cache / "target")


def build(cache):
    """The load and all servers that can be had."""
    run("cargo", "build", "--quiet", "--locked", "--release", "--package", "echo", "--target-dir", rust_target(cache), cwd=HERE)
    for name, (make, _) in OTHER.items():
        try:
            make(folder(cache))
        except (OSError, subprocess.SubprocessError) as error:
            print(f"echo: no {name}: {error}", file=sys.stderr)
            (folder(cache) / name).unlink(missing_ok=True)


def available(cache):
    """The names of the servers that were built."""
    return RUST + [name for name in OTHER if (folder(cache) / name).exists()]


def command(cache, name):
    if name in OTHER:
        return [str(word) for word in OTHER[name][1](folder(cache))]
    return [str(rust_target(cache) / "release" / name)]


def run(*words, **options):
    subprocess.run([str(word) for word in words], check=True, timeout=PATIENCE, **options)


def need(program_or_header, *packages):
    """Installs Debian's packages for something that is not there."""
    if shutil.which(program_or_header) or Path(program_or_header).exists():
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise OSError(f"it wants {' '.join(packages)}")
    run("apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages, stdout=subprocess.DEVNULL)


def build_ws(folder):
    place = folder / "ws"
    place.mkdir(exist_ok=True)
    for file in ["ws.cjs", "package.json", "package-lock.json"]:
        shutil.copy(OTHERS / file, place)
    run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=place)


def build_picows(folder):
    place = folder / "picows"
    if not place.exists():
        run(sys.executable, "-m", "venv", place)
    run(place / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON_PACKAGES)


def build_beast(folder):
    need("/usr/include/boost/beast/websocket.hpp", "libboost-dev")
    compile_newer(folder / "beast", OTHERS / "beast.cpp", "g++", "-O3", "-DNDEBUG", "-std=c++17", OTHERS / "beast.cpp", "-pthread")


def build_libwebsockets(folder):
    need("/usr/include/libwebsockets.h", "libwebsockets-dev")
    source = OTHERS / "libwebsockets.c"
    compile_newer(folder / "libwebsockets", source, "gcc", "-O3", source, "-lwebsockets")


def build_gorilla(folder):
    need("go", "golang-go")
    need("/usr/share/gocode/src/github.com/gorilla/websocket", "golang-github-gorilla-websocket-dev")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "go")}
    run("go", "build", "-o", folder / "gorilla", OTHERS / "gorilla.go", env=environment)


def build_uwebsockets(folder):
    manifest = OTHERS / "uwebsockets/Cargo.toml"
    found = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", str(manifest)],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE,
    )
    packages = json.loads(found.stdout)["packages"]
    crate = next(Path(package["manifest_path"]).parent for package in packages if package["name"] == "libuwebsockets-sys")
    uws, us = crate / "uWebSockets/src", crate / "uWebSockets/uSockets/src"
    flags = ["-O3", "-DLIBUS_NO_SSL", "-DUWS_NO_ZLIB", "-I", uws, "-I", us, "-w"]
    place = folder / "uwebsockets-objects"
    place.mkdir(exist_ok=True)
    run("gcc", "-std=c11", *flags, "-c", *us.glob("*.c"), *us.glob("eventing/*.c"), cwd=place)
    source = OTHERS / "uwebsockets.cpp"
    compile_newer(folder / "uwebsockets", source, "g++", "-std=c++20", *flags, source, *place.glob("*.o"))


def compile_newer(program, source, *words):
    """Runs a compiler, unless the program is younger than its source."""
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        run(*words, "-o", program)


# How each is built, and started.
OTHER = {
    "uwebsockets": (build_uwebsockets, lambda folder: [folder / "uwebsockets"]),
    "beast": (build_beast, lambda folder: [folder / "beast"]),
    "libwebsockets": (build_libwebsockets, lambda folder: [folder / "libwebsockets"]),
    "gorilla": (build_gorilla, lambda folder: [folder / "gorilla"]),
    "ws": (build_ws, lambda folder: ["node", folder / "ws/ws.cjs"]),
    "picows": (build_picows, lambda folder: [folder / "picows/bin/python", OTHERS / "picows_server.py"]),
}
NAMES = [*RUST, *OTHER]
