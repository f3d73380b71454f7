"""Renders the page: one HTML document that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Callable

from openrouter_usage.commands.audit import text as audit_text
from openrouter_usage.commands.audit.records import Audit, Finding
from openrouter_usage.commands.chart import words as chart_words
from openrouter_usage.commands.chart.records import Chart
from openrouter_usage.commands.dashboard import days, tables, tiles
from openrouter_usage.commands.dashboard.elements import Child, Markup, element
from openrouter_usage.commands.dashboard.records import Account, Dashboard
from openrouter_usage.commands.dashboard.stylesheet import STYLE
from openrouter_usage.commands.forecast import text as forecast_text
from openrouter_usage.commands.report import words
from openrouter_usage.commands.report.records import Report
from openrouter_usage.commands.summary import text as summary_text
from openrouter_usage.commands.summary.records import Block
from openrouter_usage.records import VERSION, Note, Unknown
from openrouter_usage.text import expiry, month
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import instant
from openrouter_usage.text.style import CRITICAL, DEMO, SIGN, WARNING, role_of

TITLE, TOTAL, MISSING = "OpenRouter usage", "All profiles together", "What is not known"

PARTS = {
    "by_day": "Spend by day",
    "by_model": "Spend by model",
    "by_key": "Keys and their limits",
    "audit": "Findings",
}
"""The headings of the parts of an account, by their names in its record."""

POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
"""The content security policy: nothing is loaded, nothing is run, and no style but the page's own applies."""

URGENT = {WARNING: "Warning", CRITICAL: "Critical"}
"""The words before lines that need doing something, by their role."""

RANGE = "80%"
"""What the lines of a forecast call a range that has to be explained."""

OPEN_FINDINGS = 12
"""The findings that are not folded."""

Part = tuple[str, str, Iterable[Child]]
"""A part of an account: its anchor, its heading and its content."""


def render(found: Dashboard) -> str:
    """Returns the whole document."""
    policy = POLICY.format(b64encode(sha256(STYLE.encode()).digest()).decode())
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{TITLE}, {instant(found.summary.now)}"),
        element("style", Markup(STYLE)),
    )
    body = element("body", days.HATCH, _header(found), element("main", _main(found)), _footer(found))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _header(found: Dashboard) -> Markup:
    demo = f"{DEMO.capitalize()}. " if found.summary.demo else ""
    made = f"{demo}Made {instant(found.summary.now)}. Days, weeks (from Monday) and months are UTC."
    links = [element("li", element("a", heading, href=f"#{anchor}")) for anchor, heading in _contents(found)]
    return element(
        "header",
        element("h1", TITLE),
        element("p", made, class_="small"),
        element("p", f"{summary_text.footer(found.summary.now)}.", class_="small"),
        element("nav", element("ul", links), aria_label="Contents"),
    )


def _contents(found: Dashboard) -> Iterator[tuple[str, str]]:
    """Yields where the page's contents lead to: the profiles, or the parts of a single one."""
    if found.is_of_one:
        yield from ((anchor, heading) for anchor, heading, _ in _parts(found.accounts[0], found))
        return
    if found.summary.total:
        yield "total", TOTAL
    yield from ((f"profile-{number}", one.profile) for number, one in enumerate(found.accounts, 1))


def _main(found: Dashboard) -> Iterator[Markup]:
    if found.is_of_one:
        yield from (_section("h2", *part) for part in _parts(found.accounts[0], found))
        return
    if found.summary.total:
        yield _section("h2", "total", TOTAL, _total(found))
    for number, one in enumerate(found.accounts, 1):
        anchor = f"profile-{number}"
        parts = [
            _section("h3", f"{anchor}-{place}", heading, content, within=anchor)
            for place, heading, content in _parts(one, found)
        ]
        title = element("h2", one.profile, id=f"{anchor}-heading")
        yield element("section", title, parts, id=anchor, class_="profile", aria_labelledby=f"{anchor}-heading")


def _section(level: str, anchor: str, heading: str, content: Iterable[Child], within: str = "") -> Markup:
    """Returns a section, which is named by its heading, behind that of the one that it is within."""
    names = [f"{one}-heading" for one in (within, anchor) if one]
    title = element(level, heading, id=names[-1])
    return element("section", title, content, id=anchor, class_="part", aria_labelledby=" ".join(names))


def _footer(found: Dashboard) -> Markup:
    made = element("p", f"Made by openrouter-usage {VERSION}.", class_="small")
    return element("footer", _notes(found.notes), made)


# The parts


def _parts(account: Account, found: Dashboard) -> Iterator[Part]:
    """Yields the parts of an account, and behind them why the others could not be had."""
    whose = _whose(account)
    yield from _of_blocks("summary", "Summary", account, lambda block: _summary(block, found))
    if not isinstance(account.by_day, Unknown):
        yield "days", PARTS["by_day"] + whose, _days(account.by_day, found)
    if not isinstance(account.by_model, Unknown):
        yield "models", PARTS["by_model"] + whose, _report(account.by_model, found)
    if not isinstance(account.by_key, Unknown):
        yield "keys", PARTS["by_key"] + whose, _report(account.by_key, found)
    yield from _of_blocks("forecast", "Forecast", account, lambda block: _forecast(block, found))
    if not isinstance(account.audit, Unknown):
        yield "findings", PARTS["audit"] + whose, _audit(account.audit, found)
    if account.gaps:
        yield "missing", MISSING, [_terms(_by_reason((PARTS[name], gap) for name, gap in account.gaps.items()))]


def _whose(account: Account) -> str:
    """Returns what is behind the headings of what the management key sees, where the profile has several accounts."""
    titles = [f": {block.title}" for block in account.blocks if block.scope == "account"]
    return titles[0] if titles and len(account.blocks) > 1 else ""


