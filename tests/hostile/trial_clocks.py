"""Clocks that are wrong: this machine's, OpenRouter's `Date`, and every time in its answers."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import partial
from random import Random
from typing import Any, Callable

from conftest import NOW
from frame import Case, trial
from world import COMMAND_LINES, MEMORIES, World

DATES = (
    "",
    "soon",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 20 Nov 99999999999999999999 14:09:00 GMT",
    "Fri, 20 Nov 2026 14:09:00 -9999",
    "Fri, 20 Nov 2026 23:09:60 +0900",
    *(format_datetime(NOW + timedelta(days=days), usegmt=True) for days in (-400, -40, -3, -1, 1, 3, 40, 400)),
)
"""`Date` headers: none, wrong ones, and some in other zones and on other days."""

TIMES = (
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "8999-12-31T23:59:59+14:00",
    "2016-12-31T23:59:60Z",
    "2026-02-30",
    "soon",
    10**18,
    -1,
    None,
)
"""Times in answers."""

FIELDS = ("expires_at", "created_at", "last_used_at", "resets_at", "cachedAt")

INSTANTS = (
    *(datetime(year, 1, 1, tzinfo=timezone.utc) for year in (2000, 2038, 9000)),
    *(NOW + timedelta(days=days) for days in (-400, -40, -8, -1, 1, 8, 40, 400)),
    *(datetime(2026, 11, day, 23, 59, 59, tzinfo=timezone.utc) for day in (20, 22, 30)),
)
"""Times of this machine, some of them a second before a day, a week or a month ends."""

ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago", "Europe/Berlin")


@trial(count=150, about="clocks that differ, and times that cannot be")
def clocks(chance: Random) -> Iterator[Case]:
    changes: list[Callable[[World, Random], None]] = [_is_ahead, _has_other_date, _has_other_times, _shows_another_time]
    while True:
        change, own = chance.choice(changes), Random(chance.random())  # noqa: S311 (it keeps no secret)
        prepare = partial(_prepare, change=change, chance=own)
        yield Case(chance.choice(COMMAND_LINES), prepare, change.__name__, memory=chance.choice(MEMORIES))


def _prepare(world: World, change: Callable[[World, Random], None], chance: Random) -> None:
    world.skill.env["TZ"] = chance.choice(ZONES)
    world.lies = True  # times are a part of what is told
    change(world, chance)


def _is_ahead(world: World, chance: Random) -> None:
    """This machine shows the real time, OpenRouter that of the account: the figures are the right ones."""
    world.skill.env["TZ"] = "UTC"
    world.skill.now, world.lies = None, False


def _has_other_date(world: World, chance: Random) -> None:
    date, paths = chance.choice(DATES), chance.choice([(), ("/activity",), ("/auth/key",), ("/analytics/query",)])
    world.skill.now = chance.choice([None, NOW])
    world.done.append(f"Date: {date} of {paths or 'all'}")
    world.fake.rewrite = lambda asked, reply: reply._replace(date=date) if not paths or asked.path in paths else reply


def _has_other_times(world: World, chance: Random) -> None:
    value = chance.choice(TIMES)
    world.done.append(f"times: {value}")
    for path in ("/auth/key", "/keys", "/analytics/query"):
        world.fake.edit(path, partial(_with_times, value=value))


def _with_times(data: Any, value: Any) -> Any:
    if isinstance(data, dict):
        return {name: value if name in FIELDS else _with_times(one, value) for name, one in data.items()}
    return [_with_times(one, value) for one in data] if isinstance(data, list) else data


def _shows_another_time(world: World, chance: Random) -> None:
    world.skill.now = chance.choice(INSTANTS)
    world.done.append(f"--now {world.skill.now}")
