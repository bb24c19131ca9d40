"""Send: a version goes to a target, in one step that either happened or did not."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from curate import manifest as manifests
from curate.errors import CurateError
from curate.manifest import Manifest
from curate.publish.gate import admit, conflicts, exposed
from curate.publish.merge import merge
from curate.publish.payload import File, Payload, as_it_is, packed
from curate.publish.policy import stated
from curate.publish.target import CARD, Present, Receipt, Target, Tell

# Looks at a version before it goes; gives notes, or raises CurateError to refuse it.
Policy = Callable[[Path, Manifest], Sequence[str]]


@dataclass(frozen=True)
class Request:
    """How a version is to be published.

    Args:
        excerpts: let the excerpts of text that is not in the dataset go too.
        replace: delete data files in the way that are of no version, and write over changes between the card's marks.
        policies: each may refuse, before anything is looked at elsewhere.
        accepted: why a licence is right that the records contradict; the card says it.
    """

    excerpts: bool = False
    replace: bool = False
    policies: Sequence[Policy] = ()
    accepted: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a publish would do.

    Args:
        payload: what would be there afterwards.
        present: what is there now.
        send: files that are not there yet.
        gone: names of files that would go.
        card: the changes of the card there, as lines of a unified diff.
        notes: what a user should know first.
    """

    payload: Payload
    present: Present
    send: tuple[File, ...]
    gone: tuple[str, ...]
    card: tuple[str, ...]
    notes: tuple[str, ...]


@contextmanager
def planned(folder: Path, target: Target, request: Request, tell: Tell) -> Iterator[Plan]:
    """Check a version, look at the target, lay ready what would go; nothing is changed.

    Args:
        folder: of a finished version.
        target: where to.
        request: how.
        tell: is told what is being done.

    Raises:
        CurateError: the version may not go, or the target refuses.
    """
    manifest = manifests.read(folder)
    tell(f"verifying {manifest.name}@{manifest.version}")
    notes = list(admit(folder, manifest))
    for policy in request.policies:
        notes += policy(folder, manifest)
    tell(f"looking at {target.name}")
    present = target.present(manifest.version)
    shared = partial(merge, there=present.card, replace=request.replace) if present.shared else as_it_is

    def card(text: str) -> str:
        return shared(stated(text, manifest, request.accepted))

    with packed(folder, excerpts=request.excerpts, card=card) as payload:
        strays = conflicts(payload, present)
        if strays and not request.replace:
            raise CurateError(
                f"{target.name} holds files that are of no version of curate and in the way: {_named(strays)}; "
                "say --replace to let them go (its history keeps them), or name another place"
            )
        present = replace(present, remove=[*present.remove, *strays])
        names = {file.name for file in payload.files}
        there = not present.shared and present.version is not None
        send = () if there else tuple(file for file in payload.files if not present.has(file))
        gone = tuple(name for name in present.remove if name not in names)
        notes += [*present.notes, *exposed(folder, payload)]
        yield Plan(payload, present, send, gone, tuple(_changes(payload, present)), tuple(notes))


def publish(plan: Plan, target: Target, tell: Tell) -> Receipt:
    """Do what was planned, and read it back.

    Args:
        plan: while its block runs.
        target: the same.
        tell: is told what is being done.

    Raises:
        CurateError: the target refuses, or is changed by somebody else meanwhile, and is as it was; or what comes back
            is not what was sent.
    """
    receipt = target.put(plan.payload, plan.present, tell)
    tell(f"reading back {receipt.place}")
    target.check(plan.payload, receipt)
    return receipt


def _changes(payload: Payload, present: Present) -> Iterator[str]:
    """The card as a diff."""
    new = next(file for file in payload.files if file.name == CARD).path.read_text(encoding="utf-8").splitlines()
    old = (present.card or "").splitlines()
    return difflib.unified_diff(old, new, f"{CARD} there", f"{CARD} then", lineterm="")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
