"""A table of attacks, what must come back of each, and the run that holds the two against each other."""

import argparse
import itertools
import re
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Callable, NamedTuple

from wire import BINARY, CLOSE, PING, PONG, TEXT, Silent, parse_frames, parse_head

# What is asked of a server that is not ours, where RFC 6455 leaves it more than one answer.
REFUSED = "no 101, and the end of TCP"
FAILED = "nothing but a Close, if that, and the end of TCP"
ENDED = "the end of TCP"
EXACT = "this very answer"
OWN = "reported only"

RULES = {
    REFUSED: lambda came: re.search(r"(^|, )101", came) is None and ends(came),
    FAILED: lambda came: re.fullmatch(r"(Ping, )*(Close \d+, )?(FIN|RST)", came) is not None,
    ENDED: lambda came: ends(came),
    EXACT: lambda came: False,
    OWN: lambda came: True,
}


class Wrong(Exception):
    """What a check found."""


class Skipped(Exception):
    """Why an attack has no point against this server."""


class Attack(NamedTuple):
    group: str
    name: str
    sends: str
    answer: str  # as `transcript` tells it; alternatives are parted by " or "
    rule: str
    attack: Callable  # gets a target, gives what came
    answers: dict  # for kinds of server that answer otherwise
    kinds: tuple
    needs_echo: bool = False

    def answer_of(self, kind):
        return self.answers.get(kind, self.answer)


TABLE = []


def attack(group, sends, answer, rule=EXACT, *, kinds=("echo", "chat"), needs_echo=False, **answers):
    """Puts the function below it into the table; its name is the attack's."""

    def add(function):
        TABLE.append(Attack(group, function.__name__.replace("_", " "), sends, answer, rule, function, answers, kinds, needs_echo))
        return function

    return add


def table(groups):
    """The attacks as a table in Markdown."""
    lines = ["| attack | what is sent | what comes back | any server |", "|---|---|---|---|"]
    for group in groups:
        lines.append(f"| **{group}** | | | |")
        for one in (one for one in TABLE if one.group == group):
            others = "".join(f"; {kind}: {answer}" for kind, answer in one.answers.items() if answer != one.answer)
            alone = "" if len(one.kinds) > 1 else f" ({one.kinds[0]} alone)"
            lines.append(f"| {one.name} | {one.sends}{alone} | {one.answer}{others} | {one.rule} |")
    return "\n".join(lines) + "\n"


# ---- What came


def ends(came):
    return came.endswith(("FIN", "RST"))


def transcript(data, end):
    """What came of a connection, as in "101, Close 1002, FIN": the statuses of answers, then frames, then how it ended."""
    told = []
    while data.startswith(b"HTTP/"):
        head, empty_line, data = data.partition(b"\r\n\r\n")
        told.append(status(head) if empty_line else "half a head")
        if told[-1] == "101":
            break
        length = parse_head(head)[1].get("content-length", "0")
        if not (length.isascii() and length.isdecimal()):
            told.append(f"a Content-Length of {length!r}")
            break
        data = data[int(length) :]
    return ", ".join(told + told_frames(data) + [end or "no end"])


def status(head):
    line, fields = parse_head(head)
    number = (line.split(" ") + ["?"])[1]
    # §4.4: this status says which versions are spoken.
    return f"{number} with version {fields.get('sec-websocket-version')}" if number == "426" else number


def in_short(told):
    """Of more than three alike in a row, only that there are many."""
    short = []
    for name, group in itertools.groupby(told):
        count = len(list(group))
        short += [name] * count if count <= 3 else [f"many {name}"]
    return short


def told_frames(data):
    frames, rest = parse_frames(data)
    kinds = {TEXT: "Text", BINARY: "Binary", PING: "Ping", PONG: "Pong"}
    told = []
    for one in frames:
        what = f"Close {one.close_code()}" if one.opcode == CLOSE else kinds.get(one.opcode, f"opcode {one.opcode}")
        what += {0: "", 4: " compressed"}.get(one.rsv, f" with reserved bits {one.rsv:03b}")
        told.append(what + (" masked" if one.masked else ""))
    return in_short(told) + ([f"{len(rest)} bytes of something else"] if rest else [])


def came_of(peer):
    return transcript(peer.rest(), peer.end)


