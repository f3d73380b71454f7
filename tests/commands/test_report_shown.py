"""What a table says outright: its dearest rows, the rows that it sums up, the sums of days, and a CSV in one line."""

from dataclasses import replace
from decimal import Decimal

import pytest

from conftest import NOW, event
from fake_openrouter import FakeKey


def head(skill, *arguments):
    """The lines above the table, behind the account's."""
    lines = skill.lines("report", *arguments)
    return lines[3 : lines.index("")]


# Above the table


@pytest.fixture
def prices(serve, account, skill):
    """Three models above a dollar and a dear small one: in $/req and in $/M they differ."""
    account.events = [
        event("11-18", "agent", "v/many-tokens", "P", "6.00", requests=10, prompt=9000, completion=1000, cached=900),
        event("11-18", "agent", "v/few-tokens", "P", "3.00", requests=60, prompt=900, completion=100, cached=450),
        event("11-18", "agent", "v/small", "P", "1.10", "0.40", requests=100, prompt=2000, completion=0, cached=0),
        event("11-19", "agent", "v/tiny", "P", "0.99", requests=1, prompt=1, completion=1),
    ]
    return skill.ask(serve(account), mgmt="admin")


def test_the_dearest_models_above_a_dollar_are_named_outright(prices):
    assert head(prices) == [
        "Dearest models above $1: many-tokens ($0.6000 a request), few-tokens ($3,000.00 a million tokens)",
        "From cache: 11% of all prompt tokens; least of the big models: small, 0%",
    ]
    rows = {row["model"]: row["usd_per_request"] for row in prices.json("report")["rows"]}
    assert rows == {"v/many-tokens": Decimal("0.6"), "v/few-tokens": Decimal("0.05"), "v/small": Decimal("0.015"),
                    "v/tiny": Decimal("0.99")}  # fmt: skip


def test_one_model_that_is_dearest_in_both_is_named_once(prices, account):
    account.events = [one for one in account.events if one.model != "v/few-tokens"]
    account.events[1] = replace(account.events[1], prompt=20_000)
    prices_of_it = "($0.6000 a request, $600.00 a million tokens)"
    assert head(prices)[0] == f"Dearest model above $1, per request and per token: many-tokens {prices_of_it}"
    account.events = [replace(one, at=NOW, permaslug=one.model) for one in account.events]
    assert head(prices, "--date", "today", "--max-age", "0") == [
        f"Dearest model above $1, per request and per token: many-tokens {prices_of_it.replace('00 ', '00* ')}",
        "From cache: 3%* of all prompt tokens; least of the big models: small, 0%*",
    ]


def chats_of(account):
    """Two of everything, the dearer of $10.07, the other one of $2.00; the dearer one is used today for $1.00, too."""
    one = event("11-19", "agent", "v/m", "P", "10.07")
    dear = {"session_id": "s-1", "app": "A", "external_user": "u-1", "generation_id": "g-1"}
    other = {"session_id": "s-2", "app": "B", "external_user": "u-2", "generation_id": "g-2"}
    account.events = [
        replace(one, **dear),
        replace(one, **dear, usd=Decimal(1), at=NOW),
        replace(one, **other, key="second", provider="Q", usd=Decimal(2), at=one.at.replace(day=11)),
    ]
    account.key("agent").user, account.key("second").user = "Ada", "Bea"


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ("session", "session: s-1"),
        ("generation", "generation: g-1"),
        ("app", "app: A"),
        ("user", "user: Ada"),
        ("provider", "provider: P"),
        ("external_user", "external user: u-1"),
        ("week", "week: 2026-11-16 (4 days)"),
        ("date", "day: 2026-11-19"),
    ],
)
def test_the_dearest_of_anything_is_named(skill, serve, account, by, named):
    chats_of(account)
    skill.ask(serve(account), mgmt="admin")
    assert head(skill, "--by", by) == [f"Dearest {named} at $10.07"]
    with_today = "$10.07" if by == "date" else "$11.07*"
    assert head(skill, "--by", by, "--from", "2026-11-09", "--to", "today") == [f"Dearest {named} at {with_today}"]
    assert head(skill, "--by", by, "--date", "yesterday") == []


