"""The texts that people and agents read, and the code blocks in them."""

import re

from conftest import ROOT

DOCUMENTS = (
    "SKILL.md",
    "README.md",
    "references/audit.md",
    "references/chart.md",
    "references/forecast.md",
    "references/report.md",
    "references/why.md",
)


TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}


def blocks(text, language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M)
    return [body for tag, body in fenced if tag == language]
