"""Rows of every source, changed at random: each becomes an example or a fault with its row, and nothing else happens.

The corpus holds what was once found to go wrong. `make test-slow` looks for more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curate import ingest, plugin, reader
from curate.errors import SourceFault
from curate.reader.thorough import complete, loads
from curate.source import Source

ROWS = Path(__file__).parents[1] / "sources" / "rows"
NAMES = [name for name, path in plugin.names("sources").items() if path.startswith("curate_sources.")]
FAST = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SLOW = settings(FAST, max_examples=60)


def nested(depth: int, key: str | None = None) -> Any:
    """A value in so many lists, or in so many objects under a key."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if key is None else {key: value}
    return value


# Each broke a source or the reader before, or breaks what is built of JSON elsewhere.
CORPUS: list[Any] = [
    None, True, -1, 2**63, 2**64 - 1, 1.5e308, "", " ", "\x00", "\u202e", "\U0010ffff", "a\r\nb", [], {}, [None], [[]],
    [{}], {"": None}, {"a": None}, ["x", None], [["x"]], [["x", "y", "z"]], [[None, None]], [1, "x", None, {}],
    nested(200), nested(300), nested(1000), nested(200, "a"), nested(300, "a"), nested(900, "a"), "9" * 5000,
    {f"k{at}": at for at in range(300)}, {f"k{at}": {"a": [at]} for at in range(40)}, "x" * 100_000, "#### ", "A)",
    "(A", "{", "[", '{"a": 1}', "['x'", "\\boxed{", "$$", "<<1+1=2>>", "{{ x }}", "{% for %}", "%s", "🏳️‍🌈" * 50,
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(CORPUS) | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def adapter(name: str) -> Source:
    options = ROWS / f"{name}.options"
    kind = plugin.source(name)
    return kind(kind.Options.model_validate(orjson.loads(options.read_bytes()) if options.exists() else {}))


def documents(name: str) -> list[tuple[str, list[Any]]]:
    """The fixtures of a source that are JSON: suffix, and what is in them."""
    found: list[tuple[str, list[Any]]] = []
    for path in sorted(ROWS.glob(f"{name}.*")):
        if path.suffix == ".json":
            found.append((".json", [orjson.loads(path.read_bytes())]))
        elif path.suffix == ".jsonl":
            lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
            values = [value for line in lines if (value := _value(line)) is not None]
            found.append((".jsonl", values))
    return found


def _value(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value, some levels deep."""
    if len(before) > 5:
        return [before]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(place for key, below in inner for place in places(below, (*before, key)))]


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at a place."""
    if not place:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[place[0]] = changed(copied[place[0]], place[1:], new)
    return copied


def text(suffix: str, values: list[Any]) -> bytes:
    """JSON text; what orjson does not write is left to Python's own."""
    import json  # noqa: PLC0415 - where depth needs it

    def one(value: Any) -> bytes:
        try:
            return orjson.dumps(value)
        except orjson.JSONEncodeError:
            try:
                return json.dumps(value).encode()
            except RecursionError:
                return b"null"

    return one(values[0]) if suffix == ".json" else b"".join(one(value) + b"\n" for value in values)


def hold(source: Source, path: Path) -> None:
    """Read a file as a build does: every row is an example or a fault, or the whole file is a fault."""
    try:
        for span in reader.cut(path, path.name, source):
            for batch in reader.read(span, source):
                good, faults = ingest.examples(source, batch)
                assert good.height + faults.height == batch.frame.height + batch.faults.height
                assert faults["reason"].null_count() == 0
                assert faults["row"].null_count() == 0
    except SourceFault as fault:
        assert str(fault)  # noqa: PT017 - any reason will do


def check(name: str, folder: Path, data: st.DataObject) -> None:
    source = adapter(name)
    for suffix, values in documents(name):
        made = values
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(made) - 1))
            place = data.draw(st.sampled_from(places(made[at])))
            made = [*made[:at], changed(made[at], place, data.draw(VALUES)), *made[at + 1 :]]
        path = folder / f"rows{suffix}"
        path.write_bytes(text(suffix, made))
        hold(source, path)


@pytest.mark.parametrize("name", NAMES)
@FAST
@given(data=st.data())
def test_changed_rows(name: str, tmp_path: Path, data: st.DataObject) -> None:
    check(name, tmp_path, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@SLOW
@given(data=st.data())
def test_many_changed_rows(name: str, tmp_path: Path, data: st.DataObject) -> None:
    check(name, tmp_path, data)


def corpus(name: str, folder: Path, most: int) -> None:
    """Each value of the corpus instead of each of the first values of the first row."""
    source = adapter(name)
    for suffix, values in documents(name):
        for place in [place for place in places(values[0]) if len(place) <= 3][:most]:
            rows = [changed(values[0], place, value) for value in CORPUS]
            path = folder / f"rows{suffix}"
            for some in [rows] if suffix == ".jsonl" else [[row] for row in rows]:
                path.write_bytes(text(suffix, some))
                hold(source, path)


@pytest.mark.parametrize("name", NAMES)
def test_corpus_at_the_first_keys(name: str, tmp_path: Path) -> None:
    corpus(name, tmp_path, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_corpus_at_every_key(name: str, tmp_path: Path) -> None:
    corpus(name, tmp_path, 40)


@settings(FAST, max_examples=300)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]":, \\ab1\n', max_size=40).map(str.encode))
def test_keys_that_stand_twice_are_counted_rightly(raw: bytes) -> None:
    """What the quick count says is what Python's parser, which sees every key, says."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return
    assert complete(raw, [value]) == (loads(raw)[1] == 0)


KEYS = st.sampled_from(["a", "b", 'a"', "a\\", "a:", ": ", '":', "é"])
OBJECTS = st.recursive(
    st.sampled_from(['"x"', '": "', '"\\":"', "1", "null"]),
    lambda inner: (
        st.lists(st.tuples(KEYS, st.sampled_from(["", " ", "\n\t"]), inner), max_size=3).map(
            lambda items: (
                "{" + ",".join(f"{orjson.dumps(key).decode()}{blank}:{value}" for key, blank, value in items) + "}"
            )
        )
        | st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    ),
    max_leaves=8,
)


@settings(FAST, max_examples=300)
@given(OBJECTS)
def test_keys_of_objects_are_counted_rightly(raw: str) -> None:
    """The same for texts that are objects, with every oddity that could be taken for the end of a key."""
    value = orjson.loads(raw)
    assert complete(raw.encode(), [value]) == (loads(raw)[1] == 0)