@pytest.mark.parametrize("by", ["weekday", "app,provider"])
def test_no_dearest_one_is_named_where_other_lines_say_it(skill, serve, account, by):
    chats_of(account)
    lines = skill.ask(serve(account), mgmt="admin").lines("report", "--by", by)
    assert [line for line in lines if line.startswith("Dearest")] == []


def test_of_hidden_models_it_is_said_too(prices):
    assert head(prices, "--top", "1")[0].startswith("Dearest models above $1: many-tokens ($0.6000 a request), few")


def test_with_one_model_above_a_dollar_there_is_nothing_to_compare(prices, account):
    account.events = account.events[2:]
    assert head(prices) == []


def test_the_dearest_hour_is_named_with_its_model(skill, serve, account):
    noon = [event("11-19", "agent", "v/m", "P", "2.00"), event("11-19", "agent", "v/n", "P", "1.00")]
    account.events = [*noon, replace(noon[0], usd=Decimal("2.50"), at=noon[0].at.replace(hour=7))]
    skill.ask(serve(account), mgmt="admin")
    assert head(skill, "--by", "hour,model", "--date", "yesterday") == [
        "Dearest hour: 2026-11-19 12:00 UTC at $3.00, above all m ($2.00)"
    ]
    assert head(skill, "--by", "hour", "--date", "yesterday") == ["Dearest hour: 2026-11-19 12:00 UTC at $3.00"]


def test_todays_hours_are_among_those_of_which_the_dearest_is_named(skill, fake):
    printed = skill.ask(fake, mgmt="admin").lines("report", "--by", "date", "--from", "2026-11-17", "--to", "today")
    assert "Dearest day: 2026-11-18 at $10.48" in printed
    printed = skill.lines("report", "--by", "hour,model", "--from", "2026-11-17", "--to", "today", "--model", "*gpt*")
    assert "Dearest hour: 2026-11-20 12:00 UTC at $1.68*, above all gpt-5.1 ($1.68*)" in printed


@pytest.mark.parametrize("by", ["date", "hour", "date,model"])
def test_where_the_spend_of_a_time_is_not_told_no_other_is_called_the_dearest(skill, fake, by):
    def without_the_18th(data):
        rows = [{**row, "usage": "?", "credits_usage": "?"} if "11-18" in str(row) else row for row in data["data"]]
        return {**data, "data": rows}

    for path in ("/activity", "/analytics/query"):
        fake.edit(path, without_the_18th)
    lines = skill.ask(fake, mgmt="admin").lines("report", "--by", by, "--from", "2026-11-16", "--to", "today")
    assert [line for line in lines if line.startswith("Dearest")] == []


@pytest.mark.parametrize(
    ("source", "by", "dearest"),
    [
        ("/activity", "model", "Dearest model above $1, per request and per token: red"),
        ("/activity", "provider", "Dearest provider: Q at $9.00"),
        ("/activity", "date,model", "Dearest day: 2026-11-18 at $13.00, above all red"),
        ("/activity", "weekday,model", "Weekdays $0.73 a day, weekends $0.00 a day"),
        ("/analytics/query", "app", "Dearest app: B at $9.00"),
        ("/analytics/query", "hour,model", "Dearest hour: 2026-11-18 12:00 UTC at $13.00, above all red"),
    ],
)
def test_where_rows_are_missing_none_of_the_others_is_called_the_dearest(skill, serve, account, source, by, dearest):
    account.events = [
        event("11-18", "agent", "w/red", "Q", "9.00", requests=3, prompt=900, completion=100, app="B"),
        event("11-18", "agent", "v/blue", "P", "4.00", requests=8, prompt=9000, completion=100, app="A"),
        event("11-19", "agent", "v/green", "P", "3.00", requests=9, prompt=9000, completion=100, app="A"),
    ]
    fake = serve(account)
    skill.ask(fake, mgmt="admin")

    def told():
        lines = skill.lines("report", "--by", by, *(["--from", "2026-11-18"] if "hour" in by else []))
        return [line for line in lines if line.startswith(("Dearest", "From cache", "Weekdays"))]

    assert told()[0].startswith(dearest)
    fake.source(source, "one vendor missing")
    assert told() == []


