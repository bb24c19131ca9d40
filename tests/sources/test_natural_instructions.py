"""Natural Instructions: schema variants, selection, kinds, licences; the real task files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from pydantic import ValidationError

TASK: dict[str, Any] = {
    "Definition": ["Name a bird.", "One word."],
    "Categories": ["Question Answering"],
    "Instances": [{"id": "1", "input": "black", "output": ["crow"]}, {"id": "2", "input": "white", "output": ["swan"]}],
}


def written(folder: Path, name: str, **changes: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps({**TASK, **changes}))
    return path


def value(loaded: Any, key: str) -> str | None:
    found = loaded.examples["meta"].str.json_path_match(f"$.{key}").unique().to_list()
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("file", "task"),
    [
        ("task001_birds.json", "task001_birds"),
        ("task001_birds/train.json", "task001_birds"),
        ("task001_birds/dev.json", "task001_birds"),
        ("birds/task001_birds.v2.json", "task001_birds.v2"),
        ("training.json", "training"),
    ],
)
def test_task_is_the_stem_or_the_folder_of_a_split(tmp_path: Path, load: Any, file: str, task: str) -> None:
    path = written(tmp_path, file)
    assert set(load("natural_instructions", path).examples["task"]) == {task}
    assert load("natural_instructions", path, tasks=[task]).examples.height == 2


def test_the_oldest_variant_has_texts_for_lists(tmp_path: Path, load: Any) -> None:
    rows = [{"input": "black", "output": "crow"}]
    path = written(tmp_path, "a.json", Definition="Name it.", Categories="Birds", Domains="Nature", Instances=rows)
    loaded = load("natural_instructions", path)
    row = loaded.examples.row(0, named=True)
    assert (row["instruction"], row["output"], row["references"]) == ("Name it.", "crow", ["crow"])
    assert row["meta"] == ('{"kind":"generation","categories":["Birds"],"domains":["Nature"],"languages":["English"]}')
    assert row["license"] == "apache-2.0"


def test_definitions_joined(tmp_path: Path, load: Any) -> None:
    loaded = load("natural_instructions", written(tmp_path, "a.json"), definition="all")
    assert loaded.examples["instruction"][0] == "Name a bird.\nOne word."


@pytest.mark.parametrize(
    ("said", "spdx"),
    [
        (["MIT"], "mit"),
        (["Apache 2.0"], "apache-2.0"),
        (["CC BY 4.0"], "cc-by-4.0"),
        (["CC BY-NC-ND 4.0"], "cc-by-nc-nd-4.0"),
        (["CC-BY-SA-3.0"], "cc-by-sa-3.0"),
        (["CC0 1.0"], "cc0-1.0"),
        (["Unknown"], "unknown"),
        (["Microsoft Research Data License Agreement"], "microsoft-research-data-license-agreement"),
        (["MIT", "CC BY 4.0"], "mit AND cc-by-4.0"),
        ([], "apache-2.0"),
    ],
)
def test_license_of_the_instances(tmp_path: Path, load: Any, said: list[str], spdx: str) -> None:
    path = written(tmp_path, "a.json", **{"Instance License": said})
    assert set(load("natural_instructions", path).examples["license"]) == {spdx}


def test_kind_by_category(tmp_path: Path, load: Any) -> None:
    path = written(tmp_path, "a.json", Categories=["Toxic Language Detection"])
    assert value(load("natural_instructions", path), "kind") == "exact_match"


def test_kind_by_few_short_outputs(tmp_path: Path, load: Any) -> None:
    rows = [{"input": str(at), "output": ["Yes" if at % 3 else "No"]} for at in range(30)]
    assert value(load("natural_instructions", written(tmp_path, "a.json", Instances=rows)), "kind") == "exact_match"
    long = [{"input": str(at), "output": ["Yes, I am rather sure of it"]} for at in range(30)]
    assert value(load("natural_instructions", written(tmp_path, "b.json", Instances=long)), "kind") == "generation"
    many = [{"input": str(at), "output": [str(at)]} for at in range(30)]
    assert value(load("natural_instructions", written(tmp_path, "c.json", Instances=many)), "kind") == "generation"


@pytest.mark.parametrize("key", [7, "7", "task007", "task007_birds"])
def test_kind_said_by_the_recipe(tmp_path: Path, load: Any, key: int | str) -> None:
    path = written(tmp_path, "task007_birds.json")
    other = written(tmp_path, "task070_birds.json")
    assert value(load("natural_instructions", path, kind={key: "exact_match"}), "kind") == "exact_match"
    assert value(load("natural_instructions", other, kind={key: "exact_match"}), "kind") == "generation"


def test_selection_by_number_and_name(tmp_path: Path, load: Any) -> None:
    files = [written(tmp_path, f"task{number:03}_birds.json") for number in (1, 2, 12)]
    listed = tmp_path / "list.txt"
    listed.write_text("# the good ones\ntask001_birds.json  # first\n\n12\n")

    def taken(**options: Any) -> set[str]:
        return set(load("natural_instructions", *files, **options).examples["task"])

    assert taken(tasks=[1, "task012"]) == {"task001_birds", "task012_birds"}
    assert taken(tasks=["task002_birds"]) == {"task002_birds"}
    assert taken(exclude_tasks=[1]) == {"task002_birds", "task012_birds"}
    assert taken(tasks_file=listed) == {"task001_birds", "task012_birds"}
    assert taken(tasks_file=str(listed), tasks=[2], exclude_tasks=["12"]) == {"task001_birds", "task002_birds"}


def test_selection_by_category_and_language(tmp_path: Path, load: Any) -> None:
    german = written(tmp_path, "a.json", Input_language=["German"], Output_language=["German"])
    english = written(tmp_path, "b.json", Categories=["Summarization"])

    def taken(**options: Any) -> list[str]:
        return sorted(set(load("natural_instructions", german, english, **options).examples["task"]))

    assert taken(categories=["summarization"]) == ["b"]
    assert taken(exclude_categories=["Summarization"]) == ["a"]
    assert taken(input_language=["English"]) == ["b"]
    assert taken(output_language=["German", "French"]) == ["a"]
    assert taken(instruction_language=["English"]) == ["a", "b"]


def test_a_list_file_that_is_not_there(made: Any) -> None:
    with pytest.raises(ValidationError, match="cannot read the list of tasks"):
        made("natural_instructions", tasks_file="no/such/list.txt")


def test_a_list_file_becomes_a_part_of_the_options(tmp_path: Path, made: Any) -> None:
    """So that a changed list makes other cached units."""
    (tmp_path / "list.txt").write_text("3\n")
    options = made("natural_instructions", tasks_file=tmp_path / "list.txt").options
    assert (options.tasks, options.tasks_file) == (("3",), None)


def test_selection_of_rows_that_name_their_task_is_refused_aloud(tmp_path: Path, load: Any) -> None:
    rows = [{"task_name": f"task00{at}_x", "definition": "d", "inputs": "i", "targets": "t"} for at in (1, 2)]
    path = tmp_path / "rows.jsonl"
    pl.DataFrame(rows).write_ndjson(path)
    loaded = load("natural_instructions", path, tasks=[1])
    assert loaded.examples["task"].to_list() == ["task001_x"]
    assert "use a filter on task" in loaded.faults["reason"][0]


def test_documents_that_are_no_tasks(made: Any) -> None:
    source = made("natural_instructions")
    with pytest.raises(ValueError, match="found an object with 'a', 'b'"):
        source.unpack({"a": [], "b": 1})
    with pytest.raises(ValueError, match="'Definition', found none"):
        source.unpack({"Instances": []})
    with pytest.raises(ValueError, match="found str"):
        source.unpack("text")


def test_real(real_data: Path, load: Any) -> None:
    files = [*real_data.glob("ni_superni_sapt/*/*.json"), *real_data.glob("ni_v2_contrib/*/*.json")]
    loaded = load("natural_instructions", *sorted(files))
    examples = loaded.examples
    assert loaded.faults.is_empty()
    assert examples.height == 77_093 + 7_799
    assert examples["task"].n_unique() == 22
    by_task = examples.group_by("task").agg(pl.all().first(), pl.len().alias("n")).sort("task")
    kinds = dict(zip(by_task["task"].str.slice(4, 3), by_task["meta"].str.json_path_match("$.kind"), strict=True))
    assert {task for task, kind in kinds.items() if kind == "exact_match"} == {"073", "141", "142", "143", "156", "363"}
    assert set(examples["license"]) == {
        "apache-2.0",
        "cc-by-4.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nc-nd-4.0",
        "mit",
        "unknown",
    }
    assert examples.filter(pl.col("references").list.len() > 1).height > 10_000
    assert examples.filter(pl.col("output") == "").is_empty()
