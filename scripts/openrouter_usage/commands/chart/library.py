"""Loads matplotlib, if the user has it, with no settings but our own; `picture` draws with it behind that."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from openrouter_usage import invocation
from openrouter_usage.errors import MissingLibrary, is_broken_bytecode

LEAST = (3, 6)
"""The first version that can be told that a name is no formula, and that takes letters from several fonts."""

OWN_FONT = "DejaVu Sans"
"""The font that matplotlib brings along."""

OTHER_FONTS = (
    *("Noto Sans CJK", "Noto Sans", "Noto Emoji", "Source Han Sans", "WenQuanYi", "IPA", "Hiragino Sans", "PingFang"),
    *("Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Arial Unicode", "Segoe UI", "FreeSans"),
)
"""How the names of fonts begin that are looked through for letters that it lacks, the first ones first."""

COLOURED = "Color"
"""What is in the names of fonts whose letters are pictures, which matplotlib cannot draw."""

SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
    "svg.hashsalt": "openrouter-usage",  # the same chart is the same file
    "hatch.linewidth": 1.5,
}


def load() -> None:
    """Imports matplotlib without reading a settings file. Raises MissingLibrary."""
    # Before any other file it reads a matplotlibrc of the working directory; a backend that does not exist ends it.
    os.environ.update(MATPLOTLIBRC=os.devnull, MPLBACKEND="agg")
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL + 1)
    with _in_own_folder(), _without_warnings():
        try:
            import matplotlib.backends.backend_svg
            import matplotlib.figure
        except ModuleNotFoundError:
            raise _missing("which this Python does not have") from None
        except Exception as error:  # it may not fit the packages that it needs
            if is_broken_bytecode(error):
                raise
            raise _missing(f"which cannot be loaded here ({type(error).__name__})") from None
    if tuple(map(int, matplotlib.__version__.split(".")[:2])) < LEAST:
        raise _missing(f"3.6 or later: this is {matplotlib.__version__}")


def _missing(reason: str) -> MissingLibrary:
    return MissingLibrary(
        f"pictures are drawn by matplotlib, {reason}",
        f"install matplotlib for this Python, or use `{invocation.by_uv('matplotlib')} chart ...`; "
        "without --output the chart is drawn in the terminal, and `dashboard --output usage.html` needs no package",
    )


@contextmanager
def _in_own_folder() -> Iterator[None]:
    """Makes this folder the working directory for a while; one that is gone holds nothing to be read."""
    try:
        before = os.getcwd()
    except OSError:
        before = ""
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    try:
        yield
    finally:
        if before:
            os.chdir(before)


@contextmanager
def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def settings(texts: Iterable[str]) -> Iterator[None]:
    """Draws with matplotlib's defaults, and fonts that have the letters of these texts as far as there are any."""
    import matplotlib

    with _without_warnings(), matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**SETTINGS, "font.family": _fonts(frozenset().union(*texts))})
        yield


def _fonts(letters: Iterable[str]) -> list[str]:
    """Returns the fonts to draw these letters with: the own one, and those of the user that have what it lacks."""
    from matplotlib import font_manager

    fonts = [OWN_FONT]
    lacking = _lacking(font_manager.findfont(OWN_FONT), letters)
    listed = {one.name: one.fname for one in font_manager.fontManager.ttflist if COLOURED not in one.name}
    for name in (name for start in OTHER_FONTS for name in sorted(listed) if name.startswith(start)):
        still = _lacking(listed[name], lacking) if lacking else lacking
        fonts += [name] if len(still) < len(lacking) else []
        lacking = still
    return fonts


def _lacking(path: str, letters: Iterable[str]) -> list[str]:
    """Returns the letters that the font in that file has not; all of them if it cannot be read."""
    from matplotlib import font_manager

    try:
        held = font_manager.get_font(path).get_charmap()
    except (OSError, RuntimeError):
        return sorted(letters)
    return [one for one in sorted(letters) if one.isprintable() and ord(one) not in held]
