"""Answers `forecast`."""

from commands import summary
from output import Output
from renderers import forecast
from session import Session


def run(session: Session) -> Output:
    render = forecast.render_json if session.args.format == "json" else forecast.render
    return Output(0, render(summary.known(session)))