def test_the_means_of_weekdays_and_weekends_are_null_where_rows_are_missing(skill, serve, account):
    account.events = [event("11-18", "agent", "w/red", "Q", "9.00"), event("11-18", "agent", "v/blue", "P", "4.00")]
    fake = serve(account)
    fake.source("/activity", "one vendor missing")
    told = skill.ask(fake, mgmt="admin").json("report", "--by", "weekday,model")
    assert (told["weekdays_usd_per_day"], told["weekends_usd_per_day"]) == (None, None)
    reason = "OpenRouter does not break this part down"
    assert {"code": "not_broken_down", "message": f"weekdays_usd_per_day: {reason}"} in told["notes"]


def test_the_sum_of_a_day_with_missing_rows_is_at_least_that(skill, serve, account):
    models = {"w/red": "9.00", "v/blue": "3.00", "v/green": "1.00"}
    account.events = [event("11-18", "agent", model, "P", usd) for model, usd in models.items()]
    fake = serve(account)
    fake.source("/activity", "one vendor missing")
    lines = skill.ask(fake, mgmt="admin").on_terminal("report", "--by", "date,model", columns=120).out.splitlines()
    sums = [" ".join(line.split()[1:6]) for line in lines if "Day's" in line]
    assert sums == ["Day's total, at least $4.00"]


# The rows


@pytest.fixture
def crowd(skill, serve, account):
    """Eighteen models of three apps on two days."""
    account.events = [
        event(day, "agent", f"v/m{number:02}", f"P{number}", str(20 - number), app=f"app {number}")
        for number in range(18)
        for day in ("11-18", "11-19")
    ]
    return skill.ask(serve(account), mgmt="admin")


HINT = 'Rows that are summed up as "more" are all shown by --top 0.'


@pytest.mark.parametrize("by", ["model", "provider", "app", "model,app"])
def test_in_text_15_rows_are_shown_and_the_rest_in_one(crowd, by):
    lines = crowd.lines("report", "--by", by)
    table = lines[lines.index("") + 1 :]
    assert [line.split()[0] for line in table[15:19]] == [table[15].split()[0], "3", "─" * len(table[17]), "Total"]
    things = "rows" if "," in by else f"{by}s"
    assert table[16].split()[:4] == ["3", "more", things, "$24.00"]
    assert HINT in lines
    assert len(crowd.json("report", "--by", by)["rows"]) == 18
    assert crowd.run("report", "--by", by, "--csv").out.count("\n") == 19
    every = crowd.lines("report", "--by", by, "--top", "0")
    assert (len(every) - len(lines), HINT in every) == (1, False)


@pytest.mark.parametrize(("by", "rows"), [("date,model", 36), ("hour,app", 36), ("key,model", 18)])
def test_times_and_keys_are_whole(crowd, by, rows):
    lines = crowd.lines("report", "--by", by)
    assert [line for line in lines if " more " in line] == []
    assert len([line for line in lines if "agent " in line or line.startswith("2026-11-1")]) >= rows


def test_the_models_of_each_day_have_a_sum(skill, fake):
    skill.ask(fake, mgmt="admin")
    lines = skill.lines("report", "--by", "date,model", "--from", "2026-11-16", "--to", "2026-11-18")
    table = [line.split()[:4] for line in lines if line.startswith("2026-11-1")][1:]
    assert [row[:3] for row in table] == [
        ["2026-11-16", "gpt-5.1", "$5.00"],
        ["2026-11-17", "gpt-5.1", "$0.82"],
        ["2026-11-17", "deepseek-v4-flash", "<$0.01"],
        ["2026-11-17", "Day's", "total"],
        ["2026-11-18", "claude-sonnet-4.5", "$8.48"],
        ["2026-11-18", '=cmd|"a,b"', "red"],
        ["2026-11-18", "Day's", "total"],
    ]
    assert table[3][3] == "$0.82"
    document = skill.json("report", "--by", "date,model", "--from", "2026-11-16", "--to", "2026-11-18")
    assert [(row["date"], row["usd"], row["requests"]) for row in document["subtotals"]] == [
        ("2026-11-16", 5, 40),
        ("2026-11-17", Decimal("0.82"), 50),
        ("2026-11-18", Decimal("10.48"), 157),
    ]
    assert document["total"]["usd"] == Decimal("16.3")
    assert "subtotals" not in skill.json("report", "--by", "date")


