"""The chart: the terminal's text, the pictures as files, and what may go wrong with either."""

import io
import os
import re
import shlex
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from decimal import Decimal

import pytest

from accounts import spending
from conftest import BARE, GOLDEN, STATS, write
from fake_openrouter import Account, FakeKey

NAMES = ("$\\frac{a$", "$x^2$ {y}", "客服 🤖 x", "a_b & <b>c</b>", "مفتاح")
"""Names of keys that are no formula, no markup, and in no font that everybody has."""


@pytest.fixture
def asked(skill, fake):
    return skill.ask(fake, "agent", "admin")


def account_of(*events):
    keys = [FakeKey("agent"), FakeKey("admin", management=True)]
    return Account(keys, list(events), purchased=5000)


def drawn(skill, name, *arguments):
    """The content of the picture of that name, which is written without a word on standard error."""
    printed = skill.run("chart", *arguments, "--output", name)
    assert (printed.code, printed.err) == (0, ""), printed
    assert printed.out.splitlines()[2] == f"Chart: {skill.cwd / name}"
    return (skill.cwd / name).read_bytes()


def texts(svg):
    """The texts in an SVG, from its beginning on."""
    found = ET.parse(io.BytesIO(svg)).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 (it is our own)
    return ["".join(one.itertext()) for one in found]


# In the terminal


def test_the_demo(skill):
    printed = skill.run("chart", "--demo", python=BARE)
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == (GOLDEN / "chart-demo.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("days", ["1", "7", "30", "366"])
def test_it_is_as_wide_as_the_terminal(skill, columns, days):
    printed = skill.on_terminal("chart", "--demo", "--days", days, columns=columns)
    assert printed.code == 0  # on stderr it may say that it is slow
    lines = re.sub(r"\x1b\[[\d;]*m", "", printed.out).splitlines()
    assert max(map(len, lines)) <= columns
    axis = next(line for line in lines if "$0 ┼" in line)
    assert len(axis) > columns / 2 or days in ("1", "7")


def test_a_terminal_has_a_colour_for_each_shade_and_a_pipe_none(skill):
    plain = skill.run("chart", "--demo").out
    assert "\x1b" not in plain
    skill.env["FORCE_COLOR"] = "1"
    styled = skill.run("chart", "--demo").out
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == plain
    lines = styled.splitlines()
    assert lines[1] == "\x1b[1m$133.53 in 30 days, dearest Nov 13: $7.33\x1b[0m"
    legend = [line for line in lines if line.endswith("%")]
    assert [line.split("m", 1)[0] for line in legend] == [f"\x1b[38;5;{n}" for n in (67, 166, 29, 169, 99, 244)]


def test_many_days_are_weeks_and_then_months(skill):
    narrow, usual = (skill.on_terminal("chart", "--demo", "--days", "366", columns=columns).out for columns in (40, 80))
    assert "A bar is a week from Monday; today has its own" in usual
    assert "A bar is a month; today has its own" in narrow
    assert "Note: " not in usual


def test_a_day_without_spend_is_empty_and_one_with_little_is_not(skill, serve):
    fake = serve(account_of(*spending("10", range(1, 2)), *spending("0.001", range(3, 4))))
    lines = skill.ask(fake, mgmt="admin").lines("chart", "--days", "3", "--to", "yesterday")
    assert lines[1] == "$10.00 in 3 days, dearest Nov 19: $10.00"
    assert lines[14:16] == ["       │ ▁▁▁▁▁▁        ██████", "    $0 ┼─────────────────────"]
    assert lines[3] == "$10.00 ┤               ██████"


def test_days_that_nobody_knows_are_marked(skill):
    lines = skill.lines("chart", "--demo", "--by", "provider", "--days", "33")
    assert lines[1] == "$133.53 in the 30 of 33 days that are known, dearest Nov 13: $7.33"
    assert lines[14].startswith("   │ ? ? ? █ █ █ ")
    assert "? not known: 3 days" in lines
    assert lines[-1].startswith("Note: not in it: 2026-10-18 to 2026-10-20; OpenRouter's /activity reaches back to")
    document = skill.json("chart", "--demo", "--by", "provider", "--days", "33")
    assert [day["usd"] for day in document["days"][:3]] == [None] * 3
    assert (document["days"][0]["parts_usd"], document["known_days"]) == (None, 30)
    assert [note["code"] for note in document["notes"]] == ["days_missing"]


def test_a_day_that_dwarfs_the_others_is_cut_and_told(skill, serve):
    events = [*spending("4", range(1, 15)), *spending("400", range(9, 10))]
    lines = skill.ask(serve(account_of(*events)), mgmt="admin").lines("chart", "--days", "14")
    assert lines[1] == "$456.00 in 14 days, dearest Nov 11: $404.00"
    assert lines[3] == "$4 ┤ ███ ███ ███ ███ ███ ▴▴▴ ███ ███ ███ ███ ███ ███ ███ ███"
    assert "▴ Cut: Nov 11 $404.00; a full bar is $4.00" in lines


def test_what_is_not_broken_down_is_a_part_of_its_day(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] < "2026-11-17"])
    document = asked.json("chart", "--days", "7")
    report = asked.json("report", "--days", "7", "--by", "date")
    assert document["total_usd"] == report["total"]["usd"] == Decimal("16.300000000")
    assert [(one["label"], one["kind"], one["usd"]) for one in document["series"]] == [
        ("gpt-5.1", "named", 5),
        ("claude-sonnet-4.5", "named", None),
        ("not broken down", "not_broken_down", Decimal("11.3")),
    ]
    assert "series.usd: OpenRouter does not break this part down" in [one["message"] for one in document["notes"]]
    assert {day["date"]: day["parts_usd"] for day in document["days"]}["2026-11-18"] == [None, None, Decimal("10.48")]
    assert {day["date"]: day["usd"] for day in document["days"]}["2026-11-19"] == 0
    table = " ".join(" ".join(asked.lines("chart", "--days", "7")).split())
    assert "≈ not broken down $11.30 69%" in table and "claude-sonnet-4.5 unknown ?" in table


