"""The HTML page in a browser: real versions, clicks and keys, hostile texts, and readers who neither see nor hover.

Needs Chromium on the path, as Debian's package `chromium` brings it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from curate import manifest as manifests
from curate.build import Request
from curate.build import build as build_version
from curate.diff import diff
from curate.recipe import load
from curate_reports.page.document import page
from curate_reports.page.file import write, write_diff
from curate_reports.page.view import Options
from support.birbal import sets
from support.sections import OF_TWO, SECTIONS
from support.tiny_tokenizer import save

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHAPES = [(1440, "light"), (1440, "dark"), (420, "light"), (420, "dark")]
ONE_SOURCE = """\
version: 1
name: one
sources:
  lima: {adapter: lima, path: lima.json}
format: {columns: messages}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the path (Debian: apt-get install chromium)")
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab in which nothing may be logged and nothing asked for but the file."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    opened, said = context.new_page(), []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else said.append(one.url))
    yield opened
    context.close()
    assert said == []


def build(recipe: Path, home: Path, *changes: str, **variables: str) -> Path:
    request = Request(out=home / "out", cache=home / "cache", workers=1)
    return build_version(load(str(recipe), variables, list(changes)), request).path / "report.html"


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT / "recipes/quickstart.yaml", tmp_path_factory.mktemp("quickstart"))


