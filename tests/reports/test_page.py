"""The HTML page: what it may hold, what it must hold, and that it is always the same."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from curate import manifest as manifests
from curate.build import Request
from curate.build import build as build_version
from curate.rebuild import rebuild
from curate.recipe import load
from curate_reports.page import browser
from curate_reports.page.document import flow_svg, mix_svg, page
from curate_reports.page.view import Options, view
from support.build import make, write_data
from support.sections import SECTIONS

HOSTILE = "</script><img src=x onerror=alert(1)>&\u2028\u202e\x1b \"'{{ 7*7 }}"


class _Reader(HTMLParser):
    """What a browser would make of a page: ids, attributes, the texts of elements without children."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.raw: dict[str, str] = {}
        self.policy = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(told)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [str(told[name]) for name in ("href", "src") if name in told]
        if told.get("http-equiv"):
            self.policy = str(told["content"])
        self._open = f"{tag} {told.get('type') or ''}".strip()

    def handle_data(self, data: str) -> None:
        if self._open.startswith(("script", "style")):
            self.raw[self._open] = self.raw.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser calls it with it
        self._open = ""


def data(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_Reader(text).raw["script application/json"])
    return found


def test_every_section_is_there_once(build: Any) -> None:
    ids = _Reader(page(build())).ids
    assert [one for one in SECTIONS if ids.count(one) != 1] == []
    assert len(ids) == len(set(ids))