def test_no_day_is_the_dearest_where_some_of_the_spend_is_told_of_none(asked, fake):
    fake.edit("/activity", lambda rows: [row for row in rows if row["date"] > "2026-11-10"])
    fake.fault("/analytics/query", status=503, body="")
    assert asked.lines("chart", "--from", "2026-11-01")[1] == "$86.90 in 19 days"
    assert asked.json("chart", "--from", "2026-11-01")["dearest"] is None


def test_sources_that_contradict_each_other_dispute_the_title(asked, fake):
    fake.edit("/activity", lambda rows: [{**row, "usage": 2 * row["usage"]} for row in rows])
    assert asked.lines("chart", "--days", "7")[1] == "$32.60 (disputed) in 7 days, dearest Nov 18: $20.96"


def test_an_answer_that_lacks_rows_is_at_least_so_much(asked, fake):
    def cut(data):
        return {"data": data["data"][:1], "metadata": {**data["metadata"], "truncated": True}}

    fake.edit("/analytics/query", cut)
    lines = asked.lines("chart", "--by", "app", "--date", "2026-11-18")
    assert lines[1] == "at least $10.48 on Nov 18"


@pytest.mark.parametrize("by", ["model", "key", "provider", "app"])
def test_each_dimension_adds_up_to_the_report(skill, serve, big, by):
    skill.ask(serve(big), mgmt="admin")
    document, report = (skill.json(*arguments) for arguments in (("chart", "--by", by), ("report", "--by", by)))
    assert document["total_usd"] == sum(one["usd"] for one in document["series"]) == report["total"]["usd"]
    rows = [(row[by], row["usd"]) for row in report["rows"]]
    named = [(one[by], one["usd"]) for one in document["series"] if one["kind"] == "named"]
    assert named == rows[:5]
    assert [one["label"] for one in document["series"][5:]] == {
        "model": ["7 more models"],
        "key": ["5 more keys"],
        "provider": ["1 more provider"],
        "app": [],
    }[by]
    for day in document["days"]:
        assert sum(day["parts_usd"]) == day["usd"]


