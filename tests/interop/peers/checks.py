"""What the clients written in Python share: the checks' values, and one line for each check that was made."""

import sys

TEXT = "plain text"
MULTI_BYTE = "Grüße, κόσμε, 世界, 🦀"
BINARY = bytes(range(256))
MIB = 1 << 20
BIG_TEXT = "é" * (MIB // 2)
BIG_BINARY = bytes(range(251)) * (MIB // 251) + bytes(MIB % 251)
REASON = "bye, κόσμε"


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"{short(got)} instead of {short(wanted)}")


def short(value):
    return repr(value) if len(repr(value)) < 80 else f"{repr(value)[:60]}... ({len(value)} long)"


def run(version, checks):
    """Makes each check, whatever became of those before it."""
    print("version", version, flush=True)
    for name, check in checks.items():
        try:
            check()
            print("ok", name, flush=True)
        except BaseException as error:
            print(f"not ok {name}: {type(error).__name__}: {error}".replace("\n", " "), flush=True)
            if not isinstance(error, Exception):
                sys.exit(1)
