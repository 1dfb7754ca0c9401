"""Judges one role's index.json: every case of cases.tsv as the table says, and nothing else."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

TABLE = Path(__file__).with_name("cases.tsv")
COMPRESSION = {"12", "13"}  # the sections of RFC 7692: 12 groups of 18 sizes, and 1000 messages in each case
QUICK_SIZE = "11"  # messages of 8 KiB, sent in frames of 256 bytes


@dataclass(frozen=True)
class Case:
    """What the table asks of a case: the result (OK or INFORMATIONAL) and, where the peer must fail the connection, the code."""

    result: str
    codes: frozenset


@dataclass
class Section:
    cases: int = 0
    ok: int = 0
    informational: int = 0
    coded: int = 0
    codes_right: int = 0


@dataclass
class Verdict:
    sections: dict = field(default_factory=lambda: defaultdict(Section))
    problems: list = field(default_factory=list)
    bad: set = field(default_factory=set)

    def refuse(self, case, what):
        self.bad.add(case)
        self.problems.append(f"{case}: {what}")

    @property
    def cases(self):
        return sum(section.cases for section in self.sections.values())

    @property
    def passed(self):
        return self.cases - len(self.bad)


def read_table(path=TABLE):
    with open(path, newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["case"]: Case(row["result"], codes(row["close code"])) for row in rows}


def codes(cell):
    return frozenset() if cell == "-" else frozenset(int(code) for code in cell.split(","))


def quick(table):
    """The part of the table that does not take long: of each group of the sections about compression one size."""
    return {case: expected for case, expected in table.items() if is_quick(*case.split("."))}


def is_quick(section, *rest):
    return section not in COMPRESSION or rest[-1] == QUICK_SIZE


def judge_folder(folder, table):
    """Judges folder/index.json, and holds the table to what the runner itself says it expects."""
    try:
        index = json.loads((Path(folder) / "index.json").read_text())
    except (OSError, ValueError) as error:
        verdict = judge(None, table)
        verdict.problems.insert(0, f"index.json cannot be read: {error}")
        return verdict
    verdict = judge(index, table)
    compare_with_reports(verdict, folder, table)
    return verdict


def judge(index, table):
    """`index` is the content of index.json: {agent: {case: {behavior, behaviorClose, remoteCloseCode, ..}}}."""
    verdict = Verdict()
    results = results_of_one_agent(index, verdict)
    for case, expected in table.items():
        count(verdict.sections[case.split(".")[0]], expected, results.get(case, {}))
        judge_case(verdict, case, expected, results.get(case))
    for case in results:
        if case not in table:
            verdict.problems.append(f"{case}: was not to be run")
    return verdict


def results_of_one_agent(index, verdict):
    if not isinstance(index, dict) or len(index) != 1:
        agents = list(index) if isinstance(index, dict) else []
        verdict.problems.append(f"index.json should hold one agent, and holds {agents or 'none'}")
        return {}
    return next(iter(index.values()))


def count(section, expected, got):
    section.cases += 1
    both = (got.get("behavior"), got.get("behaviorClose"))
    section.ok += both == ("OK", "OK")
    section.informational += both == ("INFORMATIONAL", "INFORMATIONAL")
    if len(expected.codes) == 1:  # one case takes either of two codes; it is judged below, and not counted here
        section.coded += 1
        section.codes_right += got.get("remoteCloseCode") in expected.codes


def judge_case(verdict, case, expected, got):
    if got is None:
        verdict.refuse(case, "was not run")
        return
    for key in ("behavior", "behaviorClose"):
        if got.get(key) != expected.result:
            verdict.refuse(case, f"{key} is {got.get(key)}, not {expected.result}")
    if expected.codes and got.get("remoteCloseCode") not in expected.codes:
        wanted = " or ".join(str(code) for code in sorted(expected.codes))
        verdict.refuse(case, f"the close code is {got.get('remoteCloseCode')}, not {wanted}")


def reports(folder):
    """(case, close codes that the runner accepts, whether it calls the case informational) for each case's own report."""
    for path in Path(folder).glob("*_case_*.json"):
        report = json.loads(path.read_text())
        accepted = (report.get("expectedClose") or {}).get("closeCode")
        if accepted:
            yield report["id"], frozenset(accepted), report["behavior"] == "INFORMATIONAL"


def required_codes(accepted):
    """A case that would take 1000 leaves the connection orderly; in every other the peer has to fail it."""
    return frozenset() if 1000 in accepted else accepted


def compare_with_reports(verdict, folder, table):
    for case, accepted, _informational in reports(folder):
        if case in table and table[case].codes != required_codes(accepted):
            verdict.problems.append(f"{case}: the runner accepts {sorted(accepted)}, which is not what cases.tsv says")