def test_today_is_apart_unless_it_is_asked_for(asked):
    assert asked.lines("chart", "--days", "7")[1] == "$16.30 in 7 days, dearest Nov 18: $10.48"
    assert "* today so far: $5.10, live as of 14:09 UTC; not in the total" in asked.lines("chart", "--days", "7")
    lines = asked.lines("chart", "--from", "week")
    assert lines[0] == "💰 OpenRouter spend by model, all keys, Nov 16 to 20, 2026, UTC days"
    assert lines[1] == "$21.40* in 4 days and today so far, dearest Nov 18: $10.48"
    alone = asked.json("chart", "--date", "today")
    assert (alone["title"], alone["days"], alone["today"]["usd"]) == ("$5.10* today so far", [], Decimal("5.10"))
    assert (alone["from"], alone["to"], alone["live_only"]) == (
        *["2026-11-20"] * 2,
        ["total_usd", "byok_usd", "dearest", "series", "today"],
    )


def test_today_that_cannot_be_had_is_unknown(asked, fake):
    fake.edit("/analytics/query", lambda data: {**data, "data": []})
    lines = asked.lines("chart", "--days", "7")
    assert lines[1] == "$16.30 in 7 days, dearest Nov 18: $10.48"
    assert next(line for line in lines if line.startswith("today: ")).startswith("today: unknown (")


def test_an_account_without_spend_has_no_bars(skill, serve):
    lines = skill.ask(serve(account_of()), mgmt="admin").lines("chart")
    assert lines[1] == "$0.00 in 30 days"
    assert not any("┼" in line for line in lines)
    assert "Note: OpenRouter recorded no use in these days" in lines


def test_what_is_spent_on_the_first_day_is_in_the_title(skill, serve):
    skill.ask(serve(account_of(*spending("1.25", range(1)))), mgmt="admin")
    assert skill.lines("chart")[1] == "$0.00 in 30 days, $1.25* today so far"
    found = texts(drawn(skill, "spend.svg"))
    assert found[0] == "$0.00 in 30 days, $1.25* today so far"
    assert "$1.25*" in found and "$0.00" in found


def test_a_regular_key_alone_is_answered_as_by_report(skill, fake):
    chart, report = (skill.ask(fake, "agent").run(command) for command in ("chart", "report"))
    assert (chart.code, chart.out) == (3, "")
    assert chart.err == report.err


@pytest.mark.parametrize("by", ["user", "model,key"])
def test_other_dimensions_are_led_to_the_report(skill, by):
    printed = skill.run("chart", "--by", by)
    assert (printed.code, printed.out) == (2, "")
    first, second = printed.err.splitlines()
    assert first == "Error: chart --by is one of model, key, provider, app"
    assert second == f"Next: `report --by date,{by.split(',')[0]}` has the others"


# Pictures


