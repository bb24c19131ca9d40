"""Facts against numbers that can be counted in conftest.py."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl
import pytest

from curate.errors import VersionError
from curate_reports.alert import Alert
from curate_reports.cluster import Cluster
from curate_reports.facts import facts
from curate_reports.funnel import Reason
from curate_reports.histogram import Bin
from curate_reports.output import Output
from curate_reports.share import Share
from curate_reports.task import Task


def test_funnel_by_step(build: Any) -> None:
    steps = facts(build()).steps
    flow = [(one.label, one.rows_in, one.dropped, one.kept, one.alive) for one in steps]
    assert flow == [
        ("ingest", 150, 1, 149, 149),
        ("0.filter.words", 149, 91, 58, 58),
        ("1.dedup", 58, 18, 40, 40),
        ("split", 40, 0, 40, 40),
    ]
    assert steps[0].reasons == (Reason("quarantine", "not an object", 1),)
    assert steps[1].reasons == (Reason("words", "too long", 81), Reason("words", "too short", 10))
    assert steps[1].dropped_by_source == {"tasks": 1, "lost": 90}


def test_a_sources_own_step_leaves_the_others_alive(build: Any) -> None:
    own = {"label": "lost.0.sample", "name": "sample", "settings": {}, "counts": {}}
    folder = build(stages=[{**own, "rows_in": {"lost": 99}, "dropped": {"lost": {"keep: beyond": 60}}}])
    step = facts(folder).steps[1]
    assert (step.rows_in, step.dropped, step.kept, step.alive) == (99, 60, 39, 89)


def test_balance_by_source(build: Any) -> None:
    tasks, chats, lost = facts(build()).sources
    assert (tasks.rows_in, tasks.dropped, tasks.rows_out, tasks.share) == (30, 6, 24, 0.6)
    assert (tasks.worst, tasks.worst_dropped) == ("1.dedup", 5)
    assert (chats.rows_out, chats.share, chats.worst_dropped) == (16, 0.4, 4)
    assert (lost.quarantined, lost.rows_out, lost.worst, lost.worst_dropped) == (1, 0, "0.filter.words", 90)


def test_lengths(build: Any) -> None:
    found = {(one.part, one.unit): one for one in facts(build()).lengths}
    assert set(found) == {(part, unit) for part in ("prompt", "completion") for unit in ("words", "characters")}
    # Two outputs of no word, ten of one, twenty-seven of three, one of twenty.
    said = found["completion", "words"]
    assert (said.total, said.mean, said.p5, said.p50, said.p95, said.highest) == (111, 2.775, 0, 3, 3, 20)
    assert [one for one in said.bins if one.rows] == [Bin(0, 1, 2), Bin(1, 2, 10), Bin(3, 4, 27), Bin(20, 24, 1)]
    assert found["completion", "characters"].highest == len(" ".join(["word"] * 20))


def test_tasks(build: Any) -> None:
    found = facts(build()).tasks
    assert (found.count, found.untasked, found.median) == (2, 16, 4)
    assert found.top == (Task("tasks", "translate", 20, 0.5), Task("tasks", "other", 4, 0.1))


def test_terms_splits_and_languages(build: Any) -> None:
    found = facts(build())
    assert found.licenses == (Share("apache-2.0", 24, 0.6), Share("mit", 16, 0.4))
    assert found.origins == (Share("human", 24, 0.6), Share("model", 16, 0.4))
    assert found.splits == (Share("train", 30, 0.75), Share("test", 10, 0.25))
    assert (found.sample.rows, found.sample.of) == (40, 40)
    assert sum(one.rows for one in found.sample.languages) == 40
    assert found.sample.languages[0].name == "en"


def test_the_language_of_foreign_records_is_not_that_of_the_template(build: Any, rows: list[Any]) -> None:
    german = "### Instruction:\nWarum ist der Himmel am Abend manchmal rot?\n\n### Response:\n"
    changed = [
        {**row, "prompt": german, "completion": f"Das liegt am langen Weg des Lichts. {n}"}
        for n, row in enumerate(rows)
    ]
    assert facts(build(changed)).sample.languages == (Share("de", 40, 1.0),)


def test_openings_are_behind_the_template(build: Any) -> None:
    assert facts(build()).sample.openings == (Share("Translate the following sentence into Fr", 14, 0.35),)


def test_outputs(build: Any) -> None:
    found = facts(build()).outputs
    assert found.empty == 2
    assert found.top == (Output("yes", 10, 1, 0.25),)


def test_clusters(build: Any) -> None:
    found = facts(build()).clusters
    assert (found.count, found.rows) == (2, 18)
    thirty, zero = found.top
    assert thirty == Cluster(f"{30:032x}", 12, ("lost", "chats"), ("1.dedup",), 1.0, 1.0, "The text of record thirty")
    assert (zero.rows, zero.sources, zero.least_similar, zero.most_similar) == (6, ("tasks", "lost"), 0.8, 1.0)
    # The ledger keeps no text of this one: it is taken from the dataset, without the template.
    assert zero.excerpt == "Translate the following sentence into French: number 0"


def test_alerts(build: Any) -> None:
    assert facts(build()).alerts == (
        Alert("build", "source 'lost': 1 of 100 rows were quarantined"),
        Alert("source", "source “lost”: 0 of its 100 rows are left; 0.filter.words dropped 90"),
        Alert("task", "task “translate” is 50.0% of the mix (20 records)"),
        Alert("empty", "2 outputs are empty (5.0%): a model learns from that to say nothing"),
        Alert("opening", "35.0% of the prompts begin alike: “Translate the following sentence into Fr…”"),
        Alert("output", "25.0% of the outputs are the same: “yes” (10 records of 1 task)"),
    )


def test_a_source_is_told_of_once(build: Any) -> None:
    alerts = facts(build(warnings=["source 'lost': none of its 100 rows is left"])).alerts
    assert [one.text for one in alerts if "lost" in one.text] == ["source 'lost': none of its 100 rows is left"]


def test_few_equal_tasks_are_no_alert(build: Any, rows: list[Any]) -> None:
    changed = [{**row, "task": f"task {n % 4}"} for n, row in enumerate(rows)]
    assert not [one for one in facts(build(changed)).alerts if one.kind == "task"]


def test_a_large_task_is_an_alert(build: Any, rows: list[Any]) -> None:
    changed = [{**row, "task": "large" if n < 12 else f"task {n}"} for n, row in enumerate(rows)]
    told = [one.text for one in facts(build(changed)).alerts if one.kind == "task"]
    assert told == ["task “large” is 30.0% of the mix (12 records)"]


def test_a_task_far_above_the_median_is_an_alert(build: Any, rows: list[Any]) -> None:
    names = ["large"] * 11 + ["one", "two", "three"] + [None] * 66
    changed = [{**row, "task": name} for row, name in zip(rows * 2, names, strict=True)]
    told = [one.text for one in facts(build(changed, rows_out=80)).alerts if one.kind == "task"]
    assert told == ["task “large” has 11 records, 11 times as many as the median task"]


def test_many_alerts_of_one_kind_are_counted(build: Any, rows: list[Any]) -> None:
    changed = [{**row, "completion": f"answer {n % 6}"} for n, row in enumerate(rows)]
    told = [one.text for one in facts(build(changed)).alerts if one.kind == "output"]
    assert len(told) == 4
    assert told[-1] == "and 2 more outputs"


def test_messages(build: Any, rows: list[Any]) -> None:
    found = facts(build([_dialogue(row) for row in rows], columns={"messages": "List(Struct)"}))
    words = {one.part: one for one in found.lengths if one.unit == "words"}
    assert words["completion"].total == 111
    assert words["prompt"].highest == 2 + 9  # the system's turn and the longest question
    assert found.outputs.empty == 2
    assert found.sample.openings[0].rows == 14


def test_a_call_of_a_tool_is_not_empty(build: Any, rows: list[Any]) -> None:
    changed = [_dialogue(row, tool_calls="[{}]" if n == 10 else None) for n, row in enumerate(rows)]
    assert facts(build(changed, columns={"messages": "List(Struct({'tool_calls': String}))"})).outputs.empty == 1


def test_text(build: Any, rows: list[Any]) -> None:
    changed = [{"text": row["prompt"] + row["completion"], **row} for row in rows]
    found = facts(
        build(
            [{k: v for k, v in row.items() if k not in {"prompt", "completion"}} for row in changed],
            columns={"text": "String"},
        )
    )
    assert {one.part for one in found.lengths} == {"text"}
    assert found.outputs.empty == 2
    assert found.outputs.top == (Output("yes", 10, 1, 0.25),)
    assert found.sample.openings[0] == Share("Translate the following sentence into Fr", 14, 0.35)


def test_nothing_dropped_and_one_source(build: Any, rows: list[Any]) -> None:
    one = {
        "adapter": "files",
        "title": "",
        "url": "",
        "license": "mit",
        "origin": "human",
        "rows_in": 40,
        "rows_out": 40,
    }
    zero = {"quarantined": 0, "dropped": 0, "repeated": 0}
    changes = {"sources": {"only": {**one, **zero}}, "stages": [], "terms": [], "expectations": [], "warnings": []}
    changed = [{**row, "source": "only", "task": None, "completion": f"answer {n}"} for n, row in enumerate(rows)]
    found = facts(build(changed, [], {}, rows_in=40, quarantined=0, dropped=0, **changes))
    assert [step.label for step in found.steps] == ["ingest"]
    assert (found.clusters.count, found.tasks.count, found.outputs.top, found.licenses) == (0, 0, (), ())
    assert [one.kind for one in found.alerts] == ["opening"]


def test_no_records_at_all(build: Any) -> None:
    found = facts(build(rows_out=0, splits={}, ledger=[]))
    assert (found.lengths, found.splits, found.sample.rows, found.sample.languages) == ((), (), 0, ())
    empty = {"train": {"rows": 0, "bytes": 0, "files": ["data/train-00000-of-00001.parquet"]}}
    folder = build(rows_out=0, splits=empty)
    pl.read_parquet(folder / "data/train-00000-of-00001.parquet").clear().write_parquet(
        folder / "data/train-00000-of-00001.parquet"
    )
    assert facts(folder).lengths == ()


def test_a_version_without_its_ledger(build: Any) -> None:
    folder = build()
    for name in ("drops", "excerpts"):
        (folder / f"ledger/{name}.parquet").unlink()
    assert facts(folder).clusters.count == 0


def test_what_is_missing_or_damaged_is_named(build: Any) -> None:
    folder = build()
    name = "data/test-00000-of-00001.parquet"
    (folder / name).write_bytes(b"not parquet")
    with pytest.raises(VersionError, match="damaged"):
        facts(folder)
    (folder / name).unlink()
    with pytest.raises(VersionError, match=name):
        facts(folder)
    with pytest.raises(VersionError, match="no prompt and completion, messages or text: image"):
        facts(build(columns={"image": "String"}))


def test_json_keys(build: Any) -> None:
    found = orjson.loads(orjson.dumps(facts(build()).as_json()))
    assert list(found) == [
        *("schema_version", "name", "version", "path", "description", "license", "seed", "tool"),
        *("rows_in", "quarantined", "dropped", "repeated", "rows_out", "splits", "steps", "sources", "expectations"),
        *("lengths", "sample", "licenses", "origins", "tasks", "outputs", "clusters", "alerts"),
    ]
    step = {"label", "name", "rows_in", "dropped", "kept", "alive", "dropped_by_source", "reasons"}
    assert set(found["steps"][1]) == step
    assert set(found["steps"][1]["reasons"][0]) == {"rule", "reason", "rows"}
    assert set(found["lengths"][0]) == {"part", "unit", "total", "mean", "p5", "p50", "p95", "highest", "bins"}
    assert found["expectations"] == [{"what": "rows.min", "limit": "30", "value": "40", "ok": True}]
    assert found["sample"]["openings"][0] == {
        "name": "Translate the following sentence into Fr",
        "rows": 14,
        "share": 0.35,
    }


def _dialogue(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = row["prompt"].split("\n")[1]
    turns = [("system", "Be kind"), ("user", asked), ("assistant", row["completion"])]
    messages = [{"role": role, "content": content, **dict.fromkeys(more)} for role, content in turns]
    messages[-1] |= more
    return {"messages": messages, **{key: row[key] for key in row if key not in {"prompt", "completion"}}}
