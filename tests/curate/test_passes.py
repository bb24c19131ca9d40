"""Passes: the books of a stage are kept, whatever the stage does, and the cache's keys hold what results depend on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from curate.cache import Cache
from curate.engine.local import LocalEngine
from curate.errors import AccountingError
from curate.passes import Tally, peek, run
from curate.stage import GlobalStage, Outcome, Place, RecordStage, Settings, Stage, drops
from curate.unit import Unit
from support.examples import alive, dropped, frame, stage, units


class Told(Settings):
    """What a test says to its stage."""

    number: int = 0


class Strange(RecordStage):
    """Does what a test tells it."""

    name: ClassVar[str] = "strange"
    Settings = Told
    does: ClassVar[Callable[[pl.DataFrame], Outcome]]

    @property
    def reads(self) -> frozenset[str]:
        """The output."""
        return frozenset({"output"})

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """As told."""
        return type(self).does(frame)


class StrangeGlobal(GlobalStage):
    """Drops what a test tells it."""

    name: ClassVar[str] = "strange_global"
    Settings = Told
    gone: ClassVar[pl.DataFrame]

    @property
    def reads(self) -> frozenset[str]:
        """The id."""
        return frozenset({"id"})

    def keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """No more than the place."""
        return frame.select("at")

    def decide(self, keys: pl.DataFrame) -> Outcome:  # noqa: ARG002
        """As told."""
        return Outcome(drops=type(self).gone)


def strange(does: Callable[[pl.DataFrame], Outcome], label: str = "0.strange", seed: int = 1, number: int = 0) -> Stage:
    Strange.does = staticmethod(does)  # type: ignore[assignment]
    return Strange(Told(number=number), Place(label, seed))


def twice(frame: pl.DataFrame) -> Outcome:
    one = drops(frame, pl.lit(value=True), rule="r", reason="x")
    return Outcome(drops=pl.concat([one, one]))


def stranger(frame: pl.DataFrame) -> Outcome:
    gone = pl.DataFrame({"at": pl.Series([999], dtype=pl.UInt32), "rule": "r", "reason": "x"})
    return Outcome(drops=gone)


def nameless(frame: pl.DataFrame) -> Outcome:
    return Outcome(drops=frame.select("at"))


class Bench:
    """A cache, an engine and three units."""

    def __init__(self, folder: Path) -> None:
        self.cache = Cache(folder)
        self.engine = LocalEngine(folder / "scratch")
        rows = frame({"source": "ab"[n % 2], "output": str(n)} for n in range(10))
        self.units = units(rows, folder / "base", [range(6), range(6, 10)])

    def run(self, what: Stage, before: list[Unit] | None = None) -> tuple[list[Unit], Tally]:
        """Run a stage over the units, or over others."""
        return run(what, self.units if before is None else before, self.engine, self.cache)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A place to run stages."""
    return Bench(tmp_path)


def test_a_row_dropped_twice(bench: Bench) -> None:
    """A stage that drops a row twice is refused, and what it did is not kept."""
    for _ in range(2):
        with pytest.raises(AccountingError, match="the same row twice"):
            bench.run(strange(twice))


def test_a_row_dropped_again(bench: Bench) -> None:
    """A stage that drops a row that an earlier one dropped is refused."""
    gone = pl.DataFrame({"unit": 0, "at": [0, 0], "rule": "r", "reason": "x"}, schema_overrides={"at": pl.UInt32})
    StrangeGlobal.gone = gone.head(1)
    after, _ = bench.run(StrangeGlobal(Told(), Place("0.first", 1)))
    assert after[0].alive == bench.units[0].rows - 1
    with pytest.raises(AccountingError):
        bench.run(StrangeGlobal(Told(), Place("1.second", 1)), after)


def test_a_row_that_is_not_there(bench: Bench) -> None:
    """A stage that drops a row of no unit is refused."""
    with pytest.raises(AccountingError):
        bench.run(strange(stranger))


