"""Natural Instructions and Super-Natural Instructions: 1,600 tasks, one JSON file a task.

An instance becomes an example: the task's definition is the instruction, the first reference the output. The shape,
invented:

    {"Contributors": ["Ada"], "Source": ["birdlist"], "Categories": ["Text Categorization"], "Domains": ["Nature"],
     "Definition": ["Say whether the bird in the sentence can fly. Answer Yes or No."],
     "Input_language": ["English"], "Output_language": ["English"], "Instruction_language": ["English"],
     "Positive Examples": [], "Negative Examples": [], "Instance License": ["CC BY 4.0"],
     "Instances": [{"id": "task9001-0a", "input": "A penguin walks home.", "output": ["No", "no"]}]}

Older files write single texts instead of lists (`Definition`, `Categories`, `Domains`, `output`) and lack ids,
languages and licence. Files without languages are English, files without a licence fall under the collection's
Apache-2.0. Rows of the Hub's copy, `{"task_name", "id", "definition", "inputs", "targets"}`, are read too.

The positive examples, which explain a task, are left out unless `examples: true` keeps them in `meta.examples`.

A task is judged by exact match where its category is a kind of classification or where its outputs are few and short;
else by overlap with the references. `meta.kind` says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any, ClassVar, Literal

import orjson
import polars as pl
from pydantic import Field, ValidationInfo, model_validator

from curate.source import FAULT, About, Document, Options, RowType, Source, license_name
from curate_sources._column import constant, first_fault, group, meta, missing, unselected

Kind = Literal["exact_match", "generation"]

_SPLITS = ("train", "dev", "test")
_SUFFIXES = re.compile(r"(?:\.[A-Za-z]+)+$")
_NUMBER = re.compile(r"(?:task)?0*([0-9]{1,9})(?:_.*)?")

# Words in the names of the categories whose tasks have one right label; contributors spelt the 76 in many ways.
_LABELLING = re.compile(
    r"classification|categorization|detection|identification|recognition|verification|entailment|sentiment|matching|stance"
    r"|coreference|discourse|answerability|ethics|linguistic probing|word semantics|multiple choice"
)
_FEW, _SHORT = 20, 5  # so many distinct outputs, of so many words at most, are labels


class _Options(Options):
    tasks: tuple[int | str, ...] | None = Field(None, description="only these tasks, by number or name")
    tasks_file: Path | None = Field(
        None, description="more of `tasks`: a text file, one number or name a line, # comments"
    )
    exclude_tasks: tuple[int | str, ...] = Field((), description="not these tasks, by number or name")
    categories: tuple[str, ...] | None = Field(None, description="only tasks of one of these categories")
    exclude_categories: tuple[str, ...] = Field((), description="no task of one of these categories")
    input_language: tuple[str, ...] | None = Field(
        None, description="only tasks whose input is in one of these: [English]"
    )
    output_language: tuple[str, ...] | None = Field(None, description="only tasks whose output is in one of these")
    instruction_language: tuple[str, ...] | None = Field(
        None, description="only tasks whose definition is in one of these"
    )
    definition: Literal["first", "all"] = Field(
        "first", description="a task with several definitions: the first, or all joined"
    )
    examples: bool = Field(
        default=False,
        description="keep the task's positive examples in meta.examples: shots for the step `score`",
    )
    kind: Mapping[int | str, Kind] = Field(
        {}, description="the kind of tasks, by number or name, where the guess is wrong"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_list(cls, given: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever the recipe says
        """Read the list here, once: a cached unit then depends on what it says, and workers need not see the file."""
        if not isinstance(given, dict) or given.get("tasks_file") is None:
            return given
        tasks = given.get("tasks") or ()
        if not isinstance(tasks, list | tuple):
            return given  # its own fault is reported first
        try:
            base = (info.context or {}).get("base", "")  # the recipe's folder
            text = Path(base, given["tasks_file"]).read_text(encoding="utf-8-sig")
        except (OSError, TypeError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read the list of tasks: {error}") from None
        lines = (line.split("#", 1)[0].strip().removesuffix(".json") for line in text.splitlines())
        rest = {key: value for key, value in given.items() if key != "tasks_file"}
        return {**rest, "tasks": [*tasks, *(line for line in lines if line)]}


class Adapter(Source):
    """One example an instance of a task file."""

    about = About(
        title="Natural Instructions v2 (Super-NaturalInstructions)",
        url="https://github.com/allenai/natural-instructions",
        hub="Muennighoff/natural-instructions",
        license="apache-2.0",
        origin="human",
        citation="https://arxiv.org/abs/2204.07705",
    )
    Options = _Options
    row: ClassVar[Mapping[str, RowType]] = {
        "id": pl.String(),
        "input": pl.String(),
        "output": pl.List(pl.String),
        "task_name": pl.String(),
        "definition": pl.String(),
        "inputs": pl.String(),
        "targets": pl.String(),
    }

    def wants(self, path: PurePath) -> bool:
        """Whether the task of this file is selected; files whose rows name their tasks themselves are all read."""
        if ".json" not in path.suffixes:
            return True
        return self._wants(_task(path))

    def _wants(self, task: str) -> bool:
        options = self.options
        if options.tasks is not None and not _names(options.tasks, task):
            return False
        return not _names(options.exclude_tasks, task)

    def unpack(self, document: object) -> Document:
        """The instances, with what the file says of the task.

        Raises:
            ValueError: the document is not a task file; the message says what it holds.
        """
        if isinstance(document, list):
            return Document(document)
        if not isinstance(document, dict) or not isinstance(document.get("Instances"), list):
            keys = ", ".join(map(repr, list(document)[:8])) or "no keys" if isinstance(document, dict) else ""
            found = f"an object with {keys}" if keys else type(document).__name__
            raise ValueError(f"expected a task file with a list 'Instances', found {found}")  # noqa: TRY004
        if "Definition" not in document:
            raise ValueError("expected a task file with a 'Definition', found none")
        rows = [_listed(row) for row in document["Instances"]] if self._selects(document) else []
        return Document(rows, self._constants(document, rows))

    def _selects(self, document: Mapping[str, Any]) -> bool:
        options = self.options
        found = {name.casefold() for name in _texts(document.get("Categories"))}
        if options.categories is not None and found.isdisjoint(name.casefold() for name in options.categories):
            return False
        if not found.isdisjoint(name.casefold() for name in options.exclude_categories):
            return False
        for key in ("Input_language", "Output_language", "Instruction_language"):
            wanted = getattr(options, key.lower())
            spoken = {name.casefold() for name in _texts(document.get(key)) or ["English"]}
            if wanted is not None and spoken.isdisjoint(name.casefold() for name in wanted):
                return False
        return True

    def _constants(self, document: Mapping[str, Any], rows: list[Any]) -> dict[str, str]:
        definitions = _texts(document["Definition"])
        categories = _texts(document.get("Categories"))
        languages = [name for key in ("Input_language", "Output_language") for name in _texts(document.get(key))]
        return {
            "task_definition": "\n".join(definitions if self.options.definition == "all" else definitions[:1]),
            "task_categories": orjson.dumps(categories).decode(),
            "task_domains": orjson.dumps(_texts(document.get("Domains"))).decode(),
            "task_languages": orjson.dumps(list(dict.fromkeys(languages)) or ["English"]).decode(),
            "task_license": _license(_texts(document.get("Instance License"))),
            "task_kind": _kind(categories, rows),
        } | ({"task_examples": _shots(document.get("Positive Examples"))} if self.options.examples else {})

    def examples(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Turn instances into examples."""
        tasks = {name: _task(PurePath(name.replace("\\", "/"))) for name in rows["file"].unique()}
        rows = rows.with_columns(
            task=pl.coalesce("task_name", pl.col("file").replace_strict(tasks, return_dtype=pl.String)),
            text=pl.coalesce("input", "inputs"),
            answers=pl.coalesce("output", pl.concat_list("targets")),
        )
        return rows.select(
            "task",
            group(pl.col("text")).alias("group"),
            pl.coalesce("definition", constant(rows, "task_definition")).alias("instruction"),
            pl.col("text").alias("input"),
            pl.col("answers").list.get(0, null_on_oob=True).alias("output"),
            pl.col("answers").alias("references"),
            constant(rows, "task_license").alias("license"),
            meta(
                {"id": pl.col("id"), "kind": self._kinds(rows)},
                json={key: constant(rows, f"task_{key}") for key in ("categories", "domains", "languages", "examples")},
            ).alias("meta"),
            first_fault(
                missing("input", "inputs"),
                missing("output", "targets"),
                pl.when(pl.col("task_name").is_not_null()).then(self._unselected(rows)),
            ).alias(FAULT),
        )

    def _unselected(self, rows: pl.DataFrame) -> pl.Expr:
        """The Hub's rows name their task themselves: a few names, looked at once each."""
        names = [name for name in rows["task_name"].unique() if name is not None and not self._wants(name)]
        return unselected(~pl.col("task_name").is_in(names), pl.col("task_name"), "tasks", "task")

    def _kinds(self, rows: pl.DataFrame) -> pl.Expr:
        guess = constant(rows, "task_kind")
        if not self.options.kind:
            return guess
        said = {str(key): kind for key, kind in self.options.kind.items()}
        numbers = {
            str(number): kind for key, kind in said.items() if (number := _number(key)) is not None and "_" not in key
        }
        named = pl.col("task").replace_strict(said, default=None, return_dtype=pl.String)
        digits = pl.col("task").str.extract(r"^task0*(\d+)")
        return pl.coalesce(named, digits.replace_strict(numbers, default=None, return_dtype=pl.String), guess)


