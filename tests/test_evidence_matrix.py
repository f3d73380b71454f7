"""No source is believed alone: every source in every bad state, with every key and memory, through every command."""

from collections import Counter

import pytest

import evidence_matrix as matrix
from conftest import GOLDEN
from evidence_matrix import KEYS, MEMORIES, Cell


@pytest.mark.parametrize("cell", matrix.cells(), ids=str)
def test_no_source_is_believed_alone(cell):
    assert matrix.findings(cell) == []


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("memory", MEMORIES)
def test_the_account_is_one_in_which_each_fault_shows(keys, memory):
    right = matrix.seen(Cell("/activity", "right", keys, memory))
    for arguments, run in right.runs.items():
        assert "$0.00" not in run.out or arguments[0] == "doctor"
        assert arguments[0] != "check" or run.code in (1, 2)
    assert not any(right.lost.values())
    days = 30 if memory == "remembered" and keys != "regular" else 0
    assert len(matrix.stored_days(matrix.snapshot(keys, memory))) == days


def test_where_all_sources_agree_not_one_word_is_added():
    assert matrix.golden() == (GOLDEN / "evidence.txt").read_text(encoding="utf-8")


def test_a_summary_with_nothing_remembered_asks_six_times(tmp_path):
    matrix.put("/activity", "right")
    matrix.fake().asked.clear()
    with matrix.machine(tmp_path, "both"):
        matrix.answered(matrix.NOW, "summary")
    assert len(matrix.fake().asked) <= 6
    assert max(Counter(asked.path for asked in matrix.fake().asked).values()) <= 2


def test_a_process_of_its_own_prints_the_same(skill):
    matrix.put("/activity", "right")
    matrix.fake().now = matrix.NOW
    printed = skill.ask(matrix.fake(), "agent", "admin").run("summary")
    run = matrix.seen(Cell("/activity", "right", "both", "cold")).runs["summary",]
    assert (printed.code, printed.out) == (run.code, run.out)
