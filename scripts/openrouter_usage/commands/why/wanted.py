"""Makes of two periods the queries that compare them."""

from datetime import date
from typing import Optional, Tuple

from openrouter_usage.commands.report import reach
from openrouter_usage.commands.report.records import Query
from openrouter_usage.commands.why.records import Pair, Periods, Sources, Wanted
from openrouter_usage.days import Span


def wanted(asked: Periods, today: date) -> Wanted:
    """What is to be asked for on that UTC day: the use by model, and by what is to be told besides."""
    models = Sources(_pair(("date", "model", "provider"), asked, today), _pair(("date", "model"), asked, today, True))
    return Wanted(models, _through(asked, today))


def _through(asked: Periods, today: date) -> Optional[Sources]:
    if asked.by is None:
        return None
    return Sources(_pair((asked.by,), asked, today), _pair((asked.by,), asked, today, True))


def _pair(by: Tuple[str, ...], asked: Periods, today: date, by_analytics: bool = False) -> Pair:
    return Pair(*(_query(by, span, today, by_analytics) for span in (asked.later, asked.earlier)))


def _query(by: Tuple[str, ...], span: Span, today: date, by_analytics: bool) -> Query:
    query = Query(by, *span, with_credits=False, by_analytics=by_analytics)
    return query._replace(reach=reach.told(query, today))
