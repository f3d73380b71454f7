"""The texts that people and agents read, and the code blocks in them."""

import re

from conftest import ROOT
from openrouter_usage.commands.registry import COMMANDS

DOCUMENTS = (
    "SKILL.md",
    "README.md",
    "references/audit.md",
    "references/chart.md",
    "references/forecast.md",
    "references/report.md",
    "references/why.md",
)


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
