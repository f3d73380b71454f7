"""Lists the dimensions that usage can be grouped by, one row each.

To add a dimension, add its row: the options, the questions to OpenRouter and the tables all read this list.
"""

from typing import NamedTuple

PATHS = {"activity": "/activity", "analytics": "/analytics/query"}
"""The two endpoints that group usage."""

ACTIVITY_REACH = 30
"""The completed UTC days for which /activity has rows."""

ANALYTICS_REACH, FINE_REACH = 366, 31
"""The completed UTC days for which /analytics/query has rows; the fewer by hour and by provider. It takes 367 days,
the current one among them."""

MOST_DIMENSIONS = 2
"""The dimensions, besides the time, that /analytics/query groups by at once."""

NO_KEY, CHATROOM = "(no key)", "Chatroom"
"""The name of usage for which OpenRouter names no key, and its own label of the use of its chatroom."""

WITHOUT_KEY = (NO_KEY, CHATROOM)
"""The names of use that is no key's. A listed key may still be called so."""

CHATROOM_IDS = (-1, "-1")
"""The chatroom in the place of a key's id, where OpenRouter does not label it."""


class Dimension(NamedTuple):
    """A dimension, by its heading in tables and by what it is called in questions to /analytics/query.

    That is a `column`, or for a time a `granularity`. A period, made of UTC days, is no question of its own: its `base`
    is the time by which it is asked for. `nameless` is what we call use that has no name in the column, `label` what
    OpenRouter may call it. `email_column` is a second column that stands beside it in answers, for a dimension of
    people. `activity_field` is the field of an ActivityRow, empty where /activity does not group by it. `reach` is the
    number of completed UTC days that /analytics/query answers by it. The names of an `is_id` dimension are ids, which
    OpenRouter filters as they are. `is_public`: its names are OpenRouter's own, so that --redact leaves them.
    """

    heading: str
    column: str = ""
    nameless: str = ""
    label: str = ""
    email_column: str = ""
    granularity: str = ""
    base: str = ""
    activity_field: str = ""
    reach: int = ANALYTICS_REACH
    is_id: bool = False
    is_public: bool = False

    @property
    def is_private(self) -> bool:
        """Tells whether its names may tell who somebody is, or what they work on."""
        return not (self.is_public or self.granularity or self.base)

    @property
    def noun(self) -> str:
        """What one of it is called in a sentence, as "external user", and "day" for a date."""
        named = self.heading.lower().split(" (")[0].replace(" from", "")
        return "day" if self.granularity == "day" else named

    def called(self, name: str) -> str:
        """Returns the name with its noun, as "key agent"; one such as "key 1" says itself what it is."""
        return name if name.startswith(f"{self.noun} ") else f"{self.noun} {name}"


DIMENSIONS: dict[str, Dimension] = {
    "model": Dimension("Model", "model", "(unnamed model)", activity_field="model", is_public=True),
    "provider": Dimension(
        "Provider", "provider", "(unnamed provider)", activity_field="provider", reach=FINE_REACH, is_public=True
    ),
    "date": Dimension("Date", granularity="day", activity_field="day"),
    "week": Dimension("Week from", base="date", activity_field="day"),
    "month": Dimension("Month", base="date", activity_field="day"),
    "weekday": Dimension("Weekday", base="date", activity_field="day"),
    "key": Dimension("Key", "api_key_id", NO_KEY, CHATROOM),
    "app": Dimension("App", "app", "(no app)", "Unknown"),
    "user": Dimension("User", "user", "(no user)", email_column="user_email"),
    "workspace": Dimension("Workspace", "workspace", "(no workspace)", "Unattributed"),
    "hour": Dimension("Hour (UTC)", granularity="hour", reach=FINE_REACH),
    "session": Dimension("Session", "session_id", "(no session)", reach=FINE_REACH, is_id=True),
    "external_user": Dimension("External user", "external_user", "(no external user)", reach=FINE_REACH, is_id=True),
    "generation": Dimension("Generation", "generation_id", "(no id)", reach=FINE_REACH, is_id=True),
}

PERIODS = tuple(name for name, one in DIMENSIONS.items() if one.base)
"""The dimensions that several days have in common."""

NAMED = tuple(name for name, one in DIMENSIONS.items() if not (one.granularity or one.base or one.is_id))
"""The dimensions that say who or what, by names and not by ids."""

TIMES = tuple(name for name, one in DIMENSIONS.items() if one.granularity or one.base)
"""The dimensions that say when; the others say who, or what."""
