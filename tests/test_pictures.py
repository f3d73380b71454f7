"""The pictures in documents are what this version shows, need nothing else, and can be read without being seen."""

import re
import shutil
from base64 import b64encode
from xml.etree import ElementTree

import pytest

import pictures
from browser import chromium
from documents import TEXTS

PICTURE = r"!\[([^]]*)\]\((?:references/)?pictures/(\w+)\.svg\)"
SHOWN = [shown for text in TEXTS.values() for shown in re.findall(PICTURE, text)]
"""The descriptions of the pictures in the documents, each with the picture's name."""


def test_the_pictures_are_of_this_version(capsys):
    assert (pictures.main(["--check"]), capsys.readouterr().out) == (0, "")


def test_one_that_is_not_is_named_and_made_anew(tmp_path, monkeypatch, capsys):
    names = {"summary": pictures.PICTURES["summary"], "report": pictures.PICTURES["report"]}
    folder = tmp_path / "references" / "pictures"
    shutil.copytree(pictures.FOLDER, folder)
    for name, value in {"ROOT": tmp_path, "FOLDER": folder, "PICTURES": names}.items():
        monkeypatch.setattr(pictures, name, value)
    summary = folder / "summary.svg"
    before = summary.read_text(encoding="utf-8")
    summary.write_text(before.replace("$41.36", "$41.37"), encoding="utf-8")
    assert pictures.main(["--check"]) == 1
    assert capsys.readouterr().out == "references/pictures/summary.svg is not of this version\n"
    assert (pictures.main([]), summary.read_text(encoding="utf-8")) == (0, before)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_asks_nobody(name):
    text = pictures.file(name).read_text(encoding="utf-8")
    ElementTree.fromstring(text)  # noqa: S314 (it is our own)
    assert re.findall("<script|<image|<iframe|@import|@font-face|url\\((?!#)|(?:src|href)=[\"'](?!#)", text) == []


def test_a_browser_shows_them_as_images():
    with chromium() as running:
        page = running.new_page()
        page.goto("about:blank")
        for name in pictures.PICTURES:
            text = b64encode(pictures.file(name).read_bytes()).decode()
            page.set_content(f'<img src="data:image/svg+xml;base64,{text}">')
            page.wait_for_function("document.images[0].complete")
            assert page.evaluate("document.images[0].naturalWidth") > 800


def test_every_picture_is_shown_and_described_by_figures_that_are_in_it():
    assert {name for _, name in SHOWN} == set(pictures.PICTURES)
    for description, name in SHOWN:
        text = " ".join(ElementTree.parse(pictures.file(name)).getroot().itertext())  # noqa: S314
        amounts = re.findall(r"\$\d+(?:\.\d+)?", description)
        assert amounts
        assert [amount for amount in amounts if amount not in text] == []