@pytest.fixture(scope="module")
def birbal(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """The steps of the winning recipe on a part of the real sets, scored by predictions for their tasks."""
    home = tmp_path_factory.mktemp("birbal")
    data, predictions = sets(real_data, home)
    recipe = home / "mini.yaml"
    text = "version: 1\nextends: birbal-mini\nname: birbal-mini\nexpect: {rows: {min: 3000}}\n"
    recipe.write_text(text, encoding="utf-8")
    return build(recipe, home, data=str(data), predictions=str(predictions))


@pytest.fixture(scope="module")
def compared(quickstart: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What differs between the quickstart and another of shorter prompts, fewer near-duplicates and more tests."""
    home = tmp_path_factory.mktemp("compared")
    changes = ("steps.1.filter.words.max=60", "steps.6.dedup.threshold=0.8", "split.test=0.1")
    new, old = build(ROOT / "recipes/quickstart.yaml", home, *changes).parent, quickstart.parent
    write_diff(diff(old, new), old, new, home / "diff.html")
    write(new, home / "both.html", Options(against=old))
    return home / "diff.html"


@pytest.fixture(scope="module")
def both(compared: Path) -> Path:
    """The report of the later version, with its difference to the earlier one."""
    return compared.with_name("both.html")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    home = tmp_path_factory.mktemp("single")
    shutil.copy(real_data / "lima/lima.json", home)
    recipe = home / "one.yaml"
    recipe.write_text(ONE_SOURCE, encoding="utf-8")
    return build(recipe, home)


def opened(tab: Page, path: Path, fragment: str = "") -> Page:
    tab.goto("about:blank")
    tab.goto(path.as_uri() + fragment)
    return tab


@pytest.mark.parametrize("which", ["quickstart", "birbal", "single", "both", "compared"])
def test_real_versions(which: str, tab: Page, request: pytest.FixtureRequest) -> None:
    """Every section is there, nothing is wider than the screen, and axe finds nothing, in four shapes."""
    path: Path = request.getfixturevalue(which)
    assert path.stat().st_size < 1_000_000
    for width, mode in SHAPES:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme="dark" if mode == "dark" else "light")
        opened(tab, path)
        for name in {"compared": OF_TWO, "both": (*SECTIONS, *OF_TWO[:-1])}.get(which, SECTIONS):
            expect(tab.locator(f"#{name}")).to_be_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        tab.evaluate("document.querySelectorAll('details:not([name])').forEach(one => { one.open = true; })")
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(tab)
        assert found.violations_count == 0, (width, mode, found.generate_report())


def test_tasks_stand_at_their_quotas(birbal: Path, tab: Page) -> None:
    """A dot a scored task; none above the stair, which has a step for each of the recipe's quotas."""
    opened(tab, birbal)
    section = tab.locator("#difficulty .wide")
    scores = pl.read_parquet(birbal.parent / "scores/tasks.parquet")
    scored = scores.filter(pl.col("metric") == "exact_match").drop_nulls("mean")
    assert section.locator("circle").count() == scored.height > 3
    path = section.locator("path.stair").get_attribute("d") or ""
    corners = re.findall(r"[ML]([\d.]+),([\d.]+)H([\d.]+)", path)
    assert len(corners) == 10
    steps = [tuple(map(float, corner)) for corner in corners]
    dots = section.locator("circle").evaluate_all("all => all.map(one => [one.cx.baseVal.value, one.cy.baseVal.value])")
    for x, y in dots:
        quota = next(up for low, up, high in steps if low <= x <= high + 0.1)
        assert y >= quota - 0.1  # y grows downwards: at most as many records as the quota
    assert any(abs(y - quota) < 0.1 for _, y in dots for _, quota, _ in steps)


def test_the_token_budget_of_a_tokenizer(birbal: Path, tab: Page, tmp_path: Path) -> None:
    """In tokens, with the model's limit as a line, records beyond it, padding and packing."""
    tokenizer = save(tmp_path / "model") / "tokenizer.json"
    path = tmp_path / "tokens.html"
    write(birbal.parent, path, Options(tokenizer=str(tokenizer), limit=512))
    opened(tab, path)
    expect(tab.locator("#h-budget")).to_have_text("Token budget")
    expect(tab.locator("#budget")).to_contain_text("packed into blocks of 512")
    expect(tab.locator("#lengths .wide .limit")).to_have_count(1)
    expect(tab.locator("#lengths")).to_contain_text("longer than the limit of 512")
    assert Axe().run(tab).violations_count == 0


def test_a_bin_leads_to_what_it_took(quickstart: Path, tab: Page) -> None:
    opened(tab, quickstart)
    tab.locator('#flow .wide a[href*="6.dedup"]').click()
    expect(tab.locator("#step")).to_have_value("6.dedup")
    assert "step=6.dedup" in tab.url
    expect(tab.locator("#list li").first).to_contain_text("near-duplicate")
    expect(tab.locator("#record")).to_contain_text("similarity")
    assert tab.locator("#list li").count() == tab.locator("#list .pill").count() > 3
    tab.locator("#clear").click()
    expect(tab.locator("#count")).to_have_text("400 of 400")


def test_search_filters_and_order(quickstart: Path, tab: Page) -> None:
    opened(tab, quickstart)
    tab.locator("#outcome").select_option("dropped")
    tab.locator("#source").select_option("assistant")
    expect(tab.locator("#count")).not_to_have_text("400 of 400")
    names = tab.locator("#list .name").all_inner_texts()
    assert set(names) == {"assistant"}
    tab.locator("#order").select_option("short")
    sizes = [int(text.replace(",", "")) for text in tab.locator("#list .size").all_inner_texts()]
    assert sizes == sorted(sizes)
    tab.locator("#q").fill("no record says this")
    expect(tab.locator("#list li")).to_have_count(0)
    expect(tab.locator("#record")).to_contain_text("holds no such record")


def test_all_of_it_by_keyboard(quickstart: Path, tab: Page) -> None:
    opened(tab, quickstart)
    tab.keyboard.press("Tab")
    expect(tab.locator(".skip")).to_be_focused()
    tab.keyboard.press("/")
    expect(tab.locator("#q")).to_be_focused()
    tab.locator("#list").focus()
    first = tab.locator("#record").inner_text()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("j")
    expect(tab.locator('#list [aria-selected="true"]')).to_have_id("item-2")
    assert tab.locator("#record").inner_text() != first
    tab.keyboard.press("Home")
    assert tab.locator("#record").inner_text() == first
    tab.keyboard.press("End")
    expect(tab.locator('#list [aria-selected="true"]')).to_be_in_viewport()
    bin_ = tab.locator('#flow .wide a[href*="5.dedup"]')
    bin_.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#step")).to_have_value("5.dedup")
    expect(tab.locator("#list")).to_be_focused()


def test_links_name_a_record(quickstart: Path, tab: Page) -> None:
    opened(tab, quickstart)
    tab.locator("#outcome").select_option("kept")
    tab.locator("#list li").nth(7).click()
    shown, link = tab.locator("#record").inner_text(), tab.url
    assert "outcome=kept" in link
    opened(tab, quickstart, "#" + link.partition("#")[2])
    expect(tab.locator("#record")).to_have_text(shown, use_inner_text=True)
    expect(tab.locator("#samples")).to_be_in_viewport()


def test_light_and_dark(quickstart: Path, tab: Page) -> None:
    tab.emulate_media(color_scheme="light")
    opened(tab, quickstart)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = tab.evaluate(colour)
    tab.locator("#theme").click()
    assert tab.evaluate(colour) != before
    tab.locator("#theme").click()
    assert tab.evaluate(colour) == before


def test_still_pictures_for_those_who_ask(quickstart: Path, tab: Page) -> None:
    opened(tab, quickstart)
    moves = "getComputedStyle(document.querySelector('.r')).transitionDuration"
    assert tab.evaluate(moves) == "0s"
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    tab.emulate_media(reduced_motion="no-preference")
    assert tab.evaluate(moves) != "0s"
    assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"


@pytest.mark.parametrize("which", ["quickstart", "compared"])
def test_on_paper_all_is_to_be_seen(which: str, tab: Page, request: pytest.FixtureRequest) -> None:
    """What is closed on the screen is open, nothing is cut off, and what only serves the hand is left out."""
    opened(tab, request.getfixturevalue(which))
    tab.emulate_media(media="print")
    expect(tab.locator("nav")).to_be_hidden()
    hidden = """() => [...document.querySelectorAll('details > :not(summary), .card')].filter(
        (one) => !one.checkVisibility() || !one.getBoundingClientRect().height).map((one) => one.outerHTML)"""
    assert tab.evaluate(hidden) == []
    cut = """() => [...document.querySelectorAll('.scroll, .pair > div, .alone, pre, #record')].filter(
        (one) => one.scrollHeight > one.clientHeight + 1).map((one) => one.outerHTML.slice(0, 200))"""
    assert tab.evaluate(cut) == []
    if which == "quickstart":
        expect(tab.locator("#list")).to_be_hidden()
        expect(tab.locator("#record")).to_be_visible()


def test_groups_of_differences_open_by_key_and_by_link(compared: Path, tab: Page) -> None:
    opened(tab, compared)
    second = tab.locator("#group-2")
    expect(second).not_to_have_attribute("open", "")
    second.locator("summary").focus()
    tab.keyboard.press("Enter")
    expect(second).to_have_attribute("open", "")
    record = second.locator(".record").first
    expect(record.locator("del")).to_have_text("train")
    expect(record.locator("ins")).to_have_text("test")
    name = record.get_attribute("id")
    opened(tab, compared, f"#{name}")
    expect(tab.locator("#group-2")).to_have_attribute("open", "")
    expect(tab.locator(f"#{name}")).to_be_in_viewport()
    tab.locator("#group-1 summary").click()
    expect(tab.locator("#group-1")).not_to_have_attribute("open", "")
    tab.locator("nav a[href='#shifts']").click()
    expect(tab.locator("#h-shifts")).to_be_in_viewport()


HOSTILE = (
    "</script><img src=x onerror=\"document.title='1'\"><b>bold</b> "
    "\u202egnp.exe\u202c zero\u200bwidth \x1b[31m {{ 7*7 }}"
)
ARABIC = "مرحبا بالعالم، هذا سؤال عن التاريخ"


def test_hostile_texts_stay_texts(build: Any, rows: list[Any], tab: Page, tmp_path: Path) -> None:
    told = {f"{name} {HOSTILE}": info.model_dump() for name, info in manifests.read(build()).sources.items()}
    changed = [
        {**row, "prompt": HOSTILE if n % 2 else ARABIC, "completion": HOSTILE, "task": HOSTILE}
        | {"source": f"{row['source']} {HOSTILE}"}
        for n, row in enumerate(rows)
    ]
    path = tmp_path / "hostile.html"
    path.write_text(
        page(build(changed, name="set", sources=told, description=HOSTILE, stages=[], terms=[])), encoding="utf-8"
    )
    opened(tab, path)
    assert tab.title() == "set 00000000000000aa"
    assert tab.locator("main img, main b").count() == 0
    tab.locator("#q").fill("exe")
    text = tab.locator("#record .text").first
    expect(text).to_contain_text("<b>bold</b> U+202Egnp.exeU+202C zeroU+200Bwidth U+001B[31m {{ 7*7 }}")
    assert text.locator(".cp").all_inner_texts() == ["U+202E", "U+202C", "U+200B", "U+001B"]
    tab.locator("#q").fill("مرحبا")
    arabic = tab.locator("#record .text").first
    assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
    # What stands in the page, rather than in its data, is safe too.
    assert "\u202e" not in tab.locator("header").inner_text()


def test_nothing_runs_but_the_pages_own_script(quickstart: Path, browser: Browser) -> None:
    context = browser.new_context()
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    opened(tab, quickstart)
    tab.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.ran = 1';
          const image = document.createElement('img');
          image.src = 'https://example.org/x';
          document.body.append(script, image);
          document.body.insertAdjacentHTML('beforeend', '<p style="color:red" onclick="window.ran = 1">x</p>');
        }"""
    )
    tab.locator("body > p").click()
    assert tab.evaluate("window.ran") is None
    assert len([text for text in said if "Content Security Policy" in text]) >= 3
    context.close()


def test_hostile_texts_stay_texts_in_a_difference(build: Any, rows: list[Any], tab: Page, tmp_path: Path) -> None:
    old = build().rename(tmp_path / "old")
    changed = [{**row, "completion": HOSTILE} if n == 1 else row for n, row in enumerate(rows)][:-1]
    changed.append({**rows[-1], "id": "e" * 32, "prompt": ARABIC, "completion": HOSTILE})
    new = build(changed, version="0" * 15 + "b", seed=8)
    path = tmp_path / "two.html"
    write_diff(diff(old, new), old, new, path)
    opened(tab, path)
    tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert tab.locator("main img, main b").count() == 0
    assert tab.locator("#groups .record").count() == 3
    expect(tab.locator("#groups .words ins").first).to_contain_text("U+202E")
    arabic = tab.locator("#groups .words", has_text="مرحبا")
    assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert Axe().run(tab).violations_count == 0
