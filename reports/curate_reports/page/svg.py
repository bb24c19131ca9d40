"""SVG as text: elements whose texts are escaped, numbers as short as they can be, colours as class names.

The page's style sheet gives the classes their colours, so that a picture follows the reader's light or dark mode. A
picture that leaves the page takes the colours along (`standalone`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

# Colours that stay apart for people who see fewer of them, each light enough for dark letters on it (at least 4.5 : 1
# against #14171c). More sources than this share the grey one, whose number is the last.
LIGHT = ("#6b93f2", "#f0b132", "#ff8367", "#3fb0a2", "#57b768", "#e57fb0", "#b18cf7", "#c08d6c", "#a3a9b3")
DARK = ("#7099f0", "#efbe4a", "#f08a70", "#5bbfb2", "#62bd72", "#e08fb8", "#b795f0", "#c69a7c", "#8d949f")
OTHER = len(LIGHT) - 1
# Of a picture by itself: letters, faint ones, losses, its ground and its edge, as in the style sheet of the page.
_INK = ("#14171c", "#5c6370", "#b62424", "#ffffff", "#e4e4e0")
_INK_IN_DARK = ("#e8eaed", "#a0a6b1", "#ff8a80", "#181b20", "#2a2e35")
_MARGIN = 16
_BOX = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
# Width of a letter of 11 px in the widest of these fonts, on average over labels (DejaVu Sans; measured in a browser).
LETTER = 6.4
MINUS = "\N{MINUS SIGN}"


def element(name: str, *children: Markup | str | float, **attributes: str | float | None) -> Markup:
    """One element; `class_` stands for `class`, `_` for `-`, and attributes that are None are left out.

    >>> element("text", "<b>", x=1.0, text_anchor="end", class_=None)
    Markup('<text x="1" text-anchor="end">&lt;b&gt;</text>')
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child if isinstance(child, str) else _value(child)) for child in children)
    # Names are ours; attributes and children are escaped above.
    return Markup(f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>")  # noqa: S704


def picture(width: float, height: float, title: str, parts: Iterable[Markup], *, links: bool = False) -> Markup:
    """A picture with a name for those who do not see it.

    Args:
        width: of its coordinates; it is drawn as wide as there is room.
        height: as width.
        title: what it shows.
        parts: its elements.
        links: whether there is something in it to go to, so that it is more than one image.
    """
    role = "group" if links else "img"
    return element(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_value(width)} {_value(height)}",
        role=role, aria_label=title,
    )  # fmt: skip


def standalone(drawn: Markup) -> str:
    """A picture as a file of its own: on a card of its own, with its colours for both modes and without links.

    A dataset card on the Hub is light or dark by the reader's choice there, a picture in it by that of the system: with
    a ground of its own it can be read on either.
    """
    names = (*(f"s{place}" for place in range(len(LIGHT))), "ink", "faint", "loss", "card", "line")
    rules = [f"text{{font:11px {_FONT};fill:var(--ink)}}.b{{font-weight:650}}.faint{{fill:var(--faint)}}"]
    rules += [".loss{fill:var(--loss)}.on{fill:#14171c}.bin{fill:#d9534f}.r{opacity:.38}.q{opacity:.16}"]
    rules += [".h{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}"]
    rules += [".card{fill:var(--card);stroke:var(--line)}"]
    rules += [f".{name}{{fill:var(--{name})}}" for name in names[: len(LIGHT)]]
    modes = [
        "svg{" + "".join(f"--{name}:{one};" for name, one in zip(names, (*palette, *ink), strict=True)) + "}"
        for palette, ink in ((LIGHT, _INK), (DARK, _INK_IN_DARK))
    ]
    style = f"<style>{modes[0]}@media (prefers-color-scheme:dark){{{modes[1]}}}{''.join(rules)}</style>"
    text = re.sub(r"<a [^>]*>", "<g>", str(drawn)).replace("</a>", "</g>").replace('role="group"', 'role="img"', 1)
    box = _BOX.search(text)
    if box is None:
        raise ValueError("this is no picture of `picture`")
    width, height = (float(one) + 2 * _MARGIN for one in box.groups())
    size = f'width="{_value(width)}" height="{_value(height)}"'
    frame = f'viewBox="-{_MARGIN} -{_MARGIN} {_value(width)} {_value(height)}" {size}'
    card = element("rect", x=0.5 - _MARGIN, y=0.5 - _MARGIN, width=width - 1, height=height - 1, rx=12.0, class_="card")
    opened = text.index(">") + 1
    return text[:opened].replace(box.group(), frame) + style + str(card) + text[opened:]


def fitted(text: str, width: float, letter: float = LETTER) -> str:
    """A label cut to a width in pixels, "" where not even three letters fit.

    >>> fitted("near-duplicates", 64.0), fitted("words", 10.0)
    ('near-dupl…', '')
    """
    room = int(width / letter)
    if len(text) <= room:
        return text
    return text[: room - 1].rstrip() + "…" if room > 3 else ""


def ribbon(start: tuple[float, float], end: tuple[float, float], thick: tuple[float, float], *, down: bool) -> str:
    """The path of a band from one place to another: its two edges as S-shaped curves.

    Args:
        start: where its first edge begins.
        end: where that edge ends.
        thick: how wide it is there and there, across its direction.
        down: whether it runs from top to bottom, else from left to right.
    """
    (x0, y0), (x1, y1) = start, end
    if down:
        middle = (y0 + y1) / 2
        points = [(x0, middle), (x1, middle), (x1, y1)]
        back = [(x1 + thick[1], y1), (x1 + thick[1], middle), (x0 + thick[0], middle), (x0 + thick[0], y0)]
    else:
        middle = (x0 + x1) / 2
        points = [(middle, y0), (middle, y1), (x1, y1)]
        back = [(x1, y1 + thick[1]), (middle, y1 + thick[1]), (middle, y0 + thick[0]), (x0, y0 + thick[0])]
    there, here = (" ".join(f"{_value(x)},{_value(y)}" for x, y in one) for one in (points, back[1:]))
    return f"M{_value(x0)},{_value(y0)}C{there}L{_value(back[0][0])},{_value(back[0][1])}C{here}Z"


def _value(value: str | float) -> str:
    """An attribute's value: numbers to a tenth of a pixel."""
    if isinstance(value, str):
        return str(escape(value))
    return f"{value:.1f}".removesuffix(".0")
