"""What holds for every module: its dependencies, its first sentence, and who may end the program."""

import ast
import sys

import pytest

from conftest import SCRIPTS

MODULES = sorted(path for path in SCRIPTS.rglob("*.py") if path.stat().st_size)


def packages(path):
    """The top-level packages that a module imports, at any depth of its code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {id(node) for test in ast.walk(tree) if _is_for_types(test) for node in ast.walk(test)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def _is_for_types(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_only_the_standard_library_two_packages_and_two_optional_ones_are_imported():
    standard = getattr(sys, "stdlib_module_names", None)
    if standard is None:
        pytest.skip("this Python does not list its standard library")
    found = {package for path in MODULES for package in packages(path)}
    of_requests = {"requests", "urllib3", "certifi"}  # the latter two come with it
    assert found - set(standard) == {"openrouter_usage", *of_requests, "dotenv", "keyring", "matplotlib"}


def test_what_security_md_names_is_all_that_starts_a_program_or_talks_to_a_host():
    starts = {str(path.relative_to(SCRIPTS)) for path in MODULES if "subprocess" in packages(path)}
    package = "openrouter_usage"
    itself = {f"{package}/bytecode.py", f"{package}/commands/bar/refresh.py"}
    assert starts == {*itself, f"{package}/keys/command.py"}
    talks = {
        path.parent.name for path in MODULES if {"requests", "urllib3", "socket", "ssl", "http"} & set(packages(path))
    }
    assert talks == {"api"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_each_module_opens_with_one_sentence(path):
    first = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n\n")[0]
    assert first.rstrip().endswith((".", '".'))
    assert "\n" not in first.strip() or len(first) < 200


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_annotations_are_evaluated_where_records_are_made_and_nowhere_else(path):
    """A NamedTuple compiles the annotations that are left as text, all others would be evaluated in vain."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    makes_records = any(
        isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases) for node in ast.walk(tree)
    )
    annotated = any(isinstance(node, (ast.FunctionDef, ast.AnnAssign)) for node in ast.walk(tree))
    is_text = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in ast.walk(tree))
    assert is_text == (annotated and not makes_records and path.name != "stats.py")


def test_only_the_entry_ends_the_program_and_a_run_that_is_given_up():
    given_up = "    os._exit(_print(_failed(failure, arguments)))\n"
    for path in MODULES:
        text = path.read_text(encoding="utf-8").replace(given_up, "" if path.name == "program.py" else given_up)
        assert path.name == "stats.py" or not any(way in text for way in ("sys.exit", "os._exit", "SystemExit")), path
        assert "import traceback" not in text, path
