"""Which source has which colour: the same one in every picture of a page."""

from __future__ import annotations

from collections.abc import Sequence

from curate_reports.funnel import Source
from curate_reports.page.svg import OTHER


def colours(sources: Sequence[Source]) -> dict[str, int]:
    """A colour for each source by name: one of its own for those with the most records, a common one for the rest.

    The largest are chosen by what is in the dataset, then by what came in; they keep the recipe's order.

    Args:
        sources: of the version.
    """
    if len(sources) <= OTHER + 1:
        return {one.name: place for place, one in enumerate(sources)}
    ranked = sorted(sources, key=lambda one: (-one.rows_out, -one.rows_in, one.name))
    own = {one.name for one in ranked[:OTHER]}
    named = [one.name for one in sources if one.name in own]
    return {one.name: named.index(one.name) if one.name in own else OTHER for one in sources}
