"""What a careful reader of the numbers would ask about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from curate.manifest import Manifest
from curate_reports.funnel import Source
from curate_reports.output import Output, Outputs
from curate_reports.sample import Sample, begun
from curate_reports.share import part, percent
from curate_reports.task import Task, Tasks
from curate_reports.visible import clipped, visible

# In fewer records every share is great.
ENOUGH = 20
# Of a source's rows: fewer are left of one that is nearly gone.
LEFT = 0.1
# Of the mix: one task is more only by mistake, or it is the purpose.
TASK_SHARE = 0.2
TASK_TIMES = 10
OPENING_SHARE = 0.3
OUTPUT_SHARE = 0.05
# Alerts of one kind that are told one by one.
_MOST = 3


@dataclass(frozen=True)
class Alert:
    """A warning.

    Args:
        kind: `build` (the manifest's own), `source`, `task`, `empty`, `opening` or `output`.
        text: in words.
    """

    kind: str
    text: str


def alerts(
    manifest: Manifest, sources: Sequence[Source], tasks: Tasks, sample: Sample, outputs: Outputs
) -> tuple[Alert, ...]:
    """All warnings of a version, the build's first.

    Args:
        manifest: of the version.
        sources: what became of each.
        tasks: the mix.
        sample: how prompts begin.
        outputs: what stands out among them.
    """
    found = [Alert("build", visible(text)) for text in manifest.warnings]
    found += _first("source", "sources", _gone(manifest, sources))
    found += _first("task", "tasks", _large(tasks, manifest.rows_out))
    if outputs.empty:
        share = percent(part(outputs.empty, manifest.rows_out))
        text = f"{_many(outputs.empty, 'output')} empty ({share}): a model learns from that to say nothing"
        found.append(Alert("empty", text))
    if manifest.rows_out >= ENOUGH:
        found += _first("opening", "openings", _alike(sample))
        found += _first("output", "outputs", _same(outputs.top))
    return tuple(found)


def _first(kind: str, plural: str, texts: Iterable[str]) -> list[Alert]:
    every = list(texts)
    more = [f"and {len(every) - _MOST:,} more {plural}"] if len(every) > _MOST else []
    return [Alert(kind, text) for text in every[:_MOST] + more]


def _gone(manifest: Manifest, sources: Sequence[Source]) -> Iterator[str]:
    """Sources of which little is left, unless the build has said so itself."""
    for one in sources:
        said = any(text.startswith(f"source {one.name!r}:") and "left" in text for text in manifest.warnings)
        if one.rows_in and one.rows_out < LEFT * one.rows_in and not said:
            where = f"; {visible(one.worst)} dropped {one.worst_dropped:,}" if one.worst else ""
            yield f"source {_quoted(one.name)}: {one.rows_out:,} of its {one.rows_in:,} rows are left{where}"


def _large(tasks: Tasks, rows: int) -> Iterator[str]:
    for one in tasks.top:
        times = one.rows / tasks.median
        if one.share > TASK_SHARE and _stands_out(one, tasks, rows):
            yield f"task {_quoted(one.name)} is {percent(one.share)} of the mix ({one.rows:,} records)"
        elif times > TASK_TIMES and tasks.count > 2:
            yield f"task {_quoted(one.name)} has {one.rows:,} records, {times:,.0f} times as many as the median task"


def _stands_out(task: Task, tasks: Tasks, rows: int) -> bool:
    """Not one of a few equal tasks, and not all there is."""
    if tasks.count == 1:
        return task.rows < rows
    return task.rows > 2 * tasks.median


def _alike(sample: Sample) -> Iterator[str]:
    for one in sample.openings:
        if one.share > OPENING_SHARE:
            yield f"{percent(one.share)} of the prompts begin alike: {_quoted(begun(one))}"


def _same(outputs: Sequence[Output]) -> Iterator[str]:
    for one in outputs:
        if one.share > OUTPUT_SHARE:
            where = f"{one.rows:,} records of " + ("1 task" if one.tasks == 1 else f"{one.tasks:,} tasks")
            yield f"{percent(one.share)} of the outputs are the same: {_quoted(one.text)} ({where})"


def _many(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count:,} {what}s are"


def _quoted(text: str) -> str:
    return f"“{clipped(text, 60)}”"
