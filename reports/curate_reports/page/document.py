"""The page: one HTML file that asks for nothing else, and in which nothing runs but its own script.

A content security policy of hashes (https://www.w3.org/TR/CSP3/#meta-element) names the one style sheet and the one
script; there are no inline handlers and no inline styles. Jinja escapes every text; the records to read come as JSON in
which no character can end its element, and the script writes them as text, never as HTML.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from curate import __version__
from curate import manifest as manifests
from curate_reports.funnel import sources
from curate_reports.page import chart, palette, river_svg, table
from curate_reports.page.amount import many, short
from curate_reports.page.chart import Piece
from curate_reports.page.svg import DARK, LIGHT, standalone
from curate_reports.page.text import highlighted, seen
from curate_reports.page.treemap import treemap
from curate_reports.page.view import Options, View, view
from curate_reports.sample import begun
from curate_reports.share import part, percent
from curate_reports.visible import clipped, visible

if TYPE_CHECKING:
    from curate.diff import Diff

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


_SIZE = ("Amount of text", "Token budget")
_SECTIONS = (
    *(("flow", "Record flow"), ("mix", "Mixture"), ("lengths", "Lengths"), ("budget", ""), ("languages", "Languages")),
    *(("difficulty", "Tasks"), ("overlap", "Evaluation sets"), ("duplicates", "Duplicates"), ("licences", "Licences")),
    *(("expectations", "Expectations"), ("difference", "Earlier version"), ("samples", "Samples")),
    *(("recipe", "Recipe"), ("reproduce", "Reproduce")),
)
_OF_TWO = (
    *(("difference", "Difference"), ("causes", "What was changed"), ("groups", "Records by cause")),
    *(("shifts", "Mix"), ("sizes", "Lengths"), ("again", "In the terminal")),
)


def page(folder: Path, options: Options | None = None) -> str:
    """The report of a version; equal bytes for equal versions and options, wherever the folder lies.

    Args:
        folder: of a finished version.
        options: what to show.

    Raises:
        VersionError: it is none, or it is damaged.
        CurateError: the tokenizer cannot be had.
    """
    with ready():
        shown = view(folder, options or Options())
    return rendered(shown)


@contextmanager
def ready() -> Iterator[None]:
    """Compile the templates beside whatever the caller computes first, which mostly waits for files and for polars.

    That is a sixth of the time of a first page, and nothing of it can be kept for the next process without loading code
    from a cache.
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_compiled)
        yield


def _compiled() -> None:
    for name in ("base.html", "page.html", "content.html", "compare.html", "flow.html"):
        _environment().get_template(name)


def rendered(shown: View) -> str:
    """The page of what was computed."""
    facts = shown.facts
    data = {"colours": shown.colours, "records": shown.records}
    told = {"v": shown, "f": facts, "m": shown.manifest, "tool": facts.tool.get("curate", "")}
    sections = [(name, title or _SIZE[shown.size.unit.tokenizer is not None]) for name, title in _SECTIONS]
    return _filled("page.html", f"{visible(facts.name)} {facts.version}", sections, data, **told)


def comparison(found: Diff, old: Path, new: Path) -> str:
    """The page of a difference by itself; equal bytes for equal versions.

    Args:
        found: what differs between the two.
        old: folder of the earlier version.
        new: folder of the later one.

    Raises:
        VersionError: one is none, or is damaged.
    """
    from curate_reports.difference import balanced  # noqa: PLC0415 - a build's own page needs none of it
    from curate_reports.page.group import groups  # noqa: PLC0415

    compared = balanced(found, old, new)
    before, after = (sources(manifests.read(folder)) for folder in (old, new))
    names = {one.name for one in after}
    colours = palette.colours([*after, *(one for one in before if one.name not in names)])
    told = {"d": compared, "groups": groups(found, old, new), "colours": colours, "tool": __version__}
    title = visible(f"{compared.names[0]} to {compared.names[1]}")
    return _filled("diff.html", title, _OF_TWO, {"colours": colours, "records": []}, **told)


def _filled(name: str, title: str, sections: Sequence[tuple[str, str]], data: dict[str, Any], **told: object) -> str:
    """A template with its style, its script and the policy that names both."""
    style, script = _style(), _file("script.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    ours = {"style": Markup(style), "script": Markup(script), "data": island(data)}  # noqa: S704 - our own files
    template = _environment().get_template(name)
    return template.render(policy=policy, title=title, sections=sections, **ours, **told)


def flow_svg(shown: View) -> str:
    """Where the records went, as an SVG file for a dataset card."""
    return standalone(river_svg.wide(shown.short_river, 800.0))


def mix_svg(shown: View) -> str:
    """What is in the dataset, as an SVG file for a dataset card."""
    return standalone(treemap(shown.tiles, 800.0, 260.0))


def island(data: dict[str, Any]) -> Markup:
    r"""JSON that can stand in a script element: nothing in it ends the element or a line of JavaScript.

    >>> island({"a": "</script>"})
    Markup('{"a":"\\u003c/script\\u003e"}')
    """
    text = orjson.dumps(data).decode()
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return Markup(text)  # noqa: S704 - escaped above


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _file(name: str) -> str:
    return files("curate_reports.page").joinpath(name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The style sheet, with the palette of the pictures in front."""
    both = zip(LIGHT, DARK, strict=True)
    colours = "".join(f"--s{place}:light-dark({light},{dark});" for place, (light, dark) in enumerate(both))
    rules = "".join(f".s{n}{{fill:var(--s{n})}}.k{n}{{background:var(--s{n})}}" for n in range(len(LIGHT)))
    return f":root{{{colours}}}\n{_file('style.css')}{rules}\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("curate_reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "n": lambda value: f"{value:,}", "percent": percent, "short": short, "seen": seen, "visible": visible,
        "clipped": clipped, "highlighted": highlighted, "many": many, "begun": begun, "rounded": _rounded,
    }  # fmt: skip
    environment.globals |= {
        "part": part,
        "river": river_svg,
        "treemap": treemap,
        "chart": chart,
        "Piece": Piece,
        "tables": table,
        "zip": zip,
    }
    return environment


def _rounded(share: float) -> str:
    """A share in whole percents, without their sign."""
    return "<1" if 0 < share < 0.005 else f"{share * 100:.0f}"
