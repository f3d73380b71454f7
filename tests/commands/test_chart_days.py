"""The spend by UTC day that is charted: each day whole, unknown or zero, and the same sums as the report's."""

from datetime import date
from decimal import Decimal

from openrouter_usage.cli.arguments import parsed
from openrouter_usage.commands.chart.build import build
from openrouter_usage.commands.chart.periods import drawn
from openrouter_usage.commands.report import options
from openrouter_usage.commands.report.command import of_profile
from openrouter_usage.session.session import Session


def charted(by, *arguments):
    """The chart of the demo by one dimension."""
    args = parsed(["report", "--demo", *arguments])
    session = Session(args)
    try:
        return build(of_profile(options.query_by(("date", by), args, session.now), session, session.profiles[0]))
    finally:
        session.close()


def test_the_dearest_five_have_a_series_and_the_rest_is_one():
    chart = charted("model")
    assert [(one.label, f"{one.usd:.6f}", one.kind) for one in chart.series] == [
        ("claude-sonnet-4.5", "79.130000", "named"),
        ("gpt-5.1", "30.963200", "named"),
        ("gemini-3-pro", "13.733360", "named"),
        ("grok-4.1-fast", "3.946168", "named"),
        ("deepseek-v4-flash", "2.363568", "named"),
        ("4 more models", "3.392832", "rest"),
    ]
    assert (chart.usd, chart.span) == (Decimal("133.529128"), (date(2026, 10, 21), date(2026, 11, 19)))
    assert sum(day.usd for day in chart.days) == chart.usd
    assert all(sum(day.parts) == day.usd for day in chart.days)
    assert (chart.dearest.first, chart.dearest.usd) == (date(2026, 11, 13), Decimal("7.327818"))
    assert (chart.today.first, chart.today.usd, chart.counts_today) == (date(2026, 11, 20), Decimal("4.478111"), False)


def test_days_that_nobody_knows_are_unknown_and_none_is_left_out():
    chart = charted("provider", "--days", "40")
    assert [day.first.day for day in chart.days] == [*range(11, 32), *range(1, 20)]
    assert [day.usd.code for day in chart.days[:10]] == ["days_missing"] * 10
    assert chart.known_days == 30
    weeks = drawn(chart, 10)
    assert (weeks.unit, len(weeks.bars)) == ("week", 8)
    assert [week.unknown_days for week in weeks.bars] == [1, 7, 2, 0, 0, 0, 0, 0]
    assert weeks.bars[1].usd.code == "days_missing"
    assert weeks.bars[2].usd == sum(day.usd for day in chart.days[10:15])
    assert (weeks.bars[-1].first, weeks.bars[-1].usd) == (date(2026, 11, 20), chart.today.usd)


def test_today_alone_is_its_only_bar():
    chart = charted("app", "--date", "today")
    assert (chart.span, chart.days, chart.counts_today, chart.dearest) == (None, (), True, None)
    assert [one.label for one in chart.series] == ["OpenClaw", "Jupyter", "Claude Code", "GitHub Actions"]
    assert chart.usd == chart.today.usd == Decimal("4.478111")
