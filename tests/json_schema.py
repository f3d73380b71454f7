"""Holds the JSON that the program prints to `references/schema.json`."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs

FILE = Path(__file__).resolve().parent.parent / "references" / "schema.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
DEFINITIONS = SCHEMA["$defs"]

NOT_JSON = {"--help", "-h", "--version"}
"""The options whose answer is a text, also with --json."""


@cache
def validator(definition):
    """Returns what holds a value to one of the definitions."""
    part = {"$ref": f"#/$defs/{definition}", "$defs": DEFINITIONS}
    return jsonschema_rs.validator_for(part, validate_formats=True)


def documents(printed):
    """Returns the documents in an output: one or, for all profiles, a list."""
    told = json.loads(printed)
    return told if isinstance(told, list) else [told]


def hold(arguments, printed):
    """Fails where a program with these arguments printed JSON that is not of the schema. A bar may print nothing."""
    if "--json" in arguments and printed and NOT_JSON.isdisjoint(arguments):
        for document in documents(printed):
            name = document.get("command", "error")
            wrong = [f"{one.instance_path}: {one.message[-300:]}" for one in validator(name).iter_errors(document)]
            assert wrong == [], f"{name} is not of references/schema.json"