def test_a_png_is_twice_1200_by_675_and_its_path_is_printed(skill):
    printed = skill.run("chart", "--demo", "--output", "spend.png")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.splitlines()[:4] == [
        "💰 OpenRouter spend by model, all keys, Oct 21 to Nov 19, 2026, UTC days (demo: a sample account)",
        "$133.53 in 30 days, dearest Nov 13: $7.33",
        f"Chart: {skill.cwd / 'spend.png'}",
        "",
    ]
    content = (skill.cwd / "spend.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (2400, 1350)
    assert b"tEXt" not in content
    assert sorted(path.name for path in skill.cwd.iterdir()) == ["spend.png"]


def test_the_colours_are_those_of_the_series_and_unknown_days_are_no_bars(skill):
    from PIL import Image

    drawn(skill, "spend.png", "--demo", "--by", "provider", "--days", "40")
    with Image.open(skill.cwd / "spend.png") as opened:
        picture = opened.convert("RGB")
    row = [picture.getpixel((x, 2 * 530)) for x in range(216, 1672)]
    assert row.count((0x00, 0x72, 0xB2)) > 800
    assert set(row[:330]) <= {(one, one, one) for one in range(0xE0, 0x100)}
    assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_an_svg_has_its_texts(skill):
    svg = drawn(skill, "spend.svg", "--demo")
    found = texts(svg)
    assert found[:2] == [
        "$133.53 in 30 days, dearest Nov 13: $7.33",
        "OpenRouter spend by model, all keys, Oct 21 to Nov 19, 2026, UTC days (demo: a sample account)",
    ]
    legend = ["4 more models", "deepseek-v4-flash", "grok-4.1-fast", "gemini-3-pro", "gpt-5.1", "claude-sonnet-4.5"]
    assert [one for one in found if one in legend] == legend
    for text in ("$79.13, 59%", "$7.33", "$4.48*", "$0", "$2", "$6", "Oct 21", "today*"):
        assert text in found
    assert "Source: OpenRouter's /activity, as of 2026-11-20 14:09 UTC" in found
    assert any(one.startswith("* today so far: $4.48, live as of 14:09 UTC; not in the total") for one in found)
    assert b"<title>$133.53 in 30 days, dearest Nov 13: $7.33. OpenRouter spend" in svg
    assert b"atplotlib" not in svg
    assert len(svg) < 60_000


def test_today_is_hatched_and_completed_days_are_not(skill):
    assert drawn(skill, "with.svg", "--demo").count(b"fill: url(#") == 6
    assert b"url(#h" not in drawn(skill, "without.svg", "--demo", "--to", "2026-11-19")
    assert drawn(skill, "alone.svg", "--demo", "--date", "today", "--by", "app").count(b"fill: url(#") == 4


def test_an_outlier_is_labelled_with_what_it_is(skill, serve):
    events = [*spending("4", range(1, 15)), *spending("400", range(9, 10))]
    skill.ask(serve(account_of(*events)), mgmt="admin")
    found = texts(drawn(skill, "spend.svg", "--days", "14"))
    assert "$404.00" in found and "$4" in found and "$400" not in found
    assert any("Cut: Nov 11 $404.00; a full bar is $4.00" in one for one in found)


def test_amounts_are_in_the_way_of_no_other_and_of_no_axis(skill, serve):
    events = [*spending("4", range(30)), *spending("400", range(9, 10)), *spending("300", range(8, 9))]
    skill.ask(serve(account_of(*events, *spending("100", range(30, 31)))), mgmt="admin")
    svg = drawn(skill, "spend.svg")
    assert [one for one in texts(svg) if one in ("$404.00", "$304.00", "$100.00", "$4.00*")] == [
        *("$404.00", "$4.00*"),
        "$100.00",
    ]
    assert any("Cut: Oct 21 $100.00, Nov 11 $404.00, Nov 12 $304.00; a full bar is $4.00" in one for one in texts(svg))
    left = re.search(rb'x="([\d.]+)" y="[\d.]+"[^>]*>\$100\.00<', svg)
    assert left and float(left[1]) >= 78  # points; the amounts of the axis end at 72


def test_a_refund_makes_no_bar_higher_than_its_day(skill, serve):
    dear, back = (replace(spending(usd, range(9, 10))[0], model=f"a/{usd}") for usd in ("300", "-300"))
    skill.ask(serve(account_of(*spending("4", range(30)), dear, back)), mgmt="admin")
    parts = re.findall(r'd="M (\S+) \S+ \nL \S+ \S+ \nL \S+ (\S+)', drawn(skill, "spend.svg").decode())
    tops = [float(top) for left, top in parts if 81 < float(left) < 627]
    assert (len(tops), min(tops)) == (90, 166 * 0.75)  # points
    assert skill.lines("chart", "--days", "10")[1:4] == [
        *("$40.00 in 10 days, dearest Nov 10: $4.00", ""),
        "$4 ┤ ▓▓▓▓▓ █████ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓ ▓▓▓▓▓  ▓▓▓▓▓",
    ]


@pytest.mark.parametrize("name", ["spend.png", "spend.svg"])
def test_the_same_chart_is_the_same_file(skill, name):
    assert drawn(skill, name, "--demo") == drawn(skill, name, "--demo")


@pytest.mark.parametrize("name", ["spend.png", "spend.SVG"])
def test_names_are_no_formulas_and_letters_that_no_font_has_say_nothing(skill, serve, name):
    keys = [
        *(FakeKey(f"key {place}", called=name) for place, name in enumerate(NAMES)),
        FakeKey("admin", management=True),
    ]
    events = [replace(one, key=f"key {place}") for place in range(5) for one in spending(str(9 - place), range(1, 4))]
    skill.ask(serve(Account(keys, events)), mgmt="admin")
    content = drawn(skill, name, "--by", "key", "--days", "3")
    if name.endswith("SVG"):
        assert [one for one in texts(content) if one in NAMES] == list(reversed(NAMES))


def test_a_year_is_drawn_by_week_and_a_long_name_without_its_middle(skill, serve):
    long = "a-very-long-name-of-a-key-that-nobody-would-ever-read-to-its-end"
    keys = [FakeKey("agent", called=long), FakeKey("admin", management=True)]
    skill.ask(serve(Account(keys, spending("1", range(1, 366, 3)))), mgmt="admin")
    found = texts(drawn(skill, "spend.svg", "--by", "key", "--days", "366"))
    assert any("A bar is a week from Monday; today has its own" in one for one in found)
    shown = next(one for one in found if "…" in one)
    assert shown.startswith("a-very-long") and shown.endswith("its-end") and 15 < len(shown) < 40


def test_redacted_names_are_in_no_picture(skill, serve, big):
    skill.ask(serve(big), mgmt="admin")
    svg = drawn(skill, "spend.svg", "--by", "key", "--redact")
    assert re.search(rb"key-\d|twins", svg) is None
    assert len(re.findall(r"^key \d+", "\n".join(texts(svg)), re.M)) == 5


# What is on the machine


@pytest.mark.parametrize(
    "hostile", ["text.usetex: True\nbackend: nonsense\nfigure.dpi: 7\nbad line\n", "\xff\xfe", None]
)
def test_a_settings_file_of_the_working_directory_is_not_read(skill, hostile):
    plain = drawn(skill, "plain.png", "--demo")
    if hostile is None:
        os.mkfifo(skill.cwd / "matplotlibrc")  # whoever reads it waits for ever
    else:
        (skill.cwd / "matplotlibrc").write_bytes(hostile.encode("latin-1"))
    assert drawn(skill, "spend.png", "--demo") == plain


@pytest.mark.parametrize("variable", ["MPLBACKEND", "MATPLOTLIBRC", "MPLCONFIGDIR"])
def test_settings_in_the_environment_change_nothing_and_print_nothing(skill, variable):
    plain = drawn(skill, "plain.svg", "--demo")
    settings = write(skill.home / "settings" / "matplotlibrc", "text.usetex: True\nnonsense\nfont.size: 44\n")
    values = {"MPLBACKEND": "nonsense", "MATPLOTLIBRC": str(settings), "MPLCONFIGDIR": str(settings)}
    skill.env[variable] = values[variable]
    assert drawn(skill, "spend.svg", "--demo") == plain


def test_without_matplotlib_it_says_how_to_have_it_unless_a_key_is_missing_too(asked, tmp_path):
    stub = write(tmp_path / "stub" / "matplotlib.py", "raise ModuleNotFoundError('blocked', name='matplotlib')\n")
    asked.env["PYTHONPATH"] = str(stub.parent)
    printed = asked.run("chart", "--output", "spend.png")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: pictures are drawn by matplotlib, which this Python does not have\n"
        "Next: install matplotlib for this Python, or use `uv run --with matplotlib --script "
        f"{shlex.quote(str(STATS))} chart ...`; without --output the chart is drawn in the terminal, and "
        "`dashboard --output usage.html` needs no package\n"
    )
    management_key = asked.env.pop("OPENROUTER_MGMT_KEY")
    assert "needs a management key" in asked.run("chart", "--output", "spend.png").err
    asked.env["OPENROUTER_MGMT_KEY"] = management_key
    assert asked.run("chart").code == 0
    stub.write_text("import nothing.at.all.like.this\n")
    assert asked.run("chart", "--output", "spend.png").err.startswith("Error: pictures are drawn by matplotlib, which")
    stub.write_text("raise RuntimeError('it does not fit')\n")
    printed = asked.run("chart", "--output", "spend.png", "--json")
    assert (printed.code, '"code": "missing_package"' in printed.out) == (2, True)


