"""The import order: each folder imports only what stands before it in the list."""

import ast

from conftest import SCRIPTS

PACKAGE = SCRIPTS / "openrouter_usage"

ORDER = [
    ["records", "errors", "days", "dimensions", "matching", "sanitize", "files", "invocation"],
    ["bytecode", "rare_records"],
    ["api", "keys", "figures"],
    ["forecast"],
    ["cache"],
    ["fetch"],
    ["text"],
    ["session"],
    ["commands.registry", "commands.option_types"],
    ["commands.summary"],
    ["commands.forecast", "commands.check", "commands.metrics"],
    ["commands.report"],
    ["commands.why"],
    ["commands.doctor"],
    ["commands.audit"],
    ["commands.chart"],
    ["commands.dashboard"],
    ["commands.login"],
    ["commands.bar"],
    ["commands"],
    ["cli"],
]
"""Those in one line do not import each other. A command that is not listed stands at the place of all `commands`."""

PLACES = {name: place for place, line in enumerate(ORDER) for name in line}


def imported(path):
    """Every module, or name in a module, that a file imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder_of(dotted):
    """The folder, or the leaf, that a module of ours belongs to."""
    _, first, *rest = dotted.split(".")
    command = f"{first}.{rest[0]}" if rest else first
    return command if command in PLACES else first


def test_each_folder_imports_only_what_stands_before_it():
    for path in sorted(PACKAGE.rglob("*.py")):
        own = folder_of(".".join(path.relative_to(SCRIPTS).with_suffix("").parts))
        for module in imported(path):
            if module.startswith("openrouter_usage.") and folder_of(module) != own:
                assert PLACES[folder_of(module)] < PLACES[own], f"{path} imports {module}"
