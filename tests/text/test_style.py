"""Roles of lines, what a terminal makes of them, and wrapping by words."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openrouter_usage.text.style import (
    ANSWER,
    CRITICAL,
    FOOTNOTE,
    HEADING,
    TABLE,
    TABLE_BAR,
    TABLE_LIVE,
    TABLE_TOTAL,
    WARNING,
    Line,
    page,
    pages,
)
from openrouter_usage.text.terminal import LEAD, is_styled, shown, wrapped
from openrouter_usage.text.width import display_width

GREY, TEAL, BLUE, ORANGE, RED, BOLD, ITALIC = "38;5;244", "38;5;31", "38;5;67", "38;5;166", "38;5;196", "1", "3"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_page_is_plain_text_with_an_empty_line_between_its_parts():
    text = page([Line("Report", HEADING), "Today: $3.42*"], [], iter(["Note: a reason"]))
    assert text == "Report\nToday: $3.42*\n\nNote: a reason\n"
    assert page() == ""


def test_pages_keep_the_roles_of_their_lines():
    text = pages([page([Line("one", ANSWER)]), "two\nthree\n"], between=[""])
    assert text == "one\n\ntwo\nthree\n"
    assert shown(text, None, True) == "\x1b[1mone\x1b[0m\n\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("role", "style"),
    [(ANSWER, BOLD), (HEADING, GREY), (FOOTNOTE, GREY), (WARNING, f"1;{ORANGE}"), (CRITICAL, f"1;{RED}")],
)
def test_each_role_has_its_style(role, style):
    assert shown(page([Line("all is well", role)]), None, True) == f"\x1b[{style}mall is well\x1b[0m\n"
    assert shown(page([Line("all is well", role)]), None, False) == "all is well\n"


def test_live_figures_and_estimates_have_styles_of_their_own():
    line = "Today: $3.42* or <$0.01*, ~$388 by Nov 30, ~2.0 days; $4 * 5"
    live, estimate = f"\x1b[{TEAL}m", f"\x1b[{ITALIC}m"
    assert shown(page([line]), None, True) == (
        f"Today: {live}$3.42*\x1b[0m or {live}<$0.01*\x1b[0m, {estimate}~$388\x1b[0m by Nov 30, "
        f"{estimate}~2.0 days\x1b[0m; $4 * 5\n"
    )
    bold = shown(page([Line("Today: $3.42* | Week", ANSWER)]), None, True)
    assert bold == f"\x1b[1mToday: {live}$3.42*\x1b[0m\x1b[1m | Week\x1b[0m\n"
    level = shown(page([Line("~2.0 days left", WARNING)]), None, True)
    assert level == f"\x1b[1;{ORANGE}m~2.0 days left\x1b[0m\n"


def test_lines_are_broken_between_words_and_indented_by_two_more():
    assert wrapped("This key: Today: $3.42* | Week: $18.90 | Month: $61.25", 40) == [
        "This key: Today: $3.42* | Week: $18.90 |",
        "  Month: $61.25",
    ]
    assert wrapped("  sees: own spend and limits", 16) == ["  sees: own", "    spend and", "    limits"]


def test_wide_letters_take_two_columns_where_lines_are_broken():
    assert wrapped("模型 模型 模型", 9) == ["模型 模型", "  模型"]


def test_an_address_is_never_broken():
    line = "Next: make one at https://openrouter.ai/settings/management-keys"
    assert wrapped(line, 40) == ["Next: make one at", "  https://openrouter.ai/settings/management-keys"]


def test_a_name_that_is_longer_than_a_line_is_broken_at_its_hyphens():
    line = "• gemini-3-pro-preview-custom-tools: $1.00 (28)"
    assert wrapped(line, 20) == ["• gemini-3-pro-", "  preview-custom-", "  tools: $1.00 (28)"]
    assert wrapped("see a-very-long-name-indeed", 24) == ["see a-very-long-name-", "  indeed"]
    assert wrapped("see vendor/a-very-long-name-indeed", 24) == ["see", "  vendor/a-very-long-name-indeed"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("• claude-sonnet: spent again $20.02 (282)", ["• claude-sonnet: spent", "  again $20.02 (282)"]),
        ("    – key agent is idle again", ["    – key agent is idle", "   again"]),
        ("  $3.63* /keys: 4 keys which", ["  $3.63* /keys: 4 keys", "   which"]),
    ],
)
def test_lines_go_on_below_what_follows_a_bullet_or_an_amount(line, parts):
    assert wrapped(line, 24) == parts


def test_an_amount_makes_no_indent_of_more_than_an_eighth_of_the_width():
    line = "$123.45 was spent by key ci after it expired on Nov 12"
    assert wrapped(line, 40) == ["$123.45 was spent by key ci after it", "     expired on Nov 12"]
    assert wrapped(line, 50) == ["$123.45 was spent by key ci after it expired on", "      Nov 12"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("All keys: Today: $3.42* | Week", ["All keys:", "  Today: $3.42* |", "  Week"]),
        ("it costs at $3.42 each, so $9", ["it costs at $3.42", "  each, so $9"]),
        ("it is $9.50 so far, ~$388", ["it is $9.50 so far,", "  ~$388"]),
        ("usually it lasts 9 days or so", ["usually it lasts", "  9 days or so"]),
        ("of all purchased $5 left", ["of all", "  purchased $5 left"]),
        ("it is 2026-11-20 14:09 now", ["it is", "  2026-11-20 14:09", "  now"]),
        ("of all sonnet-4 +$1.44 more", ["of all", "  sonnet-4 +$1.44", "  more"]),
        ("it may well be $4 to $5", ["it may well", "  be $4 to $5"]),
        ("it ends Nov 4 to Nov 7", ["it ends", "  Nov 4 to Nov 7"]),
        ("it ends in Nov 24 to 27", ["it ends in", "  Nov 24 to 27"]),
        ("it ends for all on Nov 24", ["it ends for all on", "  Nov 24"]),
        ("see now what `report --by key` tells", ["see now what", "  `report --by key`", "  tells"]),
        ("a-name-of-more-than-18: $3.42*", ["a-name-of-more-", "  than-18: $3.42*"]),
    ],
)
def test_what_belongs_together_stays_together_where_there_is_room(line, parts):
    assert wrapped(line, 20) == parts


def test_a_next_step_begins_a_line_and_its_command_stays_whole():
    line = "$9.50 was spent by key ci. Next: see what it was: stats.py report --by key,model --date 2026-11-12"
    assert wrapped(line, 48) == [
        "$9.50 was spent by key ci.",
        "      Next: see what it was:",
        "      stats.py report --by key,model --date 2026-11-12",
    ]


def test_the_style_of_a_level_ends_where_the_next_step_begins():
    line = Line("$9.50 was spent by key ci, which is disabled. Next: delete it at the page", WARNING)
    assert shown(page([line]), 40, True) == (
        f"\x1b[1;{ORANGE}m$9.50 was spent by key ci, which is\x1b[0m\n"
        f"\x1b[1;{ORANGE}m     disabled.\x1b[0m\n     Next: delete it at the page\n"
    )
    assert shown(page([line]), None, True) == (
        f"\x1b[1;{ORANGE}m$9.50 was spent by key ci, which is disabled. \x1b[0mNext: delete it at the page\n"
    )


def test_the_figures_for_a_graph_are_a_footnote_that_begins_a_line():
    line = Line("OPENROUTER OK - $8.75 left | balance=8.75 today=3.42", ANSWER)
    assert shown(page([line]), None, True) == (
        f"\x1b[1mOPENROUTER OK - $8.75 left \x1b[0m\x1b[{GREY}m| balance=8.75 today=3.42\x1b[0m\n"
    )
    assert shown(page([line]), 40, True) == (
        f"\x1b[1mOPENROUTER OK - $8.75 left\x1b[0m\n  \x1b[{GREY}m| balance=8.75 today=3.42\x1b[0m\n"
    )
    assert shown(page([line]), 22, True) == (
        f"\x1b[1mOPENROUTER OK\x1b[0m\n\x1b[1m  - $8.75 left\x1b[0m\n"
        f"  \x1b[{GREY}m| balance=8.75\x1b[0m\n\x1b[{GREY}m  today=3.42\x1b[0m\n"
    )


@given(some.text("a1 $~:|`•–,模\ufe0f", max_size=60), some.integers(8, 40))
def test_whatever_the_line_no_word_is_lost_and_no_part_too_long_but_a_word(line, width):
    parts = wrapped(line, width)
    assert " ".join(parts).split() == line.split()
    words = [re.sub(LEAD, "", parts[0], count=1).split(), *map(str.split, parts[1:])]
    assert all(display_width(part) <= width or len(one) <= 1 for part, one in zip(parts, words))


def test_a_table_is_never_wrapped():
    table = page([Line("Model            Spend", TABLE), "a note of words"])
    assert shown(table, 10, False) == "Model            Spend\na note of\n  words\n"


def test_parts_of_a_row_have_the_style_of_their_own_role():
    row = Line("2026-11-18  gpt-5.1  $4.00", TABLE, [(0, 10, FOOTNOTE), (21, 26, TABLE_LIVE)])
    total = Line("Total  $4.00", TABLE_TOTAL, [(7, 12, TABLE_LIVE)])
    assert shown(page([row, total]), 10, True) == (
        f"\x1b[{GREY}m2026-11-18\x1b[0m  gpt-5.1  \x1b[{TEAL}m$4.00\x1b[0m\n"
        f"\x1b[1mTotal  \x1b[{TEAL}m$4.00\x1b[0m\x1b[1m\x1b[0m\n"
    )


def test_the_bar_of_a_row_has_its_colour():
    rows = page([Line("█/name  $4.00  ██▋", TABLE_BAR), Line("b  $80.00  ██▸", TABLE_BAR), Line("c  $0.00", TABLE_BAR)])
    assert shown(rows, 10, True) == (
        f"█/name  $4.00  \x1b[{BLUE}m██▋\x1b[0m\nb  $80.00  \x1b[{BLUE}m██▸\x1b[0m\nc  $0.00\n"
    )


@pytest.mark.parametrize(
    ("stream", "environment", "styled"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": ""}, False),
    ],
)
def test_styles_go_to_a_terminal_that_has_them_or_where_they_are_asked_for(stream, environment, styled):
    assert is_styled(stream, environment) is styled


def test_a_summary_is_styled_on_a_terminal_and_plain_in_a_pipe(skill, fake):
    skill.ask(fake, "agent", "admin")
    plain = skill.run().out
    assert "\x1b" not in plain
    styled = skill.on_terminal(columns=200, styled=True).out
    assert styled.startswith(
        f"\x1b[{GREY}m💰 OpenRouter Usage\x1b[0m\n\x1b[1mThis key: Today: \x1b[{TEAL}m$3.42*\x1b[0m\x1b[1m |"
    )
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == plain == skill.on_terminal(columns=200).out
    skill.env["FORCE_COLOR"] = "1"
    assert skill.run().out == styled


def test_what_programs_read_is_never_styled(skill, fake):
    skill.ask(fake, "agent", "admin").env["FORCE_COLOR"] = "1"
    for command in (["--json"], ["report", "--csv"], ["metrics"], ["bar", "--host", "waybar"]):
        assert "\x1b" not in skill.run(*command).out, command
