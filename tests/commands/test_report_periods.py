"""Reports by week, month and day of the week: days put together, alone and with a second dimension."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from conftest import MONEY, NOW, event, house
from fleet import FIGURES, ago, truth
from openrouter_usage.figures import periods
from openrouter_usage.figures.groups import NO_USE
from openrouter_usage.records import Unknown, Weekday

PERIOD_OF = {
    "week": lambda day: (day - timedelta(days=day.weekday())).isoformat(),
    "month": lambda day: day.isoformat()[:7],
    "weekday": lambda day: f"{day:%A}",
}


def put_together(account, by, first, last):
    """The truth by day, put together by the calendar."""
    place = next(place for place, one in enumerate(by) if one in PERIOD_OF)
    days = truth(account, tuple("date" if one in PERIOD_OF else one for one in by), first, last)
    sums = defaultdict(lambda: [Decimal(0)] * 7)
    for names, figures in days.items():
        period = PERIOD_OF[by[place]](date.fromisoformat(names[place]))
        key = (*names[:place], period, *names[place + 1 :])
        sums[key] = [whole + part for whole, part in zip(sums[key], figures)]
    return sums


@pytest.mark.parametrize("period", PERIOD_OF)
@pytest.mark.parametrize(
    ("by", "options", "source"),
    [
        ("{}", [], "activity"),
        ("{},model", [], "activity"),
        ("{}", ["--days", "40"], "activity"),
        ("key,{}", ["--days", "40"], "analytics"),
        ("{},app", ["--key", "key-0"], "analytics"),
    ],
)
def test_each_period_is_the_sum_of_its_days(skill, serve, big, period, by, options, source):
    by = by.format(period)
    document = skill.ask(serve(big), mgmt="admin").json("report", "--by", by, *options)
    days = int(options[1]) if "--days" in options else 30
    fits = (lambda one: one.key == "key-0") if "--key" in options else (lambda one: True)
    account = type(big)(big.keys, [one for one in big.events if fits(one)])
    sums = put_together(account, by.split(","), ago(days), ago(1))
    rows = {tuple(row[one] for one in by.split(",")): row for row in document["rows"]}
    assert set(rows) == set(sums)
    assert len(rows) == len(document["rows"])
    number = Counter(PERIOD_OF[period](ago(one)) for one in range(1, days + 1))
    for names, figures in sums.items():
        row = rows[names]
        assert [abs(row[one] - figure) < Decimal("1e-8") for one, figure in zip(FIGURES, figures)] == [True] * 7
        assert row["days"] == number[row[period]]
        assert abs(row["usd_per_day"] * row["days"] - figures[0]) < Decimal("1e-8")
    assert (document["source"], document["known_days"], document["total"]["days"]) == (source, days, days)


def test_a_week_or_month_that_is_not_whole_says_so(skill, fake):
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", "week", "--days", "12", "--no-credits")
    assert lines[2] == "Dearest week: 2026-11-09 at $42.35"
    assert [line[:34].rstrip() for line in lines[4:9]] == [
        "Week from           Days $/day  Sp",
        "2026-11-02 (1 day)     1 $0.00  $0",
        "2026-11-09             7 $6.05 $42",
        "2026-11-16 (4 days)    4 $4.08 $16",
        "─" * 34,
    ]
    lines = skill.lines("report", "--by", "month", "--from", "2026-10-01", "--to", "2026-11-02", "--no-credits")
    assert [line.split("  ")[0] for line in lines[5:7]] == ["2026-10", "2026-11 (2 days)"]


def test_weekdays_are_set_against_weekends(skill, serve):
    account = house()
    account.events.append(event("11-15", "agent", "openai/gpt-5.1", "OpenAI", "8.00"))
    fake = serve(account)
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", "weekday", "--days", "14", "--no-credits")
    assert lines[1:4] == [
        "2026-11-06 to 2026-11-19, 14 completed UTC days: $66.65 + $4.65 BYOK",
        "Weekdays $5.87 a day, weekends $2.00 a day",
        "2026-11-10 stood out with $42.35 and is in it",
    ]
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert [line.split()[0] for line in lines[6:13]] == names
    assert lines[6].split()[1:4] == ["2", "$2.50", "$5.00"]
    document = skill.json("report", "--by", "weekday", "--days", "14", "--no-credits")
    assert document["weekends_usd_per_day"] == 2
    assert document["weekdays_usd_per_day"] == Decimal("5.865")
    assert document["rows"][6] == {
        **document["rows"][6], "weekday": "Sunday", "usd": 8, "days": 2, "usd_per_day": 4, "requests": 1
    }  # fmt: skip
    lines = skill.lines("report", "--by", "weekday", "--from", "2026-11-16", "--to", "2026-11-17", "--no-credits")
    assert lines[2] == "Weekdays $2.91 a day, weekends unknown (no such day is in it)"


@pytest.mark.parametrize("options", [[], ["--tz", "Asia/Tokyo"], ["--key", "agent"]])
def test_days_that_make_the_means_high_are_named(skill, serve, account, options):
    account.events = [event(f"11-{day}", "agent", "v/m", "P", f"2.0{day % 7}") for day in range(10, 20)]
    account.events.append(event("11-16", "agent", "v/n", "P", "50.00"))
    skill.ask(serve(account), mgmt="admin")
    asked = ["report", "--by", "weekday", "--no-credits", *options]
    lines = skill.lines(*asked, "--days", "10")
    assert lines[lines.index("") - 1] == "2026-11-16 stood out with $52.02 and is in it"
    account.events.append(event("11-12", "agent", "v/n", "P", "70.00"))
    lines = skill.lines(*asked, "--days", "10", "--max-age", "0")
    assert lines[lines.index("") - 1] == (
        "2026-11-12 stood out with $72.05, 2026-11-16 stood out with $52.02 and are in it"
    )
    assert "stood out" not in "".join(skill.lines(*asked, "--from", "2026-11-13", "--to", "2026-11-16"))


def test_csv_has_the_days_of_a_period_and_its_mean(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "month,model", "--days", "12", "--csv").out
    header, *rows = printed.splitlines()
    assert header.startswith("month,model,usd,byok_usd,requests,")
    assert header.endswith(",days,usd_per_day")
    assert rows[0].startswith("2026-11,openai/gpt-5.1,48.16910444")
    assert rows[0].endswith(",12,4.0140920373")


def test_by_period_a_report_holds_the_fuller_count_as_by_date(skill, serve, account):
    fake = serve(account)
    fake.source("/activity", "late")
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "week", "--days", "14")
    assert [(row["week"], row["usd"]) for row in document["rows"]] == [
        ("2026-11-02", 0), ("2026-11-09", Decimal("42.35")), ("2026-11-16", Decimal("16.3"))
    ]  # fmt: skip
    assert document["total"]["usd"] == Decimal("58.65")


def test_today_is_no_part_of_a_week(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report", "--by", "week", "--from", "2026-11-16", "--to", "today")
    assert [(row["week"], row["days"], row["usd"]) for row in document["rows"]] == [
        ("2026-11-16", 4, Decimal("16.3000000000"))
    ]
    (week,) = document["rows"]
    assert (week["today_usd"], week["with_today_usd"]) == (Decimal("5.1"), Decimal("21.4"))
    assert document["today"]["total"]["usd"] == Decimal("5.10")


def test_a_week_that_began_today_has_a_row(skill, serve, account):
    monday = NOW + timedelta(days=3)
    account.events.append(replace(event("11-23", "agent", "v/m", "P", "3.00"), at=monday.replace(hour=9)))
    fake, skill.now = serve(account, now=monday), monday
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", "week", "--from", "2026-11-16", "--to", "today")
    table = [line.split() for line in lines[lines.index("") + 2 :]]
    assert table[0][:6] == ["2026-11-16", "7", "$3.06", "$21.40", "$0.00", "$21.40"]
    assert table[1][:8] == ["2026-11-23", "(today", "alone)", "0", "–", "$3.00", "$3.00", "$0.00"]
    assert "Dearest week: 2026-11-16 at $21.40" in lines


def test_two_times_are_wrong_usage(skill, fake):
    printed = skill.ask(fake, mgmt="admin").run("report", "--by", "week,hour")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.splitlines()[0] == "Error: argument --by: week and hour are both times: leave one out"


DAYS = some.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))


@given(some.dictionaries(DAYS, MONEY, min_size=1), some.sampled_from(sorted(PERIOD_OF)))
def test_folding_moves_no_money(usd_of, by):
    uses = {(day, "m"): NO_USE._replace(usd=usd, requests=1) for day, usd in usd_of.items()}
    folded = periods.folded(uses, (by, "model"))
    assert sum(use.usd for use in folded.values()) == sum(usd_of.values())
    assert sum(use.requests for use in folded.values()) == len(usd_of)
    assert sum(periods.counted(by, usd_of).values()) == len(usd_of)
    for day in usd_of:
        year, week, number = day.isocalendar()
        name = periods.of_day(by, day)
        if by == "week":
            assert (name.isocalendar()[:2], name.isoweekday()) == ((year, week), 1)
        elif by == "month":
            assert name == date(day.year, day.month, 1)
        else:
            assert name == Weekday(number, f"{day:%A}")
        assert (name, "m") in folded


def test_what_is_not_told_makes_no_week_unknown_unless_nothing_is():
    unknown = NO_USE._replace(**dict.fromkeys(NO_USE._fields, Unknown("not told")))
    monday, tuesday, next_monday = (date(2026, 11, day) for day in (16, 17, 23))
    uses = {(monday,): NO_USE._replace(usd=Decimal(3)), (tuesday,): unknown, (next_monday,): unknown}
    assert periods.folded(uses, ("week",)) == {
        (monday,): NO_USE._replace(usd=Decimal(3)), (next_monday,): unknown
    }  # fmt: skip
