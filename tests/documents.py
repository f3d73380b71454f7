"""The texts that people and agents read, and the code blocks, links and headings in them."""

import re

from conftest import ROOT
from openrouter_usage.commands.registry import COMMANDS

PAGES = sorted(f"references/{path.name}" for path in (ROOT / "references").glob("*.md"))
DOCUMENTS = ["SKILL.md", "README.md", *PAGES]
"""Those about the program's use; those of its development are not among them."""

OTHER_PROGRAMS = {
    "--script",
    "--with",
    "--compressed",
    "--max-time",
    "--name",
    "--channel",
    "--command",
    "--user",
    "--now",
    "--collector",
    "--global",
    "--agent",
    "--yes",
    "--force",
}
"""Options of other programs that the texts show."""

TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}


def blocks(text, language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
    return [body for tag, body in fenced if tag == language]


def flags(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - OTHER_PROGRAMS


def all_flags(skill):
    """The options of all commands."""
    return {flag for command in COMMANDS for flag in flags(skill.run(command, "--help").out)}


def _prose(text):
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)


def links(text):
    """The targets within the project of all links and pictures: `file`, `file#heading` or `#heading`."""
    return {one for one in re.findall(r"\]\(([^)\s]+)\)", _prose(text)) if "://" not in one}


def anchors(text):
    """What may stand behind `#` in a link to that text: its headings, as GitHub and its kin call them."""
    headings = re.findall(r"^#+ (.*)$", _prose(text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
