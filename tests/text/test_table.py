"""Tables that fit a terminal: columns and bars."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from test_width import NAMES

from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.bars import Bars, bar, full_length
from openrouter_usage.text.style import FOOTNOTE, TABLE, TABLE_HEADING, TABLE_LIVE, TABLE_TOTAL, role_of
from openrouter_usage.text.table import LAST, Column, fitted, ruled
from openrouter_usage.text.width import display_width

# Columns


MODELS = Column("Model", ("anthropic/claude-sonnet-4.5", "gpt-5.1", "Total"), "name")
SPEND = Column("Spend", ("$1234567.89", "$0.10", "$1234567.99"))


def test_columns_go_by_their_order_and_names_are_shortened_last():
    byok, today = Column("BYOK", ("$0.00",) * 3, drop_order=1), Column("Today*", ("$3.02",) * 3, drop_order=-1)
    table = [MODELS, byok, today, SPEND]
    lines, left_out = fitted(table, 40)
    assert (lines[1], left_out) == ("anthropic/…sonnet-4.5  $3.02 $1234567.89", [byok])
    lines, left_out = fitted(table, 32)
    assert (lines[1], left_out) == ("anthro…et-4.5  $3.02 $1234567.89", [byok])
    lines, left_out = fitted(table, 30)
    assert (lines[1], left_out) == ("anthropi…onnet-4.5 $1234567.89", [byok, today])
    lines, left_out = fitted(table, 20)
    assert (lines[1], left_out) == ("ant…-4.5 $1234567.89", [byok, today])


def test_what_made_way_for_a_wider_one_in_vain_is_shown():
    left, used = Column("Left", ("$9.00",) * 3, drop_order=3), Column("Used", ("never",) * 3, drop_order=2)
    table = [MODELS, left, used, Column("Marks", ("expired 2026-11-14, still spending",) * 3, "text", drop_order=1)]
    lines, left_out = fitted(table, 44)
    assert (lines[1], left_out) == ("anthropic/claude-sonnet-4.5  $9.00  never", [table[3]])


def test_live_cells_and_repeated_first_names_have_roles_of_their_own():
    days = Column("Date", ("2026-11-18", "2026-11-18", "2026-11-18", "5 more rows of 9", "Total"), "text")
    names = Column("Model", ("模型", "gpt", "Day's total", "", ""), "name")
    today = Column("Today*", ("$1.00", "$22.00", "$3.00", "$4.00", "$5.00"))
    lines, _ = fitted([days, names, today], 32, roles=(TABLE, TABLE, TABLE_TOTAL, TABLE, TABLE_TOTAL))
    told = [[(line[start:end].strip(), role) for start, end, role in line.spans] for line in lines]
    assert told == [
        [],
        [("$1.00", TABLE_LIVE)],
        [("2026-11-18", FOOTNOTE), ("$22.00", TABLE_LIVE)],
        [("$3.00", TABLE_LIVE)],
        [("$4.00", TABLE_LIVE)],
        [("$5.00", TABLE_LIVE)],
    ]
    assert [line for line in fitted([days, today], 32)[0] if len(line.spans) > 1] == []


def test_the_last_one_stays_however_short_the_names_are():
    table = [MODELS, Column("With today*", ("$1.00",) * 3, drop_order=LAST), SPEND]
    lines, left_out = fitted(table, 28)
    assert (lines[1], left_out) == ("a….5       $1.00 $1234567.89", [])
    assert fitted(table, 20)[1] == [table[1]]


def test_two_names_share_what_the_figures_leave():
    apps = Column("App", ("a", "an app of some length", "–"), "name")
    assert fitted([apps, MODELS, SPEND], 40)[0] == [
        "App           Model                Spend",
        "a             anthro…net-4.5 $1234567.89",
        "an app…length gpt-5.1              $0.10",
        "–             Total          $1234567.99",
    ]


def test_a_heading_is_shortened_before_a_time():
    hours = Column("Hour (America/New_York)", ("2026-11-20 14:00",), "text")
    assert fitted([hours, Column("Spend", ("$1234567.89",))], 30)[0] == [
        "Hour (Am…New_York)       Spend",
        "2026-11-20 14:00   $1234567.89",
    ]


def test_where_the_figures_alone_are_wider_none_is_cut():
    assert fitted([MODELS, SPEND], 10)[0] == ["…       Spend", "… $1234567.89", "…       $0.10", "… $1234567.99"]


AMOUNTS = some.decimals(0, Decimal("1234567.89"), places=2)


@given(some.lists(some.tuples(NAMES, NAMES, AMOUNTS, AMOUNTS), min_size=1, max_size=4), some.integers(40, 200))
def test_a_table_of_any_names_is_never_wider_than_its_width_from_40_on(rows, width):
    models, keys, spend, today = zip(*rows)
    usd = tuple(map(dollars, spend))
    table = [
        Column("Model", models, "name"),
        Column("Key", keys, "name"),
        Column("Today*", tuple(map(dollars, today)), drop_order=-1),
        Column("Spend", usd),
        *(Column(f"More {order}", usd, drop_order=order) for order in range(1, 9)),
    ]
    lines, left_out = fitted(table, width)
    assert [line for line in lines if display_width(line) > width] == []
    assert all(amount in line.split() for line, amount in zip(lines[1:], usd))
    assert all(column.drop_order for column in left_out)


COLUMNS = some.lists(
    some.tuples(
        some.sampled_from(["name", "figure", "text"]), some.integers(-3, 9), some.lists(NAMES, min_size=3, max_size=3)
    ),
    min_size=1,
    max_size=8,
).map(lambda drawn: [Column(f"H{n}", tuple(cells), kind, n and order) for n, (kind, order, cells) in enumerate(drawn)])


@given(COLUMNS, some.integers(30, 160))
def test_a_table_is_wider_only_where_nothing_can_be_left_out(table, width):
    lines, left_out = fitted(table, width)
    assert all(column.drop_order for column in left_out)
    if any(display_width(line) > width for line in lines):
        assert not any(column.drop_order for column in table if column not in left_out)


def test_lines_have_the_roles_of_their_rows():
    lines, _ = ruled([MODELS, SPEND], 80, 1, roles=[TABLE_LIVE, TABLE, TABLE_TOTAL])
    assert [role_of(line) for line in lines] == [TABLE_HEADING, TABLE_LIVE, TABLE, TABLE_HEADING, TABLE_TOTAL]
    assert lines[3] == "─" * 40


# Bars


@given(
    COLUMNS, some.integers(30, 160), some.lists(some.decimals(0, 1000, places=2), min_size=3, max_size=3).filter(any)
)
def test_bars_take_the_room_that_is_left_and_no_column_goes_for_them(table, width, amounts):
    drawn = Bars(tuple(amounts), full_length(amounts, may_cut=True), 99)
    without, left_out = fitted(table, width)
    lines, also_left_out = fitted(table, width, drawn)
    assert also_left_out == left_out
    longest = max(line.count("█") for line in lines)
    assert longest <= 48
    if longest == 0:
        assert lines == without
    elif longest < 48:
        assert max(map(display_width, lines)) == width


@pytest.mark.parametrize(
    ("amount", "drawn"),
    [("8", "████████"), ("4", "████"), ("4.5", "████▌"), ("0.125", "▏"), ("0.001", "▏"), ("0", ""), ("-1", ""),
     ("9", "███████▸"), ("7.99", "████████")],
)  # fmt: skip
def test_a_bar_has_eighths(amount, drawn):
    assert bar(Decimal(amount), Decimal(8), 8) == drawn


@pytest.mark.parametrize(
    ("amounts", "full"),
    [
        ([100, 9, 8, 7, 6], 9),
        ([30, 9, 8, 7, 6], 30),
        ([100, 9, 8, 7], 100),
        ([100, 90, 8, 7, 6], 100),
        ([1000, 100, *[9] * 18], 9),
        ([0, 0, 0, 0, 0], 0),
        ([], 0),
    ],
)
def test_what_dwarfs_all_others_is_cut(amounts, full):
    assert full_length([Decimal(one) for one in amounts], may_cut=True) == full
    assert full_length([Decimal(one) for one in amounts], may_cut=False) == max([*amounts, 0])