# The CSV in one line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--days", "3"],
            "4 rows, 2026-11-17 to 2026-11-19 (3 completed UTC days; today is not in it), $11.30 + $0.95 BYOK\n",
        ),
        (["--date", "2026-11-18", "--model", "*sonnet*"], "1 row, 2026-11-18 (1 completed UTC day), $8.48\n"),
        (["--date", "today"], "2 rows, 2026-11-20 (today so far), $5.10* + $0.30 BYOK\n"),
    ],
)
def test_a_csv_says_what_it_holds(skill, fake, options, said):
    printed = skill.ask(fake, mgmt="admin").run("report", "--csv", *options)
    assert (printed.code, printed.err) == (0, said)


# Bars


def test_every_one_dimensional_table_has_bars_where_there_is_room(crowd):
    widths = {"key": 170, **dict.fromkeys(("model", "provider", "app", "date", "hour", "week", "weekday"), 130)}
    for by, columns in widths.items():
        lines = crowd.on_terminal("report", "--by", by, columns=columns).out.splitlines()
        drawn = [line for line in lines if line.endswith(("█", "▏", "▎", "▍", "▌", "▋", "▊", "▉"))]
        assert max(map(len, drawn)) == columns, by
        assert [line for line in drawn if line.startswith(("Total", "3 more models", "─"))] == []
    assert "█" not in crowd.on_terminal("report", "--by", "date,model", columns=170).out


def test_no_bar_is_longer_than_48_cells(crowd):
    lines = crowd.on_terminal("report", columns=200).out.splitlines()
    assert max(line.count("█") for line in lines) == 48


def test_a_day_that_dwarfs_the_others_is_cut_and_marked(skill, serve, account):
    account.events = [event(f"11-1{day}", "agent", "v/m", "P", "2.00") for day in range(9)]
    account.events.append(event("11-19", "agent", "v/m", "P", "80.00"))
    lines = skill.ask(serve(account), mgmt="admin").lines("report", "--by", "date", "--days", "10")
    drawn = {line[:10]: line.split()[-1] for line in lines if line.startswith("2026-11-1") and "█" in line}
    assert len(drawn) == 10
    assert drawn["2026-11-19"] == "█" * (len(drawn["2026-11-10"]) - 1) + "▸"
    assert set(drawn["2026-11-10"]) == {"█"}
    assert "▸ is cut: a full bar is $2.00." in lines


# On a narrow terminal


def table_of(text):
    return text.split("\n\n")[1]


def test_at_40_columns_a_name_is_shortened_before_the_spend_with_today_goes(skill):
    printed = skill.on_terminal("report", "--demo", "--from", "month", "--top", "3", columns=40).out
    assert (
        table_of(printed)
        == """\
Model          With today* Today*  Spend
claude…net-4.5      $55.49  $2.65 $52.83
gpt-5.1             $21.71  $1.04 $20.67
gemini-3-pro         $9.63  $0.46  $9.17
7 more models        $6.80  $0.33  $6.48
────────────────────────────────────────
Total               $93.63  $4.48 $89.16"""
    )
    assert (
        """
Left out at 40 columns: byok, share,
  reqs and 7 more (--columns shows them,
  --csv all)
"""
        in printed
    )


def test_at_40_columns_a_key_has_its_spend_and_byok(skill):
    printed = skill.on_terminal("report", "--demo", "--by", "key", "--from", "month", columns=40).out
    assert (
        table_of(printed)
        == """\
Key         With today*   Spend   BYOK
agent            $63.11  $60.09  $2.60
notebook         $24.94  $23.75  $0.00
ci                $5.58   $5.31  $0.00
old laptop        $0.00   $0.00  $0.00
──────────────────────────────────────
Total            $93.63  $89.16  $2.60"""
    )


