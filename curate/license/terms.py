"""What licences allow and ask, one row a licence, each with the address of its text.

Names are those of the SPDX list (https://spdx.org/licenses/) and of the Hugging Face Hub
(https://huggingface.co/docs/hub/repositories-licenses), in lower case. What each allows is its own text's word, read
at the address in the table; Creative Commons' terms are explained at https://creativecommons.org/share-your-work/cclicenses/.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What a licence allows and asks.

    Args:
        commercial: whether the data may be used to earn money.
        derivatives: whether changed text may be passed on.
        attribution: whether its authors must be named.
        share_alike: whether what is made of it must bear the same licence.
        spdx: its id on the SPDX list; None where it has none.
        source: where its text stands.
    """

    commercial: bool
    derivatives: bool
    attribution: bool
    share_alike: bool
    spdx: str | None
    source: str


_CC = "https://creativecommons.org/licenses/{}/"
_SPDX = "https://spdx.org/licenses/{}.html"
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
# Version 1.0 wrote the elements in another order: https://creativecommons.org/licenses/nd-nc/1.0/
_FIRST = {"by-nc-nd": "by-nd-nc"}


def _creative_commons() -> dict[str, Terms]:
    """Every version of the six licences, and each without a version: what all its versions say alike."""
    found: dict[str, Terms] = {}
    for kind in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"):
        parts = kind.split("-")
        for version in (*_VERSIONS, None):
            address = f"{_FIRST.get(kind, kind) if version == '1.0' else kind}/{version or '4.0'}"
            found[f"cc-{kind}-{version}" if version else f"cc-{kind}"] = Terms(
                commercial="nc" not in parts,
                derivatives="nd" not in parts,
                attribution=True,
                share_alike="sa" in parts,
                spdx=f"CC-{kind.upper()}-{version}" if version else None,
                source=_CC.format(address),
            )
    return found


# Permissive, and those with a share-alike clause; all allow commercial use and changes.
_OPEN = {
    "mit": "MIT",
    "mit-0": "MIT-0",
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause-clear": "BSD-3-Clause-Clear",
    "isc": "ISC",
    "zlib": "Zlib",
    "bsl-1.0": "BSL-1.0",
    "afl-3.0": "AFL-3.0",
    "artistic-2.0": "Artistic-2.0",
    "ecl-2.0": "ECL-2.0",
    "ms-pl": "MS-PL",
    "ncsa": "NCSA",
    "postgresql": "PostgreSQL",
    "odc-by-1.0": "ODC-By-1.0",
    "c-uda-1.0": "C-UDA-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0",
    "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "etalab-2.0": "etalab-2.0",
    "ogl-uk-3.0": "OGL-UK-3.0",
}
_SHARE_ALIKE = {
    "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "mpl-2.0": "MPL-2.0",
    "epl-1.0": "EPL-1.0",
    "epl-2.0": "EPL-2.0",
    "eupl-1.1": "EUPL-1.1",
    "eupl-1.2": "EUPL-1.2",
    "osl-3.0": "OSL-3.0",
    "gfdl-1.1": "GFDL-1.1-only",
    "gfdl-1.2": "GFDL-1.2-only",
    "gfdl-1.3": "GFDL-1.3-only",
    "odbl-1.0": "ODbL-1.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0",
}
_FREE = {
    "cc0-1.0": "CC0-1.0",
    "unlicense": "Unlicense",
    "wtfpl": "WTFPL",
    "0bsd": "0BSD",
    "pddl-1.0": "PDDL-1.0",
}


def _allowing(named: dict[str, str], *, attribution: bool, share_alike: bool) -> dict[str, Terms]:
    """Licences that allow commercial use and changes."""
    return {
        name: Terms(
            commercial=True,
            derivatives=True,
            attribution=attribution,
            share_alike=share_alike,
            spdx=spdx,
            source=_SPDX.format(spdx),
        )
        for name, spdx in named.items()
    }


# No licence but a state of the law: nobody holds rights (https://creativecommons.org/public-domain/pdm/).
_PUBLIC = Terms(
    commercial=True,
    derivatives=True,
    attribution=False,
    share_alike=False,
    spdx=None,
    source="https://creativecommons.org/publicdomain/mark/1.0/",
)

LICENSES: dict[str, Terms] = {
    **_creative_commons(),
    **_allowing(_OPEN, attribution=True, share_alike=False),
    **_allowing(_SHARE_ALIKE, attribution=True, share_alike=True),
    **_allowing(_FREE, attribution=False, share_alike=False),
    "public-domain": _PUBLIC,
}
