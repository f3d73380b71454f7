"""How many columns a text takes, and how a name is shortened to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openrouter_usage.text.width import display_width, graphemes, shortened

FAMILY = "👨\u200d👩\u200d👧"
LETTERS = [*"a/- |客Ａ", "e\u0301", "⚠\ufe0f", "1\ufe0f\u20e3", "🇩🇪", "👍🏽", FAMILY, "\u200b", "กำ"]
NAMES = some.lists(some.sampled_from(LETTERS), max_size=60).map("".join)


# Widths


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("客服", 4),
        ("Ａ", 2),
        ("e\u0301", 1),
        ("กำ\u0e34", 2),
        ("\u1100\u1161\u11a8", 2),
        ("zero\u200bwidth", 9),
        ("α§", 2),
        ("👩", 2),
        ("⚠", 1),
        ("⚠\ufe0f", 2),
        ("👩\ufe0f", 2),
        ("1\ufe0f\u20e3", 2),
        ("🇩🇪", 2),
        ("👍🏽", 4),
        (FAMILY, 6),
    ],
)
def test_letters_are_as_wide_as_any_terminal_shows_them(text, width):
    assert display_width(text) == width
    assert display_width(f"{text}-{text}") == 2 * width + 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("abc", ["a", "b", "c"]),
        ("e\u0301e", ["e\u0301", "e"]),
        (f"a{FAMILY}b", ["a", FAMILY, "b"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("⚠\ufe0f1\ufe0f\u20e3", ["⚠\ufe0f", "1\ufe0f\u20e3"]),
        ("", []),
    ],
)
def test_what_a_reader_takes_for_one_letter_stays_whole(text, parts):
    assert graphemes(text) == parts


# Names


@pytest.mark.parametrize(
    ("name", "width", "short"),
    [
        ("anthropic/claude-sonnet-4.5", 18, "anthropi…onnet-4.5"),
        ("anthropic/claude-sonnet-4.5", 27, "anthropic/claude-sonnet-4.5"),
        ("anthropic/claude-sonnet-4.5", 1, "…"),
        ("客服机器人", 7, "客…器人"),
        (f"team {FAMILY} of the east", 10, "team… east"),
        (f"{FAMILY}-agent-of-support", 8, f"{FAMILY}…t"),
        (f"{FAMILY}-agent-of-support", 7, "…t"),
    ],
)
def test_names_are_shortened_in_their_middle(name, width, short):
    assert shortened(name, width) == short


@given(NAMES, some.integers(1, 30))
def test_a_shortened_name_fits_and_cuts_no_letter(name, width):
    short = shortened(name, width)
    assert display_width(short) <= width
    if short != name:
        head, tail = short.split("…")
        parts = graphemes(name)
        assert graphemes(head) == parts[: len(graphemes(head))]
        assert graphemes(tail) == parts[len(parts) - len(graphemes(tail)) :]