def test_the_policy_names_the_style_and_the_script_and_allows_nothing_else(build: Any) -> None:
    read = _Reader(page(build()))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(read.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in read.policy
    assert read.policy.startswith("default-src 'none';")
    assert "unsafe" not in read.policy
    assert {name for name in read.attributes if name == "style" or name.startswith("on")} == set()
    assert [one for one in read.links if not one.startswith(("#", "data:image/svg+xml", "https://"))] == []


def test_texts_of_strangers_stay_texts(build: Any, rows: list[Any]) -> None:
    plain = _Reader(page(build())).tags
    changed = [{**row, "prompt": HOSTILE, "task": HOSTILE, "source": f"{row['source']} {HOSTILE}"} for row in rows]
    told = json.loads(json.dumps(manifests.read(build()).model_dump()))
    sources = {
        f"{name} {HOSTILE}": {**info, "title": HOSTILE, "url": "javascript:alert(1)"}
        for name, info in told["sources"].items()
    }
    text = page(
        build(changed, excerpts={f"{30:032x}": HOSTILE}, description=HOSTILE, sources=sources, stages=[], terms=[])
    )
    read = _Reader(text)
    assert read.tags.count("script") == plain.count("script")
    assert read.tags.count("img") == 0
    assert "javascript:" not in "".join(read.links)
    assert "49" not in read.raw["script application/json"]
    assert {one["fields"][0][1] for one in data(text)["records"] if one["outcome"] == "kept"} == {HOSTILE}
    # What is seen at once shows the odd characters as code points; the script does the same for the samples.
    assert "\u202e" not in text.replace(read.raw["script application/json"], "")
    assert "\u2028" not in text


def test_the_same_version_gives_the_same_bytes_wherever_it_lies(build: Any, tmp_path: Path) -> None:
    folder = build()
    other = shutil.copytree(folder, tmp_path / "elsewhere" / "deep")
    text = page(folder)
    assert page(other) == text
    assert str(tmp_path) not in text


def test_a_build_writes_the_page_that_stats_writes(tmp_path: Path) -> None:
    recipe = write_data(tmp_path / "one")
    bare = make(recipe)
    assert bare.manifest.attachments == {}
    again = build_version(load(recipe), Request(out=tmp_path / "other", cache=tmp_path / "cache", workers=1))
    assert list(again.manifest.attachments) == ["assets/flow.svg", "assets/mix.svg", "report.html"]
    assert again.manifest.version == bare.manifest.version
    assert (again.path / "report.html").read_text(encoding="utf-8") == page(bare.path)
    shown = view(bare.path)
    drawn = {name: (again.path / f"assets/{name}.svg").read_text(encoding="utf-8") for name in ("flow", "mix")}
    assert drawn == {"flow": flow_svg(shown), "mix": mix_svg(shown)}


@pytest.mark.parametrize("attach", [True, False])
def test_a_version_that_is_built_again_has_the_same_page_or_none(tmp_path: Path, *, attach: bool) -> None:
    built = make(write_data(tmp_path / "one"), attach=attach)
    assert bool(built.manifest.attachments) == attach
    found = rebuild(built.path)
    assert found.ok, found


def test_samples_are_chosen_and_bounded(build: Any, rows: list[Any]) -> None:
    assert data(page(build(), Options(samples=0)))["records"] == []
    few = data(page(build(), Options(samples=2)))["records"]
    kept = [one for one in few if one["outcome"] == "kept"]
    assert {one["source"] for one in kept} == {"tasks", "chats"}
    assert 2 <= len(kept) <= 2 + 6
    many = [{**rows[n % 40], "id": f"{n:032x}", "completion": "ab" * 4_000} for n in range(2_000)]
    shown = view(build(many, rows_out=2_000), Options(samples=2_000))
    assert shown.left_out > 0
    assert len(json.dumps(shown.records)) < browser.ROOM * 1.1
    label, text, cut = shown.records[0]["fields"][1]
    assert (label, len(text), cut) == ("completion", browser.CUT, 8_000 - browser.CUT)


def test_dropped_records_tell_why(build: Any) -> None:
    where = {"id": "ab" * 16, "source": "lost", "stage": "0.filter.words", "file": "a.json", "row": 3}
    folder = build(ledger=[{**where, "rule": "words", "reason": "too long", "value": "900", "limit": "800"}])
    path = folder / "ledger/excerpts.parquet"
    schema = pl.read_parquet_schema(path)
    pl.DataFrame([{**where, "kind": "dropped", "text": "Long ago"}], schema=schema).write_parquet(path)
    gone = [one for one in view(folder).records if one["outcome"] == "dropped"]
    assert [(one["id"], one["step"], one["reason"], one["head"]) for one in gone] == [
        ("ab" * 16, "0.filter.words", "too long", "Long ago")
    ]
    assert (gone[0]["about"]["value"], gone[0]["about"]["limit"]) == ("900", "800")


def test_a_bare_version_explains_what_it_lacks(build: Any, rows: list[Any]) -> None:
    same = {
        "adapter": "files",
        "title": "",
        "url": "",
        "license": "mit",
        "origin": "human",
        "rows_in": 40,
        "rows_out": 40,
    }
    only = {**same, "quarantined": 0, "dropped": 0, "repeated": 0}
    changes = {"sources": {"only": only}, "stages": [], "terms": [], "expectations": [], "warnings": []}
    changed = [{**row, "source": "only", "task": None} for row in rows]
    folder = build(changed, [], {}, rows_in=40, quarantined=0, dropped=0, **changes)
    shutil.rmtree(folder / "ledger")
    text = page(folder)
    for said in (
        "No step took any record",
        "No record names a task",
        "so nobody looked",
        "the recipe has no",
        "expects nothing",
        "holds no recipe",
    ):
        assert said in text


def test_no_records_at_all(build: Any) -> None:
    text = page(build(rows_out=0, splits={}, ledger=[], terms=[]))
    assert "There is no record to measure" in text


@pytest.mark.parametrize("draw", [flow_svg, mix_svg])
def test_pictures_stand_by_themselves(build: Any, draw: Any) -> None:
    drawn = draw(view(build()))
    assert drawn.startswith("<svg xmlns=")
    root = ET.fromstring(drawn)  # noqa: S314 - our own picture
    box = [float(one) for one in root.attrib["viewBox"].split()]
    assert [float(root.attrib["width"]), float(root.attrib["height"])] == box[2:]
    read = _Reader(drawn)
    assert set(read.tags) <= {"svg", "style", "text", "tspan", "rect", "path", "title", "g"}
    assert read.links == []
    # Every class has its rule, and every colour that a rule names is given for light and for dark.
    style = drawn.partition("<style>")[2].partition("</style>")[0]
    used = {one for names in re.findall(r'class="([^"]+)"', drawn) for one in names.split()}
    assert used <= set(re.findall(r"\.([a-z]+\d*)\{", style))
    light, dark = (set(re.findall(r"(--\w+):", one)) for one in re.findall(r"svg\{([^}]*)\}", style))
    assert light == dark == set(re.findall(r"var\((--\w+)\)", style))
    ground = next(one for one in root if one.tag.endswith("rect"))
    assert ground.attrib["class"] == "card"
    assert float(ground.attrib["width"]) >= box[2] - 1
