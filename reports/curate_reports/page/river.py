"""The flow of records as numbers: bands of sources, and gates at which some of each leave.

Steps that took nothing are no gates. Where there are more gates than a picture holds, the steps of single sources
become one, then the neighbouring filters that took the least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from curate.manifest import Manifest
from curate_reports.funnel import INGEST, Step
from curate_reports.page.svg import OTHER

GATES = 8
FEWER = 6


@dataclass(frozen=True)
class Gate:
    """A step, or several that are shown as one, and what it took.

    Args:
        label: the step's label; of several, what each does.
        steps: labels of its steps.
        lost: records that left here, by band.
        reasons: why, the most frequent first, with how many.
    """

    label: str
    steps: tuple[str, ...]
    lost: tuple[int, ...]
    reasons: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Records of all bands that left here."""
        return sum(self.lost)


@dataclass(frozen=True)
class River:
    """All of it.

    Args:
        bands: names of sources; the last may stand for several.
        colours: of the bands.
        came: rows that were read, by band.
        gates: in the order in which the steps ran.
        out: records in the dataset, by band, with the copies that steps added.
        still: labels of steps that took nothing.
    """

    bands: tuple[str, ...]
    colours: tuple[int, ...]
    came: tuple[int, ...]
    gates: tuple[Gate, ...]
    out: tuple[int, ...]
    still: tuple[str, ...]

    def levels(self) -> list[tuple[int, ...]]:
        """Records of each band: as read, then after each gate."""
        found = [self.came]
        for gate in self.gates:
            found.append(tuple(here - gone for here, gone in zip(found[-1], gate.lost, strict=True)))
        return found


def river(manifest: Manifest, steps: Sequence[Step], colour: Mapping[str, int], most: int = GATES) -> River:
    """The flow of a version.

    Args:
        manifest: of the version.
        steps: as `curate_reports.funnel.steps` gives them.
        colour: of each source.
        most: gates.
    """
    shared = [name for name in manifest.sources if colour[name] == OTHER and len(manifest.sources) > OTHER + 1]
    single = [name for name in manifest.sources if name not in shared]
    members = [[name] for name in single] + ([shared] if shared else [])
    names = [*single, *([f"{len(shared)} others"] if shared else [])]

    def by_band(counts: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(sum(counts.get(name, 0) for name in band) for band in members)

    gates = [
        Gate(step.label, (step.label,), by_band(step.dropped_by_source), tuple(_reasons([step])))
        for step in steps
        if step.dropped
    ]
    told = {step.label: step for step in steps}
    return River(
        tuple(names),
        tuple(colour[band[0]] for band in members),
        by_band({name: info.rows_in for name, info in manifest.sources.items()}),
        tuple(_merged(gates, told, set(manifest.sources), most)),
        by_band({name: info.rows_out for name, info in manifest.sources.items()}),
        tuple(step.label for step in steps if not step.dropped and step.label != INGEST),
    )


def _merged(gates: list[Gate], told: Mapping[str, Step], sources: set[str], most: int) -> list[Gate]:
    if len(gates) <= most:
        return gates
    own = [place for place, gate in enumerate(gates) if _own(gate.label, sources)]
    if len(own) > 1:  # a source's own steps run one after the other, before all others
        first, last = own[0], own[-1]
        gates = [
            *gates[:first],
            _joined(gates[first : last + 1], told, "sources\N{RIGHT SINGLE QUOTATION MARK} own"),
            *gates[last + 1 :],
        ]
    while len(gates) > most:
        costs = [
            (_apart(left, told) or _apart(right, told), left.total + right.total) for left, right in pairwise(gates)
        ]
        place = costs.index(min(costs))
        gates = [*gates[:place], _joined(gates[place : place + 2], told), *gates[place + 2 :]]
    return gates


def _apart(gate: Gate, told: Mapping[str, Step]) -> bool:
    """Whether a gate is more than filters: those are what people look for."""
    return not all(told[label].name.startswith(("filter.", "transform.")) for label in gate.steps)


def _own(label: str, sources: set[str]) -> bool:
    return any(label.startswith(f"{name}.") for name in sources)


def _joined(gates: Sequence[Gate], told: Mapping[str, Step], label: str | None = None) -> Gate:
    steps = tuple(step for gate in gates for step in gate.steps)
    lost = tuple(map(sum, zip(*(gate.lost for gate in gates), strict=True)))
    named = " + ".join(dict.fromkeys(told[step].name.rpartition(".")[2] for step in steps))
    return Gate(label or named, steps, lost, tuple(_reasons([told[step] for step in steps])))


def _reasons(steps: Sequence[Step]) -> list[tuple[str, int]]:
    counts = Counter[str]()
    for step in steps:
        for one in step.reasons:
            counts[one.reason] += one.rows
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
