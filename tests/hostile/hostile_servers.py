"""Hostile servers for the examples that connect: echo_client, cat and autobahn_client, each in a process of its own.

--list        prints the attacks as a table in Markdown
--only WORDS  makes the attacks alone whose names hold this pattern
--jobs N      as many at a time (12)
"""

import argparse
import re
import time
from concurrent.futures import ThreadPoolExecutor

import server_answers
import server_deflate
import server_ends
import server_programs
import server_streams
import server_upgrades
from client_attacks import MIB, run
from harness import build_examples
from suite import pattern
from wire import many_descriptors

MODULES = (server_answers, server_upgrades, server_streams, server_deflate, server_ends, server_programs)
ATTACKS = [one for module in MODULES for one in module.ATTACKS]


def main(argv):
    """Gives whether all passed, or None if these words choose no attack."""
    chosen = arguments(argv)
    if chosen.list:
        return print_table(ATTACKS)
    attacks = [one for one in ATTACKS + server_programs.well_served(ATTACKS) if re.search(chosen.only, one.name)]
    if not attacks:
        return None
    many_descriptors()
    programs = build_examples("echo_client", "cat", "autobahn_client", features=["deflate"])
    begun = time.monotonic()
    # Those that wait for deadlines first: the others are done meanwhile.
    attacks.sort(key=lambda one: -one.within * len(one.cases or "1"))
    with ThreadPoolExecutor(chosen.jobs) as pool:
        waiting = [pool.submit(run, one, programs) for one in attacks]
        passed = sum([tell(number, one.result()) for number, one in enumerate(waiting, 1)])
    print(f"1..{len(attacks)}")
    print(f"{passed} passed, {len(attacks) - passed} failed, in {time.monotonic() - begun:.0f} s", flush=True)
    return passed == len(attacks)


def arguments(argv):
    parser = argparse.ArgumentParser(prog="run client", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", type=pattern, default="")
    parser.add_argument("--jobs", type=int, default=12)
    return parser.parse_args(argv)


def tell(number, result):
    """A line for each attack, in the form of TAP; gives whether it passed."""
    attack = result.attack
    runs = max(len(attack.cases), 1) * attack.at_once
    measured = f"{runs} run{'s' * (runs > 1)}, {result.seconds:.1f} s, {result.peak / MIB:.1f} MiB"
    print(
        f"{'not ' * bool(result.faults)}ok {number} - {attack.name}  # {measured}", *(f"  # {fault}" for fault in result.faults), sep="\n", flush=True
    )
    return not result.faults


def print_table(attacks):
    print("| attack | the server | the client on the wire | and in its last words | MiB |", "|---|---|---|---|---|", sep="\n")
    for one in attacks:
        wire, says = one.expects(one.cases[0] if one.cases else None)
        does = f"{one.does} ({len(one.cases)} cases)" if one.cases else one.does
        words = f"`{says or one.shows}`" if says or one.shows else "success"
        more = [", ..." if callable(part) else "" for part in (one.wire, one.says)]
        cells = [one.name, does, wire.text + more[0], words.replace("|", "\\|") + more[1], str(one.memory)]
        print(f"| {' | '.join(cells)} |")
    return True
