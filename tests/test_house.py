"""How the house is laid out: who may import whom, who alone may import what."""

import ast
import os
import sys
from functools import cache
from pathlib import Path

import pytest

from conftest import SCRIPTS


def modules():
    """Every module under scripts/ by its dotted name."""
    for folder, _, files in os.walk(SCRIPTS):
        for path in (Path(folder) / file for file in files if file.endswith(".py")):
            yield ".".join(path.relative_to(SCRIPTS).with_suffix("").parts), path


MODULES = dict(modules())
LEAVES = {"usage", "errors", "plaintext", "names", "folders", "digests", "whole"}
# Words that only some of the rooms speak, made of those that all do.
DIALECTS = {"summaries", "verdicts", "reports", "comparisons", "diagnosis", "glances"}
VOCABULARY = LEAVES | DIALECTS
# What makes reports of what the rooms tell.
MAKERS = [
    *({"digest", "outlook"}, {"doubts"}, {"statement", "caveats", "explanation"}, {"glance"}),
    {"examination"},
    {"commandline", "question", "periods", "wanted", "thresholds"},
]
# What only the program knows.
SERVANTS = [{"progress"}, {"late"}, {"exposition"}, {"background"}, {"machine"}]
# The middle rooms; a room may consist of several modules, which know each other.
ROOMS = [
    {"credentials", "places", "keychain", "keyfile"},
    {"openrouter", "wire", "fields", "analytics", "patience"},
    {"snapshot", "ledger", "today", "contrast", "checkup", "keylist", "books", "desk", "neighbours"},
    {name for name in MODULES if name.split(".")[0] in ("history", "recall", "memory")},
    {name for name in MODULES if name.startswith("insights")},
    {name for name in MODULES if name.startswith("renderers")},
    {"sample"},
]
# The program itself: it joins all of these.
PROGRAM = {
    "program",
    "session",
    "standins",
    "output",
    "each",
    "renewal",
    "stores",
    *(name for name in MODULES if name.startswith("commands")),
}
ALONE = {
    "requests": {"openrouter"},
    "urllib3": {"openrouter", "patience"},
    "dotenv": {"credentials", "keyfile"},
    "sqlite3": {"history"},
    "threading": {"desk", "keychain"},
    "_thread": {"late", "standins"},
    "keyring": {"keychain"},
    "subprocess": {"background"},
}


def imported(name):
    """Everything a module imports at run time, at any depth of its code."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    skipped = {id(node) for test in ast.walk(tree) if _for_types_only(test) for node in ast.walk(test)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            own = [f"{node.module}.{alias.name}" for alias in node.names if f"{node.module}.{alias.name}" in MODULES]
            yield from own or [node.module]


def _for_types_only(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@cache
def ours(name):
    return {module for module in imported(name) if module in MODULES or module.split(".")[0] in MODULES}


def test_every_module_has_its_room():
    assert set(MODULES) == VOCABULARY | PROGRAM | {"stats", "shortcut"} | set().union(*MAKERS, *ROOMS, *SERVANTS)
    assert len(MODULES) >= 15


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_the_vocabulary_imports_none_of_ours(name):
    assert ours(name) == set()


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_dialect_is_made_of_the_vocabulary(name):
    assert "usage" in ours(name)
    assert ours(name) - {"usage"} <= DIALECTS


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: min(room))
def test_a_middle_room_imports_only_itself_and_the_vocabulary(room):
    for name in room:
        assert ours(name) - room - VOCABULARY == set()


@pytest.mark.parametrize("maker", MAKERS, ids=min)
def test_what_is_above_the_arithmetic_imports_it_and_the_vocabulary(maker):
    arithmetic = {name for name in MODULES if name.startswith("insights")}
    for name in maker:
        assert ours(name) - arithmetic - VOCABULARY - maker == set()


def test_nobody_imports_the_program_and_only_the_program_imports_what_is_above_the_rooms():
    assert ours("stats") == {"program", "shortcut"}
    assert [name for name in MODULES if ours(name) & {"stats", "program"}] == ["stats"]
    assert {name for name in MODULES if ours(name) & PROGRAM} <= PROGRAM | {"stats"}
    for maker in [*MAKERS, *SERVANTS]:
        importers = {name for name in set(MODULES) - maker if ours(name) & maker}
        assert importers
        assert importers <= PROGRAM


def test_the_way_around_the_program_knows_no_more_than_where_keys_lie():
    assert ours("shortcut") == {"folders", "places", "whole", "digests"}


@pytest.mark.parametrize("package", sorted(ALONE))
def test_what_one_room_alone_may_import(package):
    importers = {name for name in MODULES if package in {module.split(".")[0] for module in imported(name)}}
    assert importers == ALONE[package]


def test_nothing_but_the_standard_library_two_packages_and_an_optional_one_is_imported():
    standard = getattr(sys, "stdlib_module_names", None)
    if standard is None:
        pytest.skip("this Python does not list its standard library")
    tops = {module.split(".")[0] for name in MODULES for module in imported(name)}
    assert tops - set(standard) - {name.split(".")[0] for name in MODULES} == {
        "requests",
        "urllib3",
        "dotenv",
        "keyring",
    }


def test_no_module_hides_one_of_the_standard_library():
    standard = getattr(sys, "stdlib_module_names", set())
    assert {name.split(".")[0] for name in MODULES} & set(standard) == set()


@pytest.mark.parametrize("name", sorted(name for name in MODULES if not name.endswith("__init__")))
def test_each_module_opens_with_one_sentence(name):
    docstring = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))
    first = docstring.split("\n\n")[0]
    assert first.rstrip().endswith((".", '".'))
    assert "\n" not in first.strip() or len(first) < 200


def test_only_main_ends_the_program():
    for name in MODULES:
        text = MODULES[name].read_text(encoding="utf-8")
        assert name == "stats" or not any(way in text for way in ("sys.exit", "os._exit", "SystemExit")), name
        assert "import traceback" not in text, name
