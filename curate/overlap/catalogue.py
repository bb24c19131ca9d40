"""Runs of tokens that are looked for, and who holds each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from curate.overlap.distinct import Distinct
from curate.overlap.kernel import Flags, Places
from curate.overlap.lookup import Lookup, lookup


class Catalogue(NamedTuple):
    """Distinct runs of tokens, as the kernels take them.

    Args:
        hashes: finds them; runs that only share a hash are beside each other.
        token: of each run, its first token in the index.
        length: how many tokens it has.
        first: of each run, its first member; one more at the end.
        member: numbers, ascending within a run: rows of the index that hold it, or lengths of items that begin with it.
    """

    hashes: Lookup
    token: Places
    length: Places
    first: Places
    member: Places

    def frames(self) -> dict[str, pl.DataFrame]:
        """The arrays as columns."""
        runs = {
            "hash": self.hashes.hashes,
            "token": narrow(self.token),
            "length": narrow(self.length),
            "members": narrow(np.diff(self.first)),
        }
        return {"runs": pl.DataFrame(runs), "members": pl.DataFrame({"member": narrow(self.member)})}

    @staticmethod
    def of(runs: pl.DataFrame, members: pl.DataFrame) -> Catalogue:
        """The catalogue that `frames` gave."""
        token, length, counts = (runs[name].to_numpy().astype(np.int64) for name in ("token", "length", "members"))
        first = np.r_[0, np.cumsum(counts)].astype(np.int64)
        member = members["member"].to_numpy().astype(np.int64)
        return Catalogue(lookup(runs["hash"].to_numpy(writable=True)), token, length, first, member)


def narrow(places: Places) -> pl.Series:
    """Places in half the room; one that does not fit is an error."""
    return pl.Series(places).cast(pl.UInt32)


def catalogue(found: Distinct, number: Places, member: Places) -> Catalogue:
    """The distinct runs that have a member.

    Args:
        found: all distinct runs.
        number: of each member, which run it belongs to, ascending.
        member: the members.
    """
    counts = np.bincount(number, minlength=len(found.hash))
    kept = counts > 0
    first = np.r_[0, np.cumsum(counts[kept])].astype(np.int64)
    return Catalogue(lookup(found.hash[kept]), found.token[kept], found.length[kept], first, member)


def fresh(*columns: Places) -> Flags:
    """Where any of the columns differs from the row above."""
    changed = np.ones(len(columns[0]), dtype=np.bool_)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed


def documents(number: Places, group: Places, item: Places) -> Places:
    """Of each row, how many items of its group hold its run: the document frequency.

    Args:
        number: the run, ascending.
        group: the set that the item belongs to, ascending within a run.
        item: the item, ascending within a group.
    """
    which = np.cumsum(fresh(number, group)) - 1
    counts = np.bincount(which, weights=fresh(number, group, item)).astype(np.int64)
    return np.asarray(counts[which])
