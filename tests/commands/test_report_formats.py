"""The three formats of a report, against each other and against whoever reads them."""

import io
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest

from conftest import STATS, event
from fleet import FIGURES, ago, of_csv, truth

# Formats


def as_cell(value):
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def rows_of(document):
    return document["rows"] + ([document["rest"]] if document["rest"] else [])


@pytest.mark.parametrize("by", ["model", "date", "date,model", "key", "app", "hour"])
@pytest.mark.parametrize("top", [[], ["--top", "4"]], ids=["all", "top"])
def test_csv_and_json_hold_the_same_cells(skill, serve, big, by, top):
    skill.ask(serve(big), mgmt="admin")
    document = skill.json("report", "--by", by, *top)
    printed = skill.run("report", "--by", by, *top, "--csv")
    rows, table = rows_of(document), of_csv(printed.out)
    days = "2026-10-21 to 2026-11-19 (30 completed UTC days; today is not in it)"
    in_one_line = f"{len(rows)} rows, {days}, $1,082.64 + $20.62 BYOK\n"
    assert (printed.code, printed.err) == (0, in_one_line)
    assert list(table[0]) == list(document["rows"][0])
    assert len(table) == len(rows)
    for cells, row in zip(table, rows):
        assert {name: re.sub("(^|;)'", r"\1", cell) for name, cell in cells.items()} == {
            name: as_cell(row.get(name)) for name in cells
        }


def dollars(value):
    return "<$0.01" if 0 < value < Decimal("0.01") else f"${Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def percent(value):
    return "<1%" if 0 < value < Decimal("0.005") else f"{Decimal(value * 100).quantize(Decimal(1), ROUND_HALF_UP)}%"


def roughly(value):
    for size, unit in ((10**6, "M"), (10**3, "k")):
        if value >= size:
            short = Decimal(value) / size
            return f"{short.quantize(Decimal('0.1') if short < Decimal('9.95') else Decimal(1), ROUND_HALF_UP)}{unit}"
    return str(value)


def as_printed(row):
    tokens = [roughly(row[name]) for name in FIGURES[3:]]
    money = [dollars(row["usd"]), dollars(row["byok_usd"]), percent(row.get("share", 0)), str(row["requests"])]
    per_request = f"${row['usd_per_request'].quantize(Decimal('0.0001'), ROUND_HALF_UP)}"
    return [*money, *tokens, dollars(row["usd_per_million_tokens"]), per_request, percent(row["cached_share"])]


@pytest.mark.parametrize("by", ["model", "provider", "date,model", "app,user", "workspace"])
@pytest.mark.parametrize("top", [[], ["--top", "4"]], ids=["all", "top"])
def test_text_and_json_hold_the_same_cells(skill, serve, big, by, top):
    skill.ask(serve(big), mgmt="admin")
    document = skill.json("report", "--by", by, *top)
    lines = skill.on_terminal("report", "--by", by, *(top or ["--top", "0"]), columns=160).out.splitlines()
    lines = [line for line in lines if "Day's total" not in line]
    start = next(number for number, line in enumerate(lines) if "Spend" in line) + 1
    table = [line.rstrip("█▏▎▍▌▋▊▉ ").split()[-11:] for line in lines[start:] if "$" in line and "$/M" not in line]
    live = [as_printed(total) for total in (document["today"]["total"], document["with_today"])]
    for total in live:
        total[2] = "–"  # its share would be of another total
    assert table == [as_printed(row) for row in (*rows_of(document), document["total"])] + live
    for line, row in zip(lines[start:], document["rows"]):
        for dimension in document["by"]:
            assert row[dimension].split("/")[-1] in line


def test_the_columns_of_json_and_csv(skill, fake):
    skill.ask(fake, mgmt="admin")
    ratios = ["share", "usd_per_million_tokens", "cached_share", "usd_per_request"]
    assert list(skill.json("report", "--by", "date,model")["rows"][0]) == ["date", "model", *FIGURES, *ratios]
    of_key = ["keys", "today_usd", "week_usd", "month_usd", "limit_usd", "limit_remaining_usd", "limit_resets"]
    header = ["key", *FIGURES, *ratios, *of_key, "expires_at", "disabled", "marks", "last_used_at"]
    assert skill.run("report", "--by", "key", "--csv").out.split("\r\n")[0].split(",") == header


def test_the_json_is_of_the_fixed_form(skill, fake):
    document = skill.ask(fake, mgmt="admin").json("report", "--no-credits", "--date", "2026-11-17")
    assert document["schema"] == "openrouter-usage/1"
    assert {name: document[name] for name in ("command", "as_of", "by", "from", "to", "source", "credits")} == {
        "command": "report",
        "as_of": "2026-11-20T14:09:00Z",
        "by": ["model"],
        "from": "2026-11-17",
        "to": "2026-11-17",
        "source": "activity",
        "credits": None,
    }
    assert document["notes"] == [{"code": "not_asked", "message": "credits: not asked for (--no-credits)"}]
    assert fake.paths() == ["admin /activity", "admin /analytics/query", "admin /auth/key"]


def test_money_keeps_all_its_digits(skill, fake):
    skill.ask(fake, mgmt="admin")
    assert '"usd": 0.000895552,' in skill.run("report", "--json", "--date", "2026-11-17").out
    assert (
        "\r\ndeepseek/deepseek-v4-flash,0.000895552,0,38," in skill.run("report", "--csv", "--date", "2026-11-17").out
    )


