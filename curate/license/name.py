"""One name for each licence, however it is spelt: on cards, in task files, in repositories.

The name is the Hub's and SPDX' id in lower case. What is not recognised keeps its own words, so that two licences
that nobody knows are still two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from curate.license.terms import LICENSES

UNKNOWN = "unknown"

# What is written where no licence is stated.
_NOTHING = frozenset(
    {"", "unknown", "none", "null", "n/a", "na", "no license", "no licence", "none listed", "none stated", "unlicensed"}
)

# Spellings that no rule below covers, in the form that `_plain` gives.
_ALIASES = {
    "apache": "apache-2.0",
    "apache 2": "apache-2.0",
    "apache2": "apache-2.0",
    "apache v2": "apache-2.0",
    "apache version 2.0": "apache-2.0",
    "apache software 2.0": "apache-2.0",
    "expat": "mit",
    "bsd": "bsd-3-clause",
    "new bsd": "bsd-3-clause",
    "bsd 3": "bsd-3-clause",
    "3 clause bsd": "bsd-3-clause",
    "bsd 2": "bsd-2-clause",
    "2 clause bsd": "bsd-2-clause",
    "simplified bsd": "bsd-2-clause",
    "cc zero": "cc0-1.0",
    "creative commons zero v1.0 universal": "cc0-1.0",
    "pddl": "pddl-1.0",
    "odc by": "odc-by-1.0",
    "odc attribution": "odc-by-1.0",
    "odbl": "odbl-1.0",
    "open database": "odbl-1.0",
    "c uda": "c-uda-1.0",
    "gfdl": "gfdl-1.3",
    "public domain mark": "public-domain",
    "gplv2": "gpl-2.0",
    "gplv3": "gpl-3.0",
    "agplv3": "agpl-3.0",
    "lgplv3": "lgpl-3.0",
    "gnu general v3.0": "gpl-3.0",
    "gnu general v2.0": "gpl-2.0",
}

# "CC BY-NC 4.0", "cc_by_sa 3.0 unported", "Creative Commons Attribution-NonCommercial 4.0 International".
_WORDS = (
    (r"creative commons", "cc"),
    (r"attribution", "by"),
    (r"non[ ]?commercial", "nc"),
    (r"no[ ]?deriv(?:ative)?s?(?: works)?", "nd"),
    (r"share[ ]?alike", "sa"),
)
_CC = re.compile(
    r"cc((?: (?:by|nc|nd|sa))+)(?: (?:v|version )?(\d(?:\.\d)?))?"
    r"(?: (?:unported|international|generic|intl|igo|deed|universal))?"
)
_CC0 = re.compile(r"cc ?0(?: (?:v)?1\.0)?(?: universal)?")
_CC_URL = re.compile(r"https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?.*")
_SPDX_URL = re.compile(r"https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.(?:html|json|txt))?/?")
_SUFFIX = re.compile(r"(?:-only|-or-later|\+)$")
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
# Remarks that change the terms: a name with one of them is another licence, which nobody knows.
_RESTRICTS = re.compile(r"\b(?:no|non|not|only|except|without|commercial|research|academic|modified|and|or|with|but)\b")
_ORDER = ("by", "nc", "nd", "sa")


@lru_cache(maxsize=4096)
def canonical(said: str) -> str:
    """The name of a licence that is spelt in any of the usual ways: lower case, SPDX' or the Hub's id if it has one.

    Args:
        said: one licence, not an expression (`curate.license.expression` reads those). A remark in brackets behind it
            is left out where the rest is a licence that is known; what is not recognised comes back in lower case
            with single blanks as hyphens; nothing, `None` and the like come back as `unknown`.

    Example:
        >>> [canonical(name) for name in ("CC BY-NC 4.0 (Alpaca data licence)", "Apache 2.0", "None listed")]
        ['cc-by-nc-4.0', 'apache-2.0', 'unknown']
    """
    text = " ".join(said.lower().split())
    found = _known(text)
    aside = _ASIDE.search(text)
    if found is None and aside and not _RESTRICTS.search(aside[0]):
        found = _known(text[: aside.start()])
    return found or text.replace(" ", "-")


def _known(text: str) -> str | None:
    """The name in a text in lower case with single blanks; None where it is not recognised."""
    if text in _NOTHING:
        return UNKNOWN
    if text.startswith("http"):
        return _from_url(text)
    plain = _plain(text)
    exact = _SUFFIX.sub("", text.replace(" ", "-"))
    candidates = (text, exact, _ALIASES.get(plain), plain.replace(" ", "-"))
    for name in candidates:
        if name is not None and name in LICENSES:
            return name
    return _creative_commons(plain)


def _plain(text: str) -> str:
    """Without `the`, `license`, hyphens and commas: what is left of `The Apache License, Version 2.0`."""
    text = re.sub(r"\b(?:the|public licen[sc]e|licen[sc]e|agreement)\b", " ", re.sub(r"[-_,/]", " ", text))
    return " ".join(text.split())


def _creative_commons(plain: str) -> str | None:
    for pattern, short in _WORDS:
        plain = re.sub(rf"\b{pattern}\b", short, plain)
    plain = re.sub(r"^cc by cc by", "cc by", " ".join(plain.split()))
    if _CC0.fullmatch(plain):
        return "cc0-1.0"
    found = _CC.fullmatch(plain)
    if not found:
        return None
    parts = sorted(set(found[1].split()), key=_ORDER.index)
    version = found[2] if found[2] is None or "." in found[2] else f"{found[2]}.0"
    name = "-".join(["cc", *parts, *([version] if version else [])])
    return name if name in LICENSES else None


def _from_url(text: str) -> str | None:
    if found := _CC_URL.fullmatch(text):
        kind, part, version = found.groups()
        if kind == "publicdomain":
            return {"zero": "cc0-1.0", "mark": "public-domain"}.get(part)
        name = f"cc-{'by-nc-nd' if part == 'by-nd-nc' else part}" + (f"-{version}" if version else "")
        return name if name in LICENSES else None
    found = _SPDX_URL.fullmatch(text)
    return _known(found[1]) if found else None


def spdx(name: str) -> str | None:
    """The id on the SPDX list of a canonical name; None where it has none."""
    terms = LICENSES.get(name)
    return terms.spdx if terms else None


# https://huggingface.co/docs/hub/repositories-licenses: the ids that the Hub's cards may hold, of the licences above.
_HUB_OTHERWISE = {
    "odc-by-1.0": "odc-by",
    "odbl-1.0": "odbl",
    "pddl-1.0": "pddl",
    "c-uda-1.0": "c-uda",
    "gfdl-1.1": "gfdl",
    "gfdl-1.2": "gfdl",
    "gfdl-1.3": "gfdl",
}
_NOT_ON_HUB = frozenset({"mit-0", "0bsd", "ogl-uk-3.0", "public-domain"})
_HUB_CC = frozenset(
    {
        "by-2.0",
        "by-2.5",
        "by-3.0",
        "by-4.0",
        "by-sa-3.0",
        "by-sa-4.0",
        "by-nc-2.0",
        "by-nc-3.0",
        "by-nc-4.0",
        "by-nd-4.0",
    }
    | {"by-nc-nd-3.0", "by-nc-nd-4.0", "by-nc-sa-2.0", "by-nc-sa-3.0", "by-nc-sa-4.0"}
)


def hub_id(name: str) -> str | None:
    """The id that a card on the Hub may hold for a canonical name; None where the Hub has none for it."""
    if name not in LICENSES or name in _NOT_ON_HUB:
        return None
    if name.startswith("cc-"):
        return name if name.removeprefix("cc-") in _HUB_CC else None
    return _HUB_OTHERWISE.get(name, name)