# ---- The run


class Report:
    """Prints a line for each check, in the form of TAP."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def count(self):
        return self.passed + self.failed + self.skipped

    def skip(self, what, reason):
        self.skipped += 1
        print(f"ok {self.count()} - {what}  # SKIP {reason}", flush=True)

    def check(self, what, problem=None, note=None):
        number = self.count() + 1
        if problem:
            self.failed += 1
            print(f"not ok {number} - {what}", *(f"  # {line}" for line in str(problem).splitlines()), sep="\n", flush=True)
        else:
            self.passed += 1
            print(f"ok {number} - {what}" + (f"  # {note}" if note else ""), flush=True)

    def total(self):
        print(f"1..{self.count()}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return self.failed == 0


def run(target, groups, report, only=None):
    """Makes the attacks of these groups, and looks after each whether anybody else noticed."""
    for group in groups:
        attacks = chosen(group, target.kind, only)
        if not attacks:
            continue
        try:
            with target.watched() as watch:
                attack_all(group, attacks, target, watch, report)
        except (Wrong, Silent, OSError) as wrong:
            report.check(f"{target.title}: {group}: clients that keep to the rules", wrong)


def pattern(text):
    """For argparse, which tells what is wrong with it."""
    try:
        re.compile(text)
    except re.error as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is no pattern: {wrong}")
    return text


def chosen(group, kind, only=None):
    return [one for one in TABLE if one.group == group and kind in one.kinds and re.search(only or "", one.name)]


def attack_all(group, attacks, target, watch, report):
    if group in AT_ONCE:
        what = f"{target.title}: {group}: memory for all at once"
        attempt(report, what, lambda: target.peak_of(lambda: checked(together(attacks, target), target, report), AT_ONCE[group][target.kind]))
    else:
        checked(in_turn(attacks, target), target, report)
    attempt(report, f"{target.title}: {group}: all is given back", watch.given_back)


AT_ONCE = {}  # groups that wait for deadlines, and so wait together; and by how much memory may grow meanwhile, by kind of server


def checked(outcomes, target, report):
    for one, came in outcomes:
        what = f"{target.title}: {one.group}: {one.name}"
        if isinstance(came, Skipped):
            report.skip(what, came)
        else:
            problem, note = judge(one, came, target)
            report.check(f"{what}: {came}", problem or others_noticed(target), note)


def in_turn(attacks, target):
    for one in attacks:
        yield one, outcome(one, target)


def together(attacks, target):
    with ThreadPoolExecutor(len(attacks)) as pool:
        waiting = {pool.submit(outcome, one, target): one for one in attacks}
        done = set()
        while len(done) < len(waiting):
            now = wait(set(waiting) - done, timeout=0.5, return_when="FIRST_COMPLETED").done
            done |= now
            if not now:
                target.bystander.check()
            yield from ((waiting[future], future.result()) for future in now)


def outcome(one, target):
    """What came, as text; or that there was no point in it."""
    if one.needs_echo and not target.echoes:
        return Skipped("it does not echo")
    try:
        return one.attack(target)
    except Skipped as skipped:
        return skipped if target.is_foreign else f"skipped: {skipped}"
    except Silent as silent:
        return f"no answer: {silent}"
    except Wrong as wrong:
        return f"wrong: {wrong}"
    except Exception as error:  # Whatever a server sends, the other attacks are made, too.
        return f"error: {error!r}"


def judge(one, came, target):
    """(what is wrong, what is worth a note)."""
    answer = one.answer_of(target.kind)
    came = came.split("  # ")[0]  # what was measured stands behind
    if came in answer.split(" or "):
        return None, None
    if target.is_foreign and RULES[one.rule](came):
        return None, f"echo_server: {answer}"
    asked = f"{one.rule}, such as: {answer}" if target.is_foreign else answer
    return f"sent: {one.sends}\nasked: {asked}\ncame: {came}", None


def others_noticed(target):
    try:
        target.bystander.check()
        target.fresh_client()
    except (Wrong, Silent, OSError) as noticed:
        return f"others noticed: {noticed}"
    return None


def attempt(report, what, check):
    try:
        report.check(what, note=check())
    except (Wrong, Silent, OSError) as wrong:
        report.check(what, wrong)