def _of_blocks(
    anchor: str, heading: str, account: Account, content: Callable[[Block], Iterable[Child]]
) -> Iterator[Part]:
    """Yields a part of each of the accounts of a profile, whose name is in its heading where there are several."""
    several = len(account.blocks) > 1
    for number, block in enumerate(account.blocks, 1):
        named = (f"{anchor}-{number}", f"{heading}: {block.title}") if several else (anchor, heading)
        yield (*named, content(block))


def _summary(block: Block, found: Dashboard) -> Iterator[Child]:
    now = found.summary.now
    for place, line in enumerate(summary_text.lasts(block, now)):
        yield _line(line) if place else element("p", line, class_="answer")
    if block.month is not None:
        yield from map(_line, month.summary_line(block.month, now))
    yield from (_urgent(expiry.line(what, at, now), WARNING) for what, at in block.expiring.items())
    yield _tiles(tiles.of_block(block, found.summary))
    yield from (element("p", line) for line in summary_text.today_local(block, now))
    yield _unknown(tiles.gaps(block))
    yield _notes(found.own(block.notes))


def _unknown(gaps: Iterable[tuple[str, Unknown]]) -> Iterator[Markup]:
    """Yields why figures are not known, each reason once, with whose they are."""
    for names, advice in _by_reason(gaps):
        yield element("p", f"{names[0].upper()}{names[1:]}: unknown ({advice})", class_="small")


def _by_reason(gaps: Iterable[tuple[str, Unknown]]) -> list[tuple[str, str]]:
    """Returns each reason once, behind the names of what is not known for it."""
    named: dict[str, list[str]] = {}
    for name, gap in gaps:
        named.setdefault(gap.advice, []).append(name)
    return [(", ".join(dict.fromkeys(names)), advice) for advice, names in named.items()]


def _line(line: str) -> Markup:
    """Returns a line; one that needs doing something stands out, and says so."""
    role = role_of(line)
    return _urgent(line.replace(SIGN, "", 1), role) if role in URGENT else element("p", line)


def _urgent(words: str, role: str) -> Markup:
    return element("p", element("strong", f"{URGENT[role]}:"), f" {words}", class_=role)


def _total(found: Dashboard) -> Iterator[Child]:
    total = found.summary.total
    if isinstance(total, Unknown):
        yield element("p", f"Unknown: {total.advice}")
    elif total:
        yield _tiles(tiles.of_total(total, found.summary))
        yield _unknown(tiles.total_gaps(total))


def _tiles(shown: Iterable[tiles.Tile]) -> Markup:
    return element("dl", map(_tile, shown), class_="tiles")


def _tile(tile: tiles.Tile) -> Markup:
    label = element("dt", f"{tile.label} ", element("span", tile.of, class_="small"))
    figures = [element("dd", element("b", one.text), f" {', '.join(one.about)}") for one in tile.figures]
    meter = element("dd", tables.bar(tile.used, "meter"), aria_hidden="true") if tile.used is not None else None
    return element("div", label, figures, meter)


def _days(chart: Chart, found: Dashboard) -> Iterator[Child]:
    yield element("p", chart_words.title(chart))
    yield days.figure(chart)
    yield days.table(chart)
    yield element("p", " ".join(f"{line[:1].upper()}{line[1:]}." for line in days.explained(chart)), class_="small")
    yield _notes(found.own(chart.notes))


def _report(report: Report, found: Dashboard) -> Iterator[Child]:
    report = report._replace(notes=found.own(report.notes))
    yield from tables.of_report(report, f"Spend by {report.query.by[0]}, all keys; {'; '.join(words.days(report))}")
    yield element("p", " ".join(tables.explained(report)), class_="small")
    yield _listed(tables.notes(report))


def _forecast(block: Block, found: Dashboard) -> Iterator[Child]:
    lines = forecast_text.lines(block, found.summary)
    told = [line.partition(": ") for line in lines if ": " in line]
    yield _terms([(what, words) for what, _, words in told])
    yield from (element("p", line) for line in lines if ": " not in line)
    if any(RANGE in line for line in lines):
        yield element("p", forecast_text.LEGEND, class_="small")


def _audit(audit: Audit, found: Dashboard) -> Iterator[Child]:
    yield element("p", f"{audit_text.headline(audit)}.")
    told = [(_amount(one), [element("p", f"{one.message}."), _next(one)]) for one in audit.findings]
    yield _terms(told[:OPEN_FINDINGS], "terms amounts")
    folded = told[OPEN_FINDINGS:]
    if folded:
        yield element("details", element("summary", f"{len(folded)} more"), _terms(folded, "terms amounts"))
    foot = audit_text.foot(audit._replace(notes=found.own(audit.notes)))
    yield from (element("p", line, class_="small") for line in foot)


def _amount(finding: Finding) -> str:
    return audit_text.NO_AMOUNT if finding.usd is None else dollars(finding.usd)


def _next(finding: Finding) -> Markup:
    return element("p", f"Next: {finding.next_step}", class_="small")


def _terms(rows: Sequence[tuple[str, Child]], class_: str = "terms") -> Child:
    """Returns rows with what is spoken of on the left, and what is said of it on the right."""
    divs = [element("div", element("dt", what), element("dd", told)) for what, told in rows]
    return element("dl", divs, class_=class_) if divs else None


def _notes(notes: Sequence[Note]) -> Child:
    return _listed([f"Note: {note.message}" for note in notes])


def _listed(lines: Sequence[str]) -> Child:
    return element("ul", [element("li", line) for line in lines], class_="notes small") if lines else None
