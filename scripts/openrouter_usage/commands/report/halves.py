"""Asks again, in halves of its days, for an answer of which OpenRouter left rows out."""

from __future__ import annotations

from typing import Callable

from openrouter_usage.days import DAY, Span, every_day
from openrouter_usage.errors import Failure
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures import rows
from openrouter_usage.records import Question, UsageTable

MOST_QUESTIONS = 16
"""The questions to analytics about one span of days, the first one among them: OpenRouter takes 64 a minute."""

QuestionOf = Callable[[Span], Question[UsageTable]]


def whole(asker: Asker, question_of: QuestionOf, span: Span, cut: UsageTable, left: int) -> UsageTable:
    """Returns the rows of a span whose answer was `cut`, asked again in halves with at most `left` questions.

    A part stays as it is if it is a single day, if its halves are not answered, or if no question is left.
    """
    parts: dict[Span, UsageTable] = {span: cut}
    given_up: set[Span] = set()
    while True:
        cut_parts = [one for one, table in parts.items() if table.partial and one[0] < one[1] and one not in given_up]
        asked = cut_parts[: left // 2]
        if not asked:
            return joined(list(parts.values()))
        left -= 2 * len(asked)
        for half in (half for one in asked for half in _halves(one)):
            asker.ask(question_of(half))
        for one in asked:
            answers = {half: asker.answer(question_of(half)) for half in _halves(one)}
            tables = {
                half: rows.within(table, every_day(half))  # that of the next midnight may come along
                for half, table in answers.items()
                if not isinstance(table, Failure)
            }
            if len(tables) < len(answers):
                given_up.add(one)
            else:
                del parts[one]
                parts.update(tables)


def _halves(span: Span) -> tuple[Span, Span]:
    middle = span[0] + (span[1] - span[0]) // 2
    return (span[0], middle), (middle + DAY, span[1])


def joined(tables: list[UsageTable]) -> UsageTable:
    """Returns tables of the same dimensions as one, of the time of the oldest."""
    return tables[0]._replace(
        rows=tuple(row for table in tables for row in table.rows),
        partial=any(table.partial for table in tables),
        warnings=tuple(dict.fromkeys(warning for table in tables for warning in table.warnings)),
        as_of=min((table.as_of for table in tables if table.as_of), default=None),
    )