def test_a_unit_that_is_not_there(bench: Bench) -> None:
    """A decision about a unit that does not exist is refused: its drops would be lost."""
    StrangeGlobal.gone = pl.DataFrame(
        {"unit": 77, "at": [0], "rule": "r", "reason": "x"}, schema_overrides={"at": pl.UInt32}
    )
    with pytest.raises(AccountingError):
        bench.run(StrangeGlobal(Told(), Place("0.first", 1)))


def test_a_drop_without_a_reason(bench: Bench) -> None:
    """Evidence without rule and reason is refused: the ledger would not say why."""
    with pytest.raises(AccountingError):
        bench.run(strange(nameless))


def test_tally(bench: Bench) -> None:
    """Rows in by source, drops by source and reason, counts summed over units, pieces and how many were cached."""

    def odd(frame: pl.DataFrame) -> Outcome:
        gone = drops(frame, pl.col("output").cast(int) % 4 == 1, rule="odd", reason="four")
        return Outcome(drops=gone, counts={"seen": frame.height})

    what = strange(odd)
    after, tally = bench.run(what)
    assert tally.rows_in == {"a": 5, "b": 5}
    assert {source: dict(rules) for source, rules in tally.dropped.items()} == {"a": {}, "b": {"odd: four": 3}}
    assert (tally.total_dropped, dict(tally.counts), tally.cached, tally.pieces) == (3, {"seen": 10}, 0, 4)
    assert bench.run(what)[1] == Tally("0.strange", "strange", tally.rows_in, tally.dropped, tally.counts, 4, 4)
    assert sorted(alive(after)["output"]) == ["0", "2", "3", "4", "6", "7", "8"]
    assert dropped(after)["rule"].to_list() == ["odd"] * 3


def test_a_stage_that_changes_nothing_keeps_the_keys(bench: Bench) -> None:
    """What follows a stage that dropped nothing and made nothing is not done again."""
    after, _ = bench.run(strange(lambda _: Outcome(counts={"seen": 1})))
    assert after == bench.units


def test_keys_hold_settings_label_and_seed(bench: Bench) -> None:
    """Other settings, and for what is random or global another seed or label, are other results."""
    cut = stage("sample", {"take": 5}, sources=("a", "b"))
    bench.run(cut)
    assert peek(cut, bench.units, bench.cache)[1] is not None
    others = [
        stage("sample", {"take": 6}, sources=("a", "b")),
        stage("sample", {"take": 5}, seed=7, sources=("a", "b")),
        stage("sample", {"take": 5}, sources=("b", "a")),
        type(cut)(cut.settings, Place("1.sample", 42, ("a", "b"))),
    ]
    assert all(peek(other, bench.units, bench.cache)[1] is None for other in others)
    assert peek(cut, bench.units[:-1], bench.cache)[1] is None
    calm = strange(lambda _: Outcome())
    bench.run(calm)
    assert peek(strange(lambda _: Outcome(), label="9.other", seed=5), bench.units, bench.cache)[1] is not None
    assert peek(strange(lambda _: Outcome(), number=1), bench.units, bench.cache)[1] is None


def test_a_damaged_result_is_made_again(bench: Bench, tmp_path: Path) -> None:
    """With every cached file of a step damaged in turn, the step gives the same units."""
    what = stage("sample", {"max_per_task": 2, "take": 4}, sources=("a", "b"))
    expected, _ = bench.run(what)
    texts = {path: path.read_bytes() for path in (tmp_path / "units").rglob("*") if path.is_file()}
    assert len(texts) > 5
    for path, whole in texts.items():
        path.write_bytes(whole[: len(whole) // 2])
        assert bench.run(what)[0] == expected, path.name
        assert alive(bench.run(what)[0]).height == 4


def test_neither(bench: Bench) -> None:
    """A stage is of one of the two kinds."""

    class Odd(Stage):
        """Neither."""

        name: ClassVar[str] = "odd"
        Settings = Told

        @property
        def reads(self) -> frozenset[str]:
            """Nothing."""
            return frozenset()

    with pytest.raises(TypeError, match="neither"):
        bench.run(Odd(Told(), Place("0.odd", 1)))