def test_at_40_columns_two_names_share_the_room(skill):
    printed = skill.on_terminal(
        "report", "--demo", "--by", "provider,model", "--from", "month", "--top", "3", columns=40
    )
    assert (
        table_of(printed.out)
        == """\
Provider   Model      With today*  Spend
Anthropic  clau…t-4.5      $41.40 $39.42
OpenAI     gpt-5.1         $21.71 $20.67
Google     clau…t-4.5      $14.09 $13.41
8 more rows                $16.43 $15.65
────────────────────────────────────────
Total                      $93.63 $89.16"""
    )


def test_on_a_terminal_picked_columns_go_from_the_last_on(skill):
    picked = ["report", "--demo", "--top", "1", "--columns", "reqs,spend,prompt,compl"]
    printed = skill.on_terminal(*picked, columns=40).out
    assert (
        table_of(printed)
        == """\
Model              Reqs    Spend  Prompt
claude-sonnet-4.5  1369   $79.13     22M
9 more models      4582   $54.40     59M
────────────────────────────────────────
Total              5951  $133.53     81M
Today*              192    $4.48    2.7M
With today*        6143  $138.01     84M"""
    )
    assert "Left out at 40 columns: compl (--columns\n  shows it, --csv all)\n" in printed


def test_in_a_pipe_picked_columns_all_stay(skill):
    picked = "reqs,spend,prompt,compl,hit,share,reason,$/req,$/m,cached,byok"
    printed = skill.run("report", "--demo", "--top", "1", "--columns", picked).out
    assert table_of(printed).splitlines()[0] == (
        "Model             Reqs   Spend Prompt Compl Hit Share Reason   $/req   $/M Cached  BYOK"
    )
    assert "Left out" not in printed


def test_headings_totals_and_today_have_styles_of_their_own(skill):
    printed = skill.on_terminal(
        "report", "--demo", "--by", "date,provider", "--days", "1", "--model", "*gpt*", columns=40, styled=True
    )
    grey, bold, live, end = "\x1b[38;5;244m", "\x1b[1m", "\x1b[38;5;31m", "\x1b[0m"
    assert table_of(printed.out).splitlines() == [
        f"{grey}Date         Provider     Spend   BYOK{end}",
        "2026-11-19   OpenAI       $1.51  $0.19",
        f"{grey}2026-11-19 {end}  Chutes       $0.00  $0.00",
        f"{bold}2026-11-19   Day's total  $1.51  $0.19{end}",
        f"{grey}{'─' * 38}{end}",
        f"{bold}Total                     $1.51  $0.19{end}",
        f"{live}Today*                    $1.04  $0.13{end}",
        f"{bold}With today*               $2.55  $0.32{end}",
    ]


# Columns


@pytest.mark.parametrize(
    ("picked", "headings", "cells"),
    [
        ("reqs,spend", ["Model", "Reqs", "Spend"], ["model", "requests", "usd"]),
        ("usd,model,$/req", ["Spend", "Model", "$/req"], ["usd", "model", "usd_per_request"]),
        ("reason,CACHED_TOKENS", ["Model", "Reason", "Cached"], ["model", "reasoning_tokens", "cached_tokens"]),
    ],
)
def test_columns_are_picked_in_their_order(skill, fake, picked, headings, cells):
    skill.ask(fake, mgmt="admin")
    lines = skill.lines("report", "--columns", picked)
    assert lines[lines.index("") + 1].split() == headings
    assert [line for line in lines if line.startswith("Left out")] == []
    printed = skill.run("report", "--columns", picked, "--csv").out.split("\r\n")
    assert (printed[0].split(","), len(printed)) == (cells, 6)