def test_csv_is_rfc_4180_and_no_cell_is_executed(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    for by in ("app", "provider", "model"):
        printed = skill.run("report", "--by", by, "--csv").out
        assert printed.endswith("\r\n")
        assert printed.count("\n") == printed.count("\r\n") == len(of_csv(printed)) + 1
        assert [row[by] for row in of_csv(printed) if row[by][0] in "=+-@\t\r"] == []
    apps = [row["app"] for row in of_csv(skill.run("report", "--by", "app", "--csv").out)]
    assert set(apps) >= {"'=cmd|'/C calc'!A0", "x;'=1+1"}
    assert '"Gamma, Inc."' in skill.run("report", "--by", "provider", "--csv").out


def test_csv_opens_in_pandas(skill, serve, big):
    pandas = pytest.importorskip("pandas", reason="pandas has no wheel for this Python")
    skill.ask(serve(big), mgmt="admin")
    table = pandas.read_csv(io.StringIO(skill.run("report", "--by", "date,model", "--csv").out), parse_dates=["date"])
    sums = truth(big, ("date", "model"), ago(30), ago(1))
    assert len(table) == len(sums)
    assert table["usd"].sum() == pytest.approx(float(sum(figures[0] for figures in sums.values())), abs=1e-6)
    assert table["requests"].sum() == sum(figures[2] for figures in sums.values())
    assert str(table["date"].dtype).startswith("datetime64")


def test_csv_and_json_have_standard_output_to_themselves(skill, fake):
    skill.ask(fake, mgmt="admin")
    printed = skill.run("report", "--by", "provider", "--csv", "--days", "31")
    assert printed.err.startswith(
        "5 rows, 2026-10-20 to 2026-11-19 (30 of 31 completed UTC days known; today is not in it), "
        "$186.90 + $4.65 BYOK\nNote: not in it: 2026-10-20"
    )
    assert "Note" not in printed.out
    assert skill.run("report", "--by", "provider", "--json", "--days", "31").err == ""


# Terminals


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
@pytest.mark.parametrize("by", ["model", "date", "date,provider", "app", "model,key", "hour", "key"])
def test_the_table_fits_the_terminal(skill, serve, big, columns, by):
    printed = skill.ask(serve(big), mgmt="admin").on_terminal("report", "--by", by, columns=columns)
    table = printed.out.split("\n\n")[1].splitlines()
    assert len(table) > 3
    assert [line for line in table if cells(line) > columns] == []
    end = table[0].index("Spend") + len("Spend")
    narrow = [line for line in table[1:] if "─" not in line and cells(line) == len(line)]
    assert [line for line in narrow if not re.fullmatch(r"\d ", line[end - 1 : end + 1])] == []
    assert ("Left out at" in printed.out) == (not all(name in table[0] for name in ("Reason", "Cached", "Compl")))


def cells(line):
    return sum(2 if "\u2e80" < letter < "\uffef" else 1 for letter in line)


def test_a_long_name_is_shortened_in_the_middle(skill, serve, account):
    long = "vendor/" + "abcdefghij" * 6 + "-instruct"
    account.events = [event("11-18", "agent", long, "P", "1.00")]
    fake = serve(account)
    line = next(line for line in skill.ask(fake, mgmt="admin").lines("report") if line.endswith("0%") and "abc" in line)
    assert re.match(r"abcdefgh\w*…\w*-instruct +\$1\.00 ", line)
    assert len(line) == 80
    assert skill.json("report")["rows"][0]["model"] == long


def test_wide_letters_are_counted_as_two(skill, serve, account):
    account.events = [event("11-18", "agent", "v/m", "P", "1.00"), event("11-18", "agent", "v/n", "P", "1.00")]
    account.events = [replace(one, app=app) for one, app in zip(account.events, ("客服机器人", "plain"))]
    lines = skill.ask(serve(account), mgmt="admin").lines("report", "--by", "app")
    wide, plain = (next(line for line in lines if line.startswith(app)) for app in ("客服机器人", "plain"))
    assert cells(wide[: wide.index("$")]) == plain.index("$")


def test_a_slow_answer_is_announced_on_a_terminal_and_the_line_is_gone_in_the_end(skill, serve, account):
    fake = serve(account, delay=1.4)
    printed = skill.ask(fake, mgmt="admin").on_terminal("report")
    assert re.search(r"\rAsking OpenRouter: \d of \d answers", printed.err)
    assert re.search(r"\r +\r$", printed.err)
    assert "Asking" not in printed.out
    assert skill.run("report").err == ""


@pytest.mark.parametrize("arguments", [[], ["report"]], ids=["summary", "report"])
def test_a_slow_answer_is_no_bug_where_standard_error_is_closed(skill, serve, account, arguments):
    skill.ask(serve(account, delay=1.4), "agent", "admin")
    command = [sys.executable, str(STATS), *arguments, "--now", skill.now.isoformat()]
    line = " ".join(map(shlex.quote, command)) + " 2>&-"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=skill.cwd, env=skill.env, capture_output=True, timeout=60)
    assert (done.returncode, "💰 OpenRouter".encode() in done.stdout) == (0, True)


def test_a_quick_answer_is_not_announced(skill, fake, tmp_path):
    """However slow the machine is: no time passes on the program's clock."""
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.monotonic = lambda: 0.0\n", encoding="utf-8")
    skill.env["PYTHONPATH"] = str(tmp_path)
    assert skill.ask(fake, mgmt="admin").on_terminal("report").err == ""