def _task(path: PurePath) -> str:
    stem = _SUFFIXES.sub("", path.name)
    return path.parent.name if stem in _SPLITS else stem


def _number(name: int | str) -> int | None:
    found = _NUMBER.fullmatch(str(name))
    return int(found.group(1)) if found else None


def _names(selection: Iterable[int | str], task: str) -> bool:
    number = _number(task)
    known = number is not None
    return any(str(name) == task or (known and "_" not in str(name) and _number(name) == number) for name in selection)


def _texts(value: object) -> list[str]:
    """A text or a list of texts as a list; what else there may be is left out."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _shots(examples: object) -> str:
    """The positive examples that are whole, as JSON: [{"input", "output"}]; the first of several outputs."""
    found = []
    for one in examples if isinstance(examples, list) else []:
        outputs = _texts(one.get("output")) if isinstance(one, dict) else []
        if outputs and isinstance(one.get("input"), str):
            found.append({"input": one["input"], "output": outputs[0]})
    return orjson.dumps(found).decode()


def _listed(row: Any) -> Any:  # noqa: ANN401 - rows that are no objects are the engine's to report
    return {**row, "output": [row["output"]]} if isinstance(row, dict) and isinstance(row.get("output"), str) else row


def _kind(categories: list[str], rows: list[Any]) -> Kind:
    if any(_LABELLING.search(name.lower()) for name in categories):
        return "exact_match"
    outputs = [text for row in rows if isinstance(row, dict) for text in _texts(row.get("output"))]
    distinct = set(outputs)
    few = 0 < len(distinct) <= _FEW and 2 * len(distinct) <= len(outputs)
    return "exact_match" if few and all(len(text.split()) <= _SHORT for text in distinct) else "generation"


def _license(names: list[str]) -> str:
    """The SPDX id, in lower case, of what a file says of its instances; several are joined as SPDX joins them."""
    return " AND ".join(dict.fromkeys(map(license_name, names))) or Adapter.about.license
