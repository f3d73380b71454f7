"""Questions about spend that people ask, each answered by one command, in a line of it that needs no arithmetic."""

import re
import shlex
from functools import cache

import pytest

from conftest import NOW, Skill
from fake_openrouter import FakeOpenRouter
from questions import OF_BOTH_KEYS, OF_ONE_KEY
from sample import sample

FOR_A_GRAPH = re.compile(r" \| (?:balance|left)=.*")
"""What `check` adds to its line for monitoring."""


def names(questions):
    return [question for question, *_ in questions]


def teller(skill, *always):
    """Tells the lines that a command prints, each with single spaces. Each command is run once."""

    @cache
    def lines(command):
        printed = skill.run(*shlex.split(command), *always)
        assert printed.err == ""
        return [FOR_A_GRAPH.sub("", " ".join(line.split())) for line in printed.out.splitlines()]

    return lines


@pytest.fixture(scope="module")
def with_both_keys(tmp_path_factory):
    return teller(Skill(tmp_path_factory.mktemp("both")), "--demo")


@pytest.fixture(scope="module")
def with_one_key(tmp_path_factory):
    with FakeOpenRouter(sample(NOW), now=NOW).serving() as fake:
        yield teller(Skill(tmp_path_factory.mktemp("one")).ask(fake, "agent"))


def test_there_are_thirty_questions_for_both_keys_and_fourteen_for_one():
    assert (len(set(names(OF_BOTH_KEYS))), len(set(names(OF_ONE_KEY)))) == (30, 14)


@pytest.mark.parametrize(("question", "command", "line", "answer"), OF_BOTH_KEYS, ids=names(OF_BOTH_KEYS))
def test_one_command_answers_in_one_line(with_both_keys, question, command, line, answer):
    assert with_both_keys(command)[line - 1] == answer


@pytest.mark.parametrize(("question", "command", "line", "answer"), OF_ONE_KEY, ids=names(OF_ONE_KEY))
def test_one_command_answers_for_a_regular_key_alone(with_one_key, question, command, line, answer):
    assert with_one_key(command)[line - 1] == answer