# The file


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("spend.jpg", "--output ends in .png or .svg: these are the formats of a picture"),
        ("spend", "--output ends in .png or .svg: these are the formats of a picture"),
        ("", "argument --output: must name a file"),
        ("folder.png", "--output cannot be written: it is a folder"),
        ("pipe.svg", "--output cannot be written: it is no regular file"),
        ("nowhere/spend.png", "--output cannot be written: there is no such folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_before_anything_is_asked(asked, fake, path, error):
    (asked.cwd / "folder.png").mkdir()
    os.mkfifo(asked.cwd / "pipe.svg")
    printed = asked.run("chart", "--output", path)
    assert (printed.code, printed.out, printed.err.splitlines()[0]) == (2, "", f"Error: {error}")
    assert printed.err.splitlines()[1].startswith("Next: ")
    assert fake.asked == []


def test_a_working_directory_that_is_gone_takes_only_names_that_are_relative_to_it(skill):
    gone = ["bash", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "-", sys.executable, str(STATS)]
    for name, code in (("spend.png", 2), (str(skill.home / "spend.png"), 0)):
        arguments = [*gone, "chart", "--demo", "--output", name]
        done = subprocess.run(arguments, cwd=skill.cwd, env=skill.env, capture_output=True, text=True, timeout=60)
        message = "Error: --output cannot be written: the working directory is gone" if code else ""
        assert (done.returncode, done.stderr.partition("\n")[0]) == (code, message)
    assert (skill.home / "spend.png").stat().st_size > 50_000


def test_json_has_the_path(asked):
    document = asked.json("chart", "--days", "7", "--output", "spend.svg")
    assert document["path"] == str(asked.cwd / "spend.svg")
    assert document["title"] in texts((asked.cwd / "spend.svg").read_bytes())
    assert asked.json("chart", "--days", "7")["path"] is None


def test_each_profile_has_a_picture_of_its_own(asked, fake):
    key = fake.accounts[0].key("admin").text
    write(
        asked.home / ".config" / "openrouter-usage" / "credentials.work.env",
        f"OPENROUTER_MGMT_KEY={key}\nOPENROUTER_API_URL={fake.address}\n",
    )
    printed = asked.run("chart", "--all-profiles", "--days", "7", "--output", "spend.svg")
    assert (printed.code, printed.err) == (0, "")
    assert [line for line in printed.out.splitlines() if line.startswith("Chart: ")] == [
        f"Chart: {asked.cwd / name}" for name in ("spend.default.svg", "spend.work.svg")
    ]
    found = texts((asked.cwd / "spend.work.svg").read_bytes())
    assert found[1] == "OpenRouter spend by model, all keys, Nov 13 to 19, 2026, UTC days (work)"
    both = asked.run("chart", "--all-profiles", "--days", "7")
    assert both.out.count("$16.30 in 7 days, dearest Nov 18: $10.48") == 2
