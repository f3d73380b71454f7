#!/usr/bin/env python3
"""Prints how many tokens an agent reads for an answer: SKILL.md, and the output of the one command that answers.

The questions are those of `tests/questions.py`, with both keys and with a regular key alone, and of the evals, each in
its situation. The tokens are those of o200k_base, which comes with bpe-openai; Claude's own vocabulary is not public.
Run it with any Python that has these packages:
    uv run --with bpe-openai,requests,python-dotenv bench/tokens.py
"""

import argparse
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVALS = ROOT / "tests" / "evals"
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests"), str(EVALS)]

from openrouter_usage.session.demo import NOW
from questions import OF_BOTH_KEYS, OF_ONE_KEY
from serve import SITUATIONS, serving

VOCABULARY = "o200k_base"
NAMED = re.compile(r"scripts/stats\.py((?: [\w-]+(?:,\w+)?)*)")
"""A command in the expectations of an eval."""


def printed(stats, command, situation):
    """What an agent reads of a command in a situation; None is the demo."""
    words = [sys.executable, str(stats), *shlex.split(command)]
    if situation is None:
        return output([*words, "--demo"], {})
    with tempfile.TemporaryDirectory() as home, serving(SITUATIONS[situation], NOW, Path(home)) as (_, environment):
        return output([*words, "--now", NOW.isoformat()], environment)


def output(words, environment):
    """Both streams; of a CSV, which goes into a file, what is said beside it."""
    done = subprocess.run(words, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True)
    return done.stderr if "--csv" in words else done.stdout + done.stderr


def groups():
    """The commands that answer, once for each question, with their situations; by what they are asked with."""
    situations = json.loads((EVALS / "situations.json").read_text(encoding="utf-8"))
    evals = json.loads((EVALS / "evals.json").read_text(encoding="utf-8"))["evals"]
    named = {str(one["id"]): NAMED.search("\n".join(one["expectations"])) for one in evals}
    return {
        "both keys": [(command, None) for _, command, _, _ in OF_BOTH_KEYS],
        "a regular key alone": [(command, "regular") for _, command, _, _ in OF_ONE_KEY],
        "evals": [(named[number].group(1).strip(), name) for number, name in situations.items() if named[number]],
    }


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--of", metavar="FOLDER", type=Path, default=ROOT, help="another checkout to measure")
    options.add_argument("--commands", action="store_true", help="what each output takes, dearest first")
    args = options.parse_args()
    import bpe_openai

    encoding = bpe_openai.get_encoding(VOCABULARY)
    text = (args.of / "SKILL.md").read_text(encoding="utf-8")
    skill = len(encoding.encode(text))
    print(f"SKILL.md: {skill} tokens, {len(text)} characters; to reach: 3000 tokens with an output, at the median")
    for name, asked in groups().items():
        stats = args.of / "scripts" / "stats.py"
        outputs = {one: len(encoding.encode(printed(stats, *one))) for one in set(asked)}
        read = [skill + outputs[one] for one in asked]
        tenths = statistics.quantiles(read, n=10)
        print(
            f"{name}, {len(asked)} questions: median {statistics.median(read):.0f}, "
            f"10% {tenths[0]:.0f}, 90% {tenths[-1]:.0f}, most {max(read)}"
        )
        if args.commands:
            for one, questions in sorted(Counter(asked).items(), key=lambda it: -outputs[it[0]]):
                print(f"{outputs[one]:6} {' '.join(filter(None, one)) or 'summary'} ({questions})")


if __name__ == "__main__":
    main()
