"""Which licences allow commercial use: what `expect: {licenses: {commercial: true}}` knows. No legal advice.

Names are those of the SPDX list (https://spdx.org/licenses/) and of the Hugging Face Hub
(https://huggingface.co/docs/hub/repositories-licenses), in lower case. What each allows is its own text's word, read
at the address in the table; Creative Commons' terms are explained at https://creativecommons.org/share-your-work/cclicenses/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What a licence asks.

    Args:
        commercial: whether the data may be used to earn money.
        attribution: whether its authors must be named.
        share_alike: whether what is made of it must bear the same licence.
        source: where its text stands.
    """

    commercial: bool
    attribution: bool
    share_alike: bool
    source: str


_CC = "https://creativecommons.org/licenses/{}/"
_SPDX = "https://spdx.org/licenses/{}.html"
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")


def _creative_commons() -> dict[str, Terms]:
    """Every version of the six licences, and what Hub cards write without a version."""
    found: dict[str, Terms] = {}
    for kind in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"):
        parts = kind.split("-")
        for version in _VERSIONS:
            terms = Terms(
                commercial="nc" not in parts,
                attribution=True,
                share_alike="sa" in parts,
                source=_CC.format(f"{kind}/{version}"),
            )
            found[f"cc-{kind}-{version}"] = terms
        found[f"cc-{kind}"] = found[f"cc-{kind}-4.0"]
    return found


# Permissive, and those with a share-alike clause; all allow commercial use.
_OPEN = {
    "mit": "MIT",
    "apache-2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC",
    "zlib": "Zlib",
    "bsl-1.0": "BSL-1.0",
    "afl-3.0": "AFL-3.0",
    "artistic-2.0": "Artistic-2.0",
    "ms-pl": "MS-PL",
    "ncsa": "NCSA",
    "postgresql": "PostgreSQL",
    "odc-by": "ODC-By-1.0",
    "odc-by-1.0": "ODC-By-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "etalab-2.0": "etalab-2.0",
}
_SHARE_ALIKE = {
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "mpl-2.0": "MPL-2.0",
    "epl-2.0": "EPL-2.0",
    "eupl-1.1": "EUPL-1.1",
    "eupl-1.2": "EUPL-1.2",
    "gfdl": "GFDL-1.3-only",
    "odbl": "ODbL-1.0",
    "odbl-1.0": "ODbL-1.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
}
_FREE = {
    "cc0-1.0": "CC0-1.0",
    "cc0": "CC0-1.0",
    "unlicense": "Unlicense",
    "wtfpl": "WTFPL",
    "0bsd": "0BSD",
    "pddl": "PDDL-1.0",
    "pddl-1.0": "PDDL-1.0",
}


def _allowing(named: dict[str, str], *, attribution: bool, share_alike: bool) -> dict[str, Terms]:
    """Licences that allow commercial use."""
    return {
        name: Terms(commercial=True, attribution=attribution, share_alike=share_alike, source=_SPDX.format(spdx))
        for name, spdx in named.items()
    }


LICENSES: dict[str, Terms] = {
    **_creative_commons(),
    **_allowing(_OPEN, attribution=True, share_alike=False),
    **_allowing(_SHARE_ALIKE, attribution=True, share_alike=True),
    **_allowing(_FREE, attribution=False, share_alike=False),
}

_LONGEST = 100  # words of an expression; nobody writes as many, and each bracket is a call
_WORD = re.compile(r"\(|\)|[^\s()]+")


def allows_commercial(license: str) -> bool | None:  # noqa: A002 - SPDX' word
    """Whether a licence allows commercial use; None where that is not known.

    Args:
        license: a name, or an SPDX expression of names with AND (all must be kept) and OR (one may be chosen), AND
            first, as in `MIT OR (CC-BY-4.0 AND CC-BY-NC-4.0)`
            (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/). `-only`, `-or-later` and `+` change
            nothing here.

    Example:
        >>> [allows_commercial(name) for name in ("MIT", "cc-by-nc-4.0", "unknown", "mit OR cc-by-nc-4.0")]
        [True, False, None, True]
    """
    words = _WORD.findall(license)
    if len(words) > _LONGEST:
        return None
    found, rest = _any(words)
    return None if rest else found


def _any(words: list[str]) -> tuple[bool | None, list[str]]:
    """`a OR b`: True if one allows it, else None if one is not known."""
    found, rest = _all(words)
    while rest and rest[0].upper() == "OR":
        other, rest = _all(rest[1:])
        found = True if True in (found, other) else None if None in (found, other) else False
    return found, rest


def _all(words: list[str]) -> tuple[bool | None, list[str]]:
    """`a AND b`: False if one forbids it, else None if one is not known."""
    found, rest = _one(words)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:])
        found = False if False in (found, other) else None if None in (found, other) else True
    return found, rest


def _one(words: list[str]) -> tuple[bool | None, list[str]]:
    if not words:
        return None, []
    if words[0] == "(":
        found, rest = _any(words[1:])
        return (found, rest[1:]) if rest and rest[0] == ")" else (None, ["("])
    name = words[0].lower().removesuffix("+").removesuffix("-only").removesuffix("-or-later")
    terms = LICENSES.get(name)
    return None if terms is None else terms.commercial, words[1:]
