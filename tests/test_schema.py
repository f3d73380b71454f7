"""The schema of the JSON refuses what is wrong, and it and the page on it name what the program has.

`Skill.run` holds every document of every test to it.
"""

import ast
import copy
import re
import shutil
import subprocess
import sys

import jsonschema_rs
import pytest

from conftest import ROOT, SCRIPTS, Skill
from documents import TEXTS, blocks
from json_schema import DEFINITIONS, FILE, SCHEMA, documents, references
from openrouter_usage import errors
from openrouter_usage.commands.chart.command import BY
from openrouter_usage.commands.doctor.records import Cause, CountedBy
from openrouter_usage.commands.registry import COMMANDS
from openrouter_usage.commands.why.records import Effects
from openrouter_usage.dimensions import DIMENSIONS


def _exits():
    """The exit codes of each code of an error."""
    kinds, found = [errors.Failure], {}
    for kind in kinds:
        kinds += kind.__subclasses__()
        found.setdefault(kind.code, set()).add(str(kind.exit_code))
    return found


EXITS = _exits()
WHOLE = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)


def test_it_is_a_schema_of_its_draft():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMA)


def test_it_has_a_definition_for_every_command_and_for_an_error():
    listed = [one["$ref"].rpartition("/")[2] for one in DEFINITIONS["document"]["oneOf"]]
    assert sorted(listed) == sorted([*COMMANDS, "error"])


def test_every_definition_is_used():
    assert set(references(SCHEMA)) == set(DEFINITIONS)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return documents(Skill(tmp_path_factory.mktemp("demo")).run("--demo", "--json").out)[0]


def changed(document, path, value):
    """The document with another value at the path, or without one where it is None."""
    document = copy.deepcopy(document)
    *above, last = path
    part = document
    for name in above:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return document


WRONG = [
    (("notes",), None),
    (("balance", "remaining_usd"), None),
    (("schema",), "openrouter-usage/2"),
    (("command",), "report"),
    (("command",), "summaries"),
    (("as_of",), "2026-11-20 14:09"),
    (("as_of",), "2026-13-20T14:09:00Z"),
    (("balance", "remaining_usd"), "41.36"),
    (("key", "today_usd"), "3.02"),
    (("key", "today"), 3.02),
    (("models", "rows", 0, "requests"), 1.5),
    (("models", "rows", 0, "requests"), -1),
    (("models", "from"), "Nov 13"),
    (("forecast", "scopes", 0, "share"), 0.5),
    (("notes",), [{"code": "no_such_code", "message": "x"}]),
    (("notes",), [{"code": "clock"}]),
    (("surprise",), 1),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_what_is_wrong_is_refused(demo, path, value):
    assert not WHOLE.is_valid(changed(demo, path, value))


def test_a_document_and_a_list_of_some_are_taken(demo):
    assert (WHOLE.is_valid(demo), WHOLE.is_valid([demo, demo]), WHOLE.is_valid([])) == (True, True, False)


# What the program may say


def test_its_lists_of_names_are_those_of_the_program():
    books = DEFINITIONS["doctor"]["properties"]["books"]["items"]["properties"]
    differences = books["differences"]["items"]["properties"]
    assert set(DEFINITIONS["dimension"]["enum"]) == set(DIMENSIONS)
    assert DEFINITIONS["chart_by"]["enum"] == list(BY)
    assert set(differences["cause"]["enum"]) == {one.code for one in Cause}
    assert set(differences["side"]["enum"]) == {one.code for one in CountedBy}
    assert DEFINITIONS["change"]["properties"]["mostly"]["items"]["enum"] == list(Effects._fields)


def test_its_codes_of_errors_are_those_of_every_failure():
    assert set(DEFINITIONS["error_code"]["enum"]) == set(EXITS)


def test_its_codes_of_notes_are_those_that_the_program_has():
    """A note has a code of its own, of what is not known, of a cause in the books, or that of an error."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SCRIPTS.rglob("*.py")]
    made = {
        *OTHER_CODES,
        *(f"books_{one.code}" for one in Cause),
        *(code for tree in trees for code in _note_codes(tree)),
    }
    assert DEFINITIONS["own_note_code"]["enum"] == sorted(made - set(EXITS))


PLACES = {"Note": 0, "Unknown": 1}
"""The place of the code among the arguments of the records that have one."""

OTHER_CODES = {"not_told", "key_from_working_directory"}
"""The default of an Unknown, and what a source of keys says of itself."""


def _note_codes(tree):
    """Yields the codes that a module writes down: as they are, or as a constant of its own."""
    constants = {getattr(one.targets[0], "id", ""): one.value for one in tree.body if isinstance(one, ast.Assign)}
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        place = PLACES.get(getattr(call.func, "id", ""), len(call.args))
        for code in call.args[place : place + 1]:
            found = constants.get(getattr(code, "id", None), code)
            if isinstance(found, ast.Constant):
                yield found.value


# The page

PAGE = TEXTS["references/json.md"]
(QUESTIONS,) = blocks(PAGE, "bash")
ANSWERS = [
    "4.478111",
    "41.3554",
    "key_expires: Key expires at 2026-11-29T00:00:00Z",
    "5.13",
    "141.73253",
    '"anthropic/claude-sonnet-4.5",20.02375,282',
    "notebook",
    "2026-11-13",
    "Up $2.44 (+8%) from Nov 13 to 19, compared with the 7 days before: ",
    "3",
    "ok",
]
"""How what each of the questions prints of the demo begins."""


def test_each_question_has_an_answer():
    assert len(QUESTIONS.splitlines()) == len(ANSWERS)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("bash")), reason="no jq")
@pytest.mark.parametrize(("question", "answer"), [*zip(QUESTIONS.splitlines(), ANSWERS)])
def test_a_question_is_answered(skill, question, answer):
    asked = question.replace("python3 scripts/stats.py", f"'{sys.executable}' scripts/stats.py --demo")
    done = subprocess.run(["bash", "-c", asked], cwd=ROOT, env=skill.env, capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout[: len(answer)]) == (0, "", answer)


def rows(heading):
    """The rows of the table below a heading, each with its cells."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in re.findall(r"^\| `.*", section, re.M)]


def named(cell):
    return re.findall(r"`(\w+)`", cell)


def test_its_codes_of_errors_are_those_of_the_schema_with_their_exit_codes():
    told = {code: set(exit_code.split(", ")) for cell, exit_code, _ in rows("Codes of errors") for code in named(cell)}
    assert told == EXITS


def test_its_codes_of_notes_are_those_of_the_schema():
    told = [code for cell, _ in rows("Codes of notes") for code in named(cell)]
    assert sorted(told) == sorted(DEFINITIONS["own_note_code"]["enum"])


def test_it_names_every_command_and_no_name_that_the_schema_has_not():
    told = {command: named(cell) for commands, cell in rows("JSON") for command in named(commands)}
    assert sorted(told) == sorted(COMMANDS)
    assert [
        name for names in told.values() for name in names if f'"{name}"' not in FILE.read_text(encoding="utf-8")
    ] == []
