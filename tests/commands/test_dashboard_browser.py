"""The page of `dashboard` in a real browser, on a phone and a desktop, by day and by night, and on paper."""

from dataclasses import replace

import pytest
from test_dashboard import HOSTILE_SHOWN, hostile_account, written

from accounts import limited, steady
from browser import chromium
from conftest import days_from_now
from fleet import fleet

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def demo(skill, serve):
    written(skill, "--demo")


def urgent(skill, serve):
    account = limited(steady("2.10"), 20, 1.5, "monthly")
    account.key("agent").expires_at = days_from_now(2)
    written(skill.ask(serve(account), "agent", "admin"))


def regular(skill, serve):
    written(skill.ask(serve(fleet()), "key-3"))


def large(skill, serve):
    written(skill.ask(serve(fleet(keys=40)), "key-3", "admin"))


def hostile(skill, serve):
    account = hostile_account()
    account.purchased = 1000
    written(skill.ask(serve(account), "agent", "admin"))


PAGES = (demo, urgent, regular, large, hostile)


class Opened:
    """The page in a window, with all that it asked for or complained about."""

    def __init__(self, browser, file, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests, self.messages = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.goto(file.as_uri())
        self.file = file

    def unfold(self):
        self.page.eval_on_selector_all("details", "every => every.forEach(one => one.open = true)")


@pytest.fixture
def opened(browser, skill):
    """Opens the page that was written."""
    contexts = []

    def open_it(**options):
        one = Opened(browser, skill.cwd / "usage.html", **options)
        contexts.append(one.context)
        return one

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize("make", PAGES, ids=lambda make: make.__name__)
def test_it_asks_for_nothing_complains_of_nothing_and_fits_every_window(opened, skill, serve, make):
    make(skill, serve)
    for scheme in SCHEMES:
        for viewport in (PHONE, DESKTOP):
            shown = opened(viewport=viewport, color_scheme=scheme)
            shown.unfold()
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert shown.page.evaluate(wide) == 0
            assert len(shown.page.screenshot(full_page=True)) > 10_000
            assert shown.requests == [shown.file.as_uri()]
            assert shown.messages == []


def test_no_amount_is_broken_and_no_long_name_pushes_a_day_off_the_paper(opened, skill, serve):
    account = steady("9123456.12")
    account.events = [replace(one, model=f"v/{'long' * 30}") for one in account.events]
    written(skill.ask(serve(account), "agent", "admin"))
    shown = opened(viewport=PHONE)
    shown.unfold()
    heights = "every => every.map(one => one.getBoundingClientRect().height)"
    assert {one < 35 for one in shown.page.eval_on_selector_all(".tiles dd:first-of-type b", heights)} == {True}
    assert shown.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    shown.page.emulate_media(media="print")
    shown.page.set_viewport_size({"width": 680, "height": 900})
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 680


@pytest.mark.parametrize("make", PAGES, ids=lambda make: make.__name__)
def test_everybody_can_use_it_as_far_as_axe_can_tell(opened, skill, serve, make):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    make(skill, serve)
    for scheme, viewport in zip(SCHEMES, (PHONE, DESKTOP)):
        shown = opened(viewport=viewport, color_scheme=scheme)
        shown.unfold()
        found = axe.Axe().run(shown.page).response["violations"]
        assert [(one["impact"], one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_light_and_dark_are_two_schemes(opened, skill):
    written(skill, "--demo")
    grounds = [
        opened(color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in SCHEMES
    ]
    assert grounds == ["rgb(245, 246, 248)", "rgb(16, 19, 23)"]


def test_hostile_names_are_text(opened, skill, serve):
    hostile(skill, serve)
    shown = opened()
    shown.unfold()
    names = shown.page.eval_on_selector_all("#keys tbody th", "every => every.map(one => one.innerText.trim())")
    assert set(names) >= HOSTILE_SHOWN
    assert shown.page.evaluate("document.querySelectorAll('script, img, h1 b').length") == 0
    assert shown.page.title() == "OpenRouter usage, 2026-11-20 14:09 UTC"


def test_no_script_runs_even_if_one_were_in_it(opened, skill):
    written(skill, "--demo")
    file = skill.cwd / "usage.html"
    html = file.read_text(encoding="utf-8")
    file.write_text(html.replace("<main>", "<main><script>document.title = 'ran'</script>"), encoding="utf-8")
    shown = opened()
    assert shown.page.title() == "OpenRouter usage, 2026-11-20 14:09 UTC"
    assert "Content Security Policy" in shown.messages[0]


def test_a_reader_without_eyes_finds_headings_tables_and_what_the_bars_show(opened, skill):
    written(skill, "--demo")
    page = opened().page
    assert [one.inner_text() for one in page.get_by_role("heading", level=2).all()] == [
        *("Summary", "Spend by day", "Spend by model", "Keys and their limits", "Forecast", "Findings")
    ]
    assert page.get_by_role("heading", level=1).inner_text() == "OpenRouter usage"
    assert page.get_by_role("navigation", name="Contents").count() == 1
    caption = "Spend by model, all keys; 2026-10-21 to 2026-11-19, 30 completed UTC days: $133.53 + $3.90 BYOK"
    assert page.get_by_role("group", name=caption).get_by_role("table", name=caption).count() == 1
    row = page.get_by_role("region", name="Spend by model").get_by_role("rowheader", name="gpt-5.1")
    assert row.count() == 1
    drawn = page.get_by_role("img")
    assert drawn.count() == 1
    assert drawn.get_attribute("aria-label").startswith("Bars of the spend on 31 UTC days, the dearest ")


def test_what_the_keyboard_reaches_is_seen_to_be_reached(opened, skill):
    written(skill, "--demo")
    page = opened(viewport=PHONE).page
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        style = "[document.activeElement.tagName, %s.outlineStyle, %s.outlineWidth, %s.maskImage]"
        reached.append(page.evaluate(style.replace("%s", "getComputedStyle(document.activeElement)")))
    assert [one[0] for one in reached] == [*["A"] * 6, "SUMMARY", "DIV", "DIV"]
    assert {tuple(one[1:]) for one in reached} == {("solid", "2px", "none")}


def test_its_contents_lead_to_its_parts(opened, skill):
    written(skill, "--demo")
    page = opened(viewport=PHONE).page
    page.get_by_role("link", name="Findings").click()
    assert page.evaluate("document.querySelector('#findings').getBoundingClientRect().top < innerHeight")
    assert page.url.endswith("#findings")


def test_it_can_be_printed(opened, skill):
    written(skill, "--demo")
    shown = opened(color_scheme="dark")
    printed = shown.page.pdf(format="A4")
    assert printed.startswith(b"%PDF-") and printed.count(b"/Type /Page\n") in range(2, 6)
    shown.page.emulate_media(media="print")
    assert shown.page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert shown.page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(27, 31, 36)"
