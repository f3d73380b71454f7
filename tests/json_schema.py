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
    told = json.loads(printed, parse_int=_number)
    return told if isinstance(told, list) else [told]


def _number(digits):
    """Returns a whole number, as a float where it has more digits than every version of the validator takes."""
    return int(digits) if len(digits) < 19 else float(digits)


def hold(arguments, printed):
    """Fails where a program with these arguments printed JSON that is not of the schema. A bar may print nothing."""
    if "--json" in arguments and printed and NOT_JSON.isdisjoint(arguments):
        for document in documents(printed):
            name = document.get("command", "error")
            wrong = [f"{one.instance_path}: {one.message[-300:]}" for one in validator(name).iter_errors(document)]
            assert wrong == [], f"{name} is not of references/schema.json"


# The properties


def reached(definition):
    """Returns the definitions that a document of that one can have a part of."""
    found = [definition]
    for name in found:
        found += [one for one in dict.fromkeys(references(DEFINITIONS[name])) if one not in found]
    return found


def references(part):
    """Yields the name of every definition that a part of the schema refers to, as often as it does."""
    if isinstance(part, dict):
        yield from [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
        part = list(part.values())
    for one in part if isinstance(part, list) else []:
        yield from references(one)


def properties(part, path):
    """Yields the path of every property, from the name of its definition on."""
    for name, of in part.get("properties", {}).items():
        if of is not False:
            yield f"{path}.{name}"
            yield from properties(of, f"{path}.{name}")
    for one in (*part.get("allOf", ()), *part.get("oneOf", ()), *([part["items"]] if "items" in part else ())):
        yield from properties(one, path)


def met(part, value, path=""):
    """Yields the paths of those properties that the value has."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        yield from met(DEFINITIONS[name], value, name)
    fitting = [one for one in part.get("oneOf", ()) if _is(one, value)]
    for one in (*part.get("allOf", ()), *fitting):
        yield from met(one, value, path)
    for item in value if isinstance(value, list) else ():
        yield from met(part.get("items", {}), item, path)
    for name in value if isinstance(value, dict) else ():
        if name in part.get("properties", ()):
            yield f"{path}.{name}"
            yield from met(part["properties"][name], value[name], f"{path}.{name}")


_MADE = {}


def _is(part, value):
    """Tells whether the value is of that part; what tells it is made once for each."""
    if id(part) not in _MADE:
        _MADE[id(part)] = jsonschema_rs.validator_for({**part, "$defs": DEFINITIONS})
    return _MADE[id(part)].is_valid(value)
