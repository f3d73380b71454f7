"""Questions about spend that people ask, each answered by one command, in a line of it that needs no arithmetic.

All are asked of the demo, at the instant of its samples.
"""

import shlex

import pytest

ANSWERED = [
    (
        "will I stay under $100 this month?",
        "forecast --budget 100",
        2,
        "Budget, all keys: $100.00 a month: likely passed on Nov 23 (~$140 by Nov 30, 80%: $129 to $154)",
    ),
    (
        "how much is left, and for how many days?",
        "forecast",
        2,
        "Key limit: $16.89 left, ~5.1 days, to Nov 25 (80%: Nov 24 to Nov 27) at $3.28/day",
    ),
    (
        "which model is the worst value?",
        "report",
        4,
        "Dearest model above $1, per request and per token: claude-sonnet-4.5 ($0.0578 a request, $3.42 a "
        "million tokens)",
    ),
    ("how well does the cache work?", "report", 5, "From cache: 55% of all prompt tokens; no big model is below that"),
    (
        "how much since the account was opened?",
        "report",
        3,
        "Account: $208.64 spent since it was opened, of $250.00 purchased; $41.36 left",
    ),
    (
        "which keys have no limit, are idle, expired?",
        "report --by key",
        4,
        "No limit: notebook, ci, old laptop; unused: old laptop; expired: none",
    ),
    ("weekends against weekdays?", "report --by weekday", 3, "Weekdays $5.53 a day, weekends $1.48 a day"),
    (
        "one key's models this month, with today?",
        "report --key agent --from month",
        8,
        "claude-sonnet-4.5 $41.40 $1.98 $39.42 $0.00 66% 652 $3.41 $0.0605 55%",
    ),
    (
        "one vendor this month?",
        "report --model 'anthropic/*' --from month",
        2,
        "2026-11-01 to 2026-11-19 and 2026-11-20 so far: $55.49*; $52.83 in the 19 completed UTC days",
    ),
    (
        "this month against the last?",
        "why --month",
        1,
        "Up $32.17 (+56%) from Nov 1 to 19, compared with Oct 1 to 19, the same days of last month: "
        "claude-sonnet-4.5 +$19.05 (more requests), gpt-5.1 +$7.45 (more requests).",
    ),
    (
        "what does a request cost, and is it going up?",
        "why",
        2,
        "Per request: $0.0227 before, $0.0241 after (+6%), BYOK included",
    ),
    (
        "yesterday's dearest hour, and its model?",
        "report --by hour,model --date yesterday",
        4,
        "Dearest hour: 2026-11-19 08:00 UTC at $1.09, above all claude-sonnet-4.5 ($0.64)",
    ),
    (
        "which chat was the dearest this week?",
        "report --by session --from week",
        4,
        "Dearest session: openclaw-11-19 at $2.88",
    ),
    (
        "anything odd or wasteful?",
        "audit",
        1,
        "3 findings from 2026-10-21 to 2026-11-19 (all keys, demo: a sample account)",
    ),
    ("is today dearer than usual?", "check", 2, "Today: $4.48 by 14:09 UTC, usually $5.29 by 15:00 (0.8x, all keys)"),
    (
        "can a job of $5 be paid?",
        "check --need 5",
        1,
        "OPENROUTER OK - enough for $5.00: $41.36 of balance and $16.89 of the key's limit",
    ),
    ("tell me in the chat, at most once a day", "check --announce --min-gap 24h", 1, "NO_REPLY"),
]


@pytest.mark.parametrize(("question", "command", "line", "answer"), ANSWERED, ids=[one[0] for one in ANSWERED])
def test_one_command_answers_in_one_line(skill, question, command, line, answer):
    printed = skill.run(*shlex.split(command), "--demo")
    found = " ".join(printed.out.splitlines()[line - 1].split())
    assert (printed.code, found.split(" | ")[0]) == (0, answer)