def test_the_words_for_what_is_left_out_pick_it(skill, fake):
    skill.ask(fake, mgmt="admin")
    line = next(line for line in skill.lines("report") if line.startswith("Left out"))
    assert line == "Left out at 80 columns: reason, cached (--columns shows them, --csv all)"
    lines = skill.lines("report", "--columns", "reason,cached")
    assert lines[lines.index("") + 1].split() == ["Model", "Reason", "Cached"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "spend,colour"], "argument --columns: 'colour' is none of model, spend, byok, share, reqs, "),
        (["--columns", "limit"], "argument --columns: 'limit' is none of model, spend, byok, share, reqs, "),
        (["--columns", ","], "argument --columns: ',' is none of model, spend, "),
        (["--columns", "spend", "--json"], "--columns and --json exclude each other"),
    ],
)
def test_a_column_that_is_none_is_wrong_usage(skill, fake, options, said):
    printed = skill.ask(fake, mgmt="admin").run("report", *options)
    assert printed.code == 2
    assert said in printed.all
    assert fake.asked == []


# Keys


def of_key(skill, name, *options):
    row = next(one for one in skill.json("report", "--by", "key", *options)["rows"] if one["key"] == name)
    line = next(one for one in skill.lines("report", "--by", "key", *options) if one.startswith(name))
    return row["marks"], line


@pytest.mark.parametrize(
    ("expires", "days", "still"),
    [
        ("2026-11-20T10:00:00Z", [], False),  # it may have spent before
        ("2026-11-19T10:00:00Z", [], True),  # today
        ("2026-11-15T10:00:00Z", ["--date", "2026-11-18"], True),
    ],
)
def test_an_expired_key_that_spends_on_is_marked(skill, serve, account, expires, days, still):
    account.key("agent").expires_at = expires
    skill.ask(serve(account), mgmt="admin")
    marks, line = of_key(skill, "agent", *days)
    assert ("expired" in marks, "still_spending" in marks) == (True, still)
    assert line.endswith(f"expired {expires[:10]}, still spending" if still else f"expired {expires[:10]}")
    look = f"Look at: agent (expired {expires[:10]}, still spending)"
    assert (look in skill.lines("report", "--by", "key", *days)) == still


def test_spend_on_days_after_its_expiry_is_spend_after_it(skill, serve, account):
    account.key("second").expires_at = "2026-11-04T00:00:00Z"
    account.events = [one for one in account.events if f"{one.at:%m-%d}" in ("11-05", "11-10")]
    skill.ask(serve(account), mgmt="admin")
    assert of_key(skill, "second", "--from", "2026-11-05")[0] == ["no_limit", "expired", "still_spending"]


def test_a_disabled_key_that_spent_today_is_marked_and_no_more_is_claimed(skill, serve, account):
    account.key("agent").disabled = True
    marks, line = of_key(skill.ask(serve(account), mgmt="admin"), "agent")
    assert marks == ["no_limit", "disabled", "spent_today"]
    assert line.endswith("disabled, spent today")


@pytest.mark.parametrize(
    ("remaining", "printed"),
    [
        (20.1, ""),
        (20, "80% of its limit"),
        (5, "95% of its limit"),
        (0.01, ">99% of its limit"),
        (0, "100% of its limit"),
    ],
)
def test_a_key_near_its_limit_is_marked(skill, serve, account, remaining, printed):
    account.key("agent").limit, account.key("agent").limit_remaining = 100, remaining
    marks, line = of_key(skill.ask(serve(account), mgmt="admin"), "agent")
    assert ("near_limit" in marks) == bool(printed)
    assert printed in line
    assert ("of its limit" in line) == bool(printed)


def test_byok_and_the_last_use_of_each_key(skill, serve, account):
    account.keys.append(FakeKey("idle"))
    skill.ask(serve(account), mgmt="admin")
    lines = skill.lines("report", "--by", "key")
    table = [line.split() for line in lines if line.startswith(("agent", "second", "idle"))]
    assert ["2026-11-20" in row or "never" in row for row in table] == [True] * 3
    for answer in (lines, skill.lines("report", "--by", "key", "--top", "1")):  # of all keys, shown or not
        assert "No limit: agent, second, idle; unused: idle; expired: none" in answer
        assert "Dearest key: agent at $157.83" in answer
    for columns in (40, 60, 80, 200):
        heading = skill.on_terminal("report", "--by", "key", columns=columns).out.split("\n\n")[1].splitlines()[0]
        assert "BYOK" in heading.split()
