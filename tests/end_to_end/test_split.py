"""No near-duplicate across the sides of a split, on real data, by an exact comparison of its own."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from curate.build import plan_stages, run_stages
from curate.cache import Cache
from curate.collect import collect
from curate.engine.local import LocalEngine
from curate.recipe import load
from curate.unit import load as load_unit

RECIPE = """\
version: 1
name: sides
vars: {data: ./data}
sources:
  ni:
    adapter: natural_instructions
    path: ["${vars.data}/ni_superni_sapt/*/train.json", "${vars.data}/ni_v2_contrib/*/*.json"]
    steps:
      - sample: {max_per_task: 350}
  gsm8k: {adapter: gsm8k, path: "${vars.data}/gsm8k/*.jsonl"}
  lima: {adapter: lima, path: "${vars.data}/lima/lima.json"}
  alpaca: {adapter: alpaca, path: "${vars.data}/alpaca_en_full_chunks/*.json"}
  code: {adapter: alpaca, path: "${vars.data}/codealpaca/*.json"}
  dolly: {adapter: alpaca, path: "${vars.data}/dolly_3k_alpagasus/*.json"}
split: {test: 0.05}
format: {columns: messages}
"""
THRESHOLD, SHARED, NGRAM = 0.8, 20, 5


def sides(home: Path, data: Path, near: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Each record with its side, and what the split counted."""
    path = home / "sides.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    recipe = load(path, {"data": str(data)}, (f"split.near={near}",))
    cache = Cache(home / "cache")
    engine = LocalEngine(cache.root / "scratch")
    units, tallies = run_stages(plan_stages(recipe), recipe, collect(recipe, engine, cache), engine, cache)
    columns = ["id", "history", "instruction", "input", "output", "split"]
    frame = pl.concat(load_unit(unit, columns).drop("at") for unit in units)
    frame = frame.with_columns(pl.col("split").fill_null("train"))  # a split names only what is not of train
    counts = next(dict(tally.counts) for tally in tallies if tally.label == "split")
    return frame, counts


def compared(frame: pl.DataFrame) -> pl.DataFrame:
    """Of each record with plain ASCII words: `space`, what must be equal, and `text`, what is compared."""
    turns = pl.col("history").list.eval(pl.element().struct.field("content")).list.join("\n", ignore_nulls=True)
    fields = ("history", "instruction", "input")
    frame = frame.with_columns(
        turns.fill_null("").alias("history"), *(pl.col(name).fill_null("") for name in fields[1:])
    )
    common = {name: (pl.col(name).str.strip_chars() != "") & (pl.len().over(name) > SHARED) for name in fields}
    own = pl.any_horizontal((pl.col(name).str.strip_chars() != "") & ~common[name] for name in fields)
    space = [pl.when(own & common[name]).then(pl.col(name)).otherwise(pl.lit("")) for name in fields]
    text = [pl.when(own & common[name]).then(pl.lit("")).otherwise(pl.col(name)) for name in fields]
    told = frame.select(
        "id",
        "split",
        pl.concat_str(space, separator="\x1f").alias("space"),
        pl.concat_str(text, separator=" ").alias("text"),
    )
    return told.filter(pl.col("text").str.contains(r"^[\x00-\x7f]+$"))


def near_pairs(told: pl.DataFrame) -> pl.DataFrame:
    """The pairs of records on two sides whose sets of word n-grams have a Jaccard similarity of THRESHOLD or more."""
    words = told.with_row_index("row").select(
        "row", "split", "space", pl.col("text").str.to_lowercase().str.extract_all(r"[^\t-\r ]+").alias("word")
    )
    width = pl.min_horizontal(pl.col("word").list.len(), NGRAM)
    long = words.filter(width > 0).with_columns(width.alias("width")).explode("word")
    after = [pl.col("word").shift(-step).over("row") for step in range(1, NGRAM)]
    gram = pl.concat_str([pl.col("space"), pl.col("word"), *after], separator=" ", ignore_nulls=True)
    whole = after[-1].is_not_null() | ((pl.col("width") < NGRAM) & (pl.int_range(pl.len()).over("row") == 0))
    grams = long.select("row", "split", pl.when(whole).then(gram).alias("gram")).drop_nulls().unique()
    sizes = grams.group_by("row").len("size")
    test, train = grams.filter(split="test"), grams.filter(split="train")
    pairs = test.join(train, on="gram").group_by("row", "row_right").len("common")
    pairs = pairs.join(sizes, on="row").join(sizes.rename({"row": "row_right", "size": "other"}), on="row_right")
    return pairs.filter(pl.col("common") >= THRESHOLD * (pl.col("size") + pl.col("other") - pl.col("common")))


def test_no_near_duplicate_on_two_sides(real_data: Path, tmp_path: Path) -> None:
    """With the search no pair is left; without it there are some, so the comparison does see them."""
    frame, counts = sides(tmp_path, real_data, "{}")
    assert near_pairs(compared(frame)).is_empty()
    assert abs(counts["rows.test"] - counts["wanted.test"]) <= counts["largest_component"]
    assert counts["near.joined"] > 300
    without, told = sides(tmp_path, real_data, "off")
    assert near_pairs(compared(without)).height > 20
    assert not any(name.startswith("near.") for name in told)
    assert counts["components"] == told["components"] - counts["near.joined"]
