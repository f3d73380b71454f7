"""What nobody knows, and what OpenRouter recorded no use of: `report` and `why` say it alike, by every source."""

import pytest

from conftest import event
from fake_openrouter import Account, FakeKey

NEVER_ASKED = ["--from", "2026-10-01", "--to", "2026-10-19"]
"""Days that /activity tells no more."""


@pytest.fixture
def account():
    """An account that began in November."""
    days = [event(f"11-{day:02}", "agent", "openai/gpt-5.1", "OpenAI", "5.00") for day in range(1, 20)]
    return Account([FakeKey("agent"), FakeKey("admin", management=True)], days)


@pytest.fixture
def asked(skill, fake):
    return skill.ask(fake, mgmt="admin")


def why(skill, days):
    return skill.lines("why", "--from", "2026-11-01", "--vs", days)[0]


@pytest.mark.parametrize(("days", "said", "fault"), [
    ("2026-10-22..2026-10-28", "Oct 22 to 28 (19 days against 7)", None),
    ("2026-10-22..2026-10-28", "Oct 22 to 28 (19 days against 7)", "/analytics/query"),
    ("2026-10-01..2026-10-19", "Oct 1 to 19", None),
    ("2026-10-01..2026-10-19", "Oct 1 to 19", "/activity"),
])  # fmt: skip
def test_days_without_use_are_called_that_by_every_source(asked, fake, days, said, fault):
    if fault:
        fake.fault(fault, status=501, body="{}")
    assert why(asked, days).startswith(
        f"Up $95.00 from Nov 1 to 19, compared with {said}, when OpenRouter recorded no use: gpt-5.1"
    )
    first, last = days.split("..")
    lines = asked.lines("report", "--from", first, "--to", last)
    assert "Note: OpenRouter recorded no use in these days" in lines
    assert asked.json("why", "--from", "2026-11-01", "--vs", days)["total"]["before_usd"] == 0


@pytest.mark.parametrize(("bend", "reason"), [
    ("empty", "OpenRouter's analytics has no row of what was spent"),
    ("501", "OpenRouter's analytics, which has them, cannot be had (OpenRouter is failing (HTTP 501))"),
])  # fmt: skip
def test_days_that_nobody_knows_are_named_with_one_reason_and_never_called_unused(asked, fake, bend, reason):
    if bend == "empty":
        fake.source("/analytics/query", "empty")
    else:
        fake.fault("/analytics/query", status=501, body="{}")
    unknown = "Why the spend changed: unknown (not all days are known: 2026-10-10 to 2026-10-20; "
    assert why(asked, "2026-10-10..2026-10-25") == f"{unknown}{reason})"
    lines = asked.lines("report", "--by", "date", "--from", "2026-10-10", "--to", "2026-10-25")
    assert f"Note: not in it: 2026-10-10 to 2026-10-20; {reason}" in lines
    assert "Note: OpenRouter recorded no use in the days that are known" in lines
    none = asked.run("report", *NEVER_ASKED)
    assert (none.code, none.out) == (4, "")


def test_days_beyond_the_reach_of_a_dimension_are_named_with_it(asked):
    through = asked.json("why", "--days", "30", "--by", "provider")
    gap = "2026-09-21 to 2026-10-20; OpenRouter's /activity reaches back to 2026-10-21 by provider"
    (note,) = [note["message"] for note in through["notes"] if note["message"].startswith("through: ")]
    assert note.startswith(f"through: not all days are known: {gap}")
    lines = asked.lines("report", "--by", "provider", "--days", "60")
    assert [line for line in lines if line.startswith(f"Note: not in it: {gap}")]
