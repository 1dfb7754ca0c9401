"""Doctored reports: whatever is wrong with one of them, the judge refuses it."""

import copy
import json
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import verdict

TABLE = verdict.read_table()
QUICK = verdict.quick(TABLE)


def perfect(table=TABLE):
    """What index.json holds after a perfect run."""
    cases = {}
    for case, expected in table.items():
        code = min(expected.codes) if expected.codes else 1000
        cases[case] = {"behavior": expected.result, "behaviorClose": expected.result, "remoteCloseCode": code}
    return {"agent": cases}


class Table(unittest.TestCase):
    def test_it_has_all_cases_of_the_sections(self):
        sections = Counter(case.split(".")[0] for case in TABLE)
        plain = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1}
        self.assertEqual(sections, {**plain, "12": 5 * 18, "13": 7 * 18})

    def test_116_cases_have_one_code_and_one_takes_either(self):
        codes = Counter(tuple(sorted(case.codes)) for case in TABLE.values())
        self.assertEqual(codes, {(1002,): 41, (1007,): 75, (1002, 1007): 1, (): 400})

    def test_three_cases_are_informational(self):
        informational = [case for case, expected in TABLE.items() if expected.result == "INFORMATIONAL"]
        self.assertEqual(informational, ["7.1.6", "7.13.1", "7.13.2"])


class Quick(unittest.TestCase):
    def test_it_has_one_size_of_each_group_of_12_and_13_and_all_cases_of_the_other_sections(self):
        compressed = [case for case in QUICK if case.startswith(("12.", "13."))]
        self.assertEqual(compressed, [f"12.{group}.11" for group in range(1, 6)] + [f"13.{group}.11" for group in range(1, 8)])
        self.assertEqual(set(TABLE) - set(QUICK), {case for case in TABLE if case.startswith(("12.", "13."))} - set(compressed))
        self.assertEqual(len(QUICK), 313)

    def test_all_of_it_and_nothing_else_is_asked_for(self):
        judged = verdict.judge(perfect(QUICK), QUICK)
        self.assertEqual((judged.problems, judged.cases, judged.passed), ([], 313, 313))
        self.assertEqual(len(verdict.judge(perfect(QUICK), TABLE).problems), 517 - 313)
        self.assertEqual(len(verdict.judge(perfect(), QUICK).problems), 517 - 313)
        for case in QUICK:
            index = perfect({name: expected for name, expected in QUICK.items() if name != case})
            self.assertEqual(verdict.judge(index, QUICK).problems, [f"{case}: was not run"])


class Judge(unittest.TestCase):
    def setUp(self):
        self.index = perfect()
        self.cases = self.index["agent"]

    def refused(self, *problems):
        self.assertEqual(tuple(verdict.judge(self.index, TABLE).problems), problems)

    def test_a_perfect_run_is_accepted(self):
        judged = verdict.judge(self.index, TABLE)
        self.assertEqual((judged.problems, judged.cases, judged.passed), ([], 517, 517))

    def test_every_single_fault_in_every_case_is_refused(self):
        for case, expected in TABLE.items():
            for key in ("behavior", "behaviorClose"):
                other = {"OK": "INFORMATIONAL", "INFORMATIONAL": "OK"}[expected.result]
                for value in (other, "NON-STRICT", "FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT", "UNIMPLEMENTED", "ERROR", None):
                    self.index = {"agent": {**self.cases, case: {**self.cases[case], key: value}}}
                    self.refused(f"{case}: {key} is {value}, not {expected.result}")

    def test_every_wrong_close_code_is_refused(self):
        for case, expected in TABLE.items():
            for code in {None, 1000, 1001, 1002, 1006, 1007, 1009} - expected.codes if expected.codes else ():
                self.index = {"agent": {**self.cases, case: {**self.cases[case], "remoteCloseCode": code}}}
                self.assertEqual(len(verdict.judge(self.index, TABLE).problems), 1, f"{case} with {code}")

    def test_a_close_code_that_is_not_reported_is_refused(self):
        del self.cases["2.5"]["remoteCloseCode"]
        self.refused("2.5: the close code is None, not 1002")

    def test_every_missing_case_is_refused(self):
        for case in TABLE:
            self.index = {"agent": {name: got for name, got in self.cases.items() if name != case}}
            self.refused(f"{case}: was not run")

    def test_a_case_that_the_table_does_not_have_is_refused(self):
        self.cases["12.6.1"] = self.cases["1.1.1"]
        self.refused("12.6.1: was not to be run")

    def test_an_empty_index_is_refused(self):
        for empty in ({}, {"agent": {}}, [], None):
            judged = verdict.judge(empty, TABLE)
            self.assertEqual((judged.passed, len(judged.bad)), (0, 517))
            self.assertTrue(judged.problems)

    def test_two_agents_are_refused(self):
        self.index["other"] = copy.deepcopy(self.cases)
        self.assertEqual(verdict.judge(self.index, TABLE).passed, 0)


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def write(self, name, content):
        (self.folder / name).write_text(content)

    def problems(self):
        return verdict.judge_folder(self.folder, TABLE).problems

    def test_no_index_at_all_is_refused(self):
        self.assertEqual(len(self.problems()), 1 + 1 + 517)

    def test_half_an_index_is_refused(self):
        self.write("index.json", json.dumps(perfect())[:-10])
        self.assertIn("index.json cannot be read", self.problems()[0])

    def test_reports_that_agree_with_the_table_are_accepted(self):
        self.write("index.json", json.dumps(perfect()))
        self.write("agent_case_2_5.json", report("2.5", [1002]))
        self.write("agent_case_7_7_1.json", report("7.7.1", [1000, 1000]))
        self.write("agent_case_1_1_1.json", json.dumps({"id": "1.1.1", "behavior": "FAILED", "expectedClose": {}}))
        self.assertEqual(self.problems(), [])

    def test_a_report_that_disagrees_with_the_table_is_refused(self):
        self.write("index.json", json.dumps(perfect()))
        self.write("agent_case_2_5.json", report("2.5", [1007]))
        self.assertEqual(self.problems(), ["2.5: the runner accepts [1007], which is not what cases.tsv says"])


def report(case, accepted):
    return json.dumps({"id": case, "behavior": "OK", "expectedClose": {"closeCode": accepted}})


if __name__ == "__main__":
    unittest.main()
