"""JSON documents: whole or not at all, with the line of what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from curate.errors import CurateError, SourceFault
from curate.source import JSON, SCALAR, Document
from support.adapters import Everything, Pairs, batches, joined, reading


def put(folder: Path, text: str | bytes, name: str = "a.json") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_arrive_typed_with_file_and_number(tmp_path: Path) -> None:
    """The frame has the declared columns, then `file` and `row`; a key that a row lacks is null."""
    path = put(tmp_path, '[{"question":"q","answer":"a","score":1,"more":[]},{"question":"r"}]')
    (batch,) = batches(path, Pairs())
    assert batch.frame.schema == {
        "question": pl.String,
        "answer": pl.String,
        "score": pl.Float64,
        "file": pl.String,
        "row": pl.Int64,
    }
    assert batch.frame.rows() == [("q", "a", 1.0, "a.json", 0), ("r", None, None, "a.json", 1)]
    assert batch.faults.schema == {"row": pl.Int64, "reason": pl.String, "excerpt": pl.String}
    assert batch.faults.is_empty()


def test_rows_that_do_not_fit_are_faults_of_their_own(tmp_path: Path) -> None:
    """A wrong type, a missing or null required key and a row that is no object each cost one row, and say why."""
    text = """[{"question": 3, "answer": ["x"]}, {"question": "kept"}, {"answer": "a"}, [1], null, {"question": null},
               {"question": "also kept", "score": "7"}, {"question": "kept too", "score": 7}]"""
    rows, faults = joined(batches(put(tmp_path, text), Pairs()))
    assert rows["question"].to_list() == ["kept", "kept too"]
    assert rows["row"].to_list() == [1, 7]
    assert faults.rows() == [
        (
            0,
            '`question` is a number (3), expected text; `answer` is a list (["x"]), expected text',
            '{"question":3,"answer":["x"]}',
        ),
        (2, "`question` is missing", '{"answer":"a"}'),
        (3, "the row is a list ([1]), expected an object", "[1]"),
        (4, "the row is null, expected an object", "null"),
        (5, "`question` is null", '{"question":null}'),
        (6, '`score` is text ("7"), expected a number', '{"question":"also kept","score":"7"}'),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "the file is empty"),
        (" \n\n", None, "the file is empty"),
        ("[\n{},\n]", 2, "comma before the closing bracket on line 3"),
        ('[{"a":1},\n{"a":', 2, "ends in the middle of a value"),
        ("[1]\n[2]", 2, "more text after the end"),
        ("[\n1\n2]", 3, "a comma or ] is missing"),
        ('[\n{"a":NaN}]', 2, "NaN is not a JSON number"),
        ("[-Infinity]", 1, "Infinity is not a JSON number"),
        ('{"name":"x"}', None, "expected a list of rows, found an object with 'name'"),
        ('["\\ud800", NaN]', None, "NaN is not a JSON number"),
        ('["\\ud800",\n]', 2, "not valid JSON"),
    ],
)
def test_what_is_wrong_with_a_document_is_said_in_plain_words(
    tmp_path: Path, text: str, line: int | None, says: str
) -> None:
    """A malformed document is one fault of the whole file, with its line where there is one."""
    with pytest.raises(SourceFault, match=re.escape(says)) as caught:
        batches(put(tmp_path, text), Pairs())
    assert caught.value.line == line


def test_invalid_utf8_names_line_and_byte(tmp_path: Path) -> None:
    """The first invalid byte is found, whatever the parser says of it."""
    with pytest.raises(SourceFault, match="not valid UTF-8") as caught:
        batches(put(tmp_path, b'[{"question":"\xc3\xa4"},\n{"question":"\xff"}]'), Pairs())
    assert (caught.value.line, "byte 33" in caught.value.reason) == (2, True)


def test_half_a_surrogate_pair_costs_its_row_only(tmp_path: Path) -> None:
    """A lone surrogate in any key of a row is that row's fault; large numbers stay what orjson makes of them."""
    text = '[{"question":"a"},{"question":"b","other":"\\ud800"},{"question":"c","score":36893488147419103232}]'
    rows, faults = joined(batches(put(tmp_path, text), Pairs()))
    assert rows["question"].to_list() == ["a", "c"]
    assert rows["score"].to_list() == [None, 2.0**65]
    assert faults["row"].to_list() == [1]
    assert "surrogate" in faults["reason"][0]
    assert faults["excerpt"][0] == '{"question": "b", "other": "\\ud800"}'


def test_byte_order_mark_and_limit(tmp_path: Path) -> None:
    """A byte order mark is no fault, and a limit takes the first rows."""
    path = put(tmp_path, b'\xef\xbb\xbf[{"question":"a"},{"question":"b"},{"question":"c"}]')
    rows, _ = joined(batches(path, Pairs(), limit=2, batch_rows=1))
    assert rows["question"].to_list() == ["a", "b"]


def test_scalar_and_json_types(tmp_path: Path) -> None:
    """A SCALAR arrives as text as it was written, JSON as JSON text; containers are no scalars."""
    text = '[{"s":51.0,"j":{"k":[1]}},{"s":true,"j":"t"},{"s":"x","j":2},{"s":null,"j":null},{"s":[1]}]'
    rows, faults = joined(batches(put(tmp_path, text), reading({"s": SCALAR, "j": JSON})))
    assert rows["s"].to_list() == ["51.0", "true", "x", None]
    assert rows["j"].to_list() == ['{"k":[1]}', '"t"', "2", None]
    assert faults["reason"].to_list() == ["`s` is a list ([1]), expected text, a number or a boolean"]


def test_nested_types_are_strict_inside(tmp_path: Path) -> None:
    """Inside lists and structs nothing is converted: the path of the value that does not fit is named."""
    source = reading({"refs": pl.List(pl.String), "turns": pl.List(pl.Struct({"role": pl.String, "n": pl.Int64}))})
    text = """[{"refs":["a",null,""],"turns":[{"role":"user","n":1,"z":0},null,{}]}, {"refs":["a",1]}, {"refs":"abc"},
               {"refs":[],"turns":[{"role":"user"},{"role":"bot","n":"1"}]}, {"turns":[{"n":true}]},
               {"turns":[["role"]]}]"""
    rows, faults = joined(batches(put(tmp_path, text), source))
    assert rows["refs"].to_list() == [["a", None, ""]]
    assert rows["turns"].to_list() == [[{"role": "user", "n": 1}, None, {"role": None, "n": None}]]
    assert faults["reason"].to_list() == [
        "`refs[1]` is a number (1), expected text",
        '`refs` is text ("abc"), expected a list of texts',
        '`turns[1].n` is text ("1"), expected a whole number',
        "`turns[0].n` is a boolean (true), expected a whole number",
        '`turns[0]` is a list (["role"]), expected an object with role, n',
    ]


def test_a_list_of_lists_does_not_take_texts_apart(tmp_path: Path) -> None:
    """A text where a list of texts should be is a fault, not a list of its letters."""
    source = reading({"history": pl.List(pl.List(pl.String))})
    rows, faults = joined(batches(put(tmp_path, '[{"history":[["a","b"]]},{"history":["ab"]},{"history":[]}]'), source))
    assert rows["history"].to_list() == [[["a", "b"]], []]
    assert faults["reason"].to_list() == ['`history[0]` is text ("ab"), expected a list of texts']


def test_too_large_a_number_is_said_to_be_too_large(tmp_path: Path) -> None:
    """A whole number beyond its type's bits is that row's fault."""
    rows, faults = joined(batches(put(tmp_path, '[{"n":1},{"n":9223372036854775808}]'), reading({"n": pl.Int64()})))
    assert rows["n"].to_list() == [1]
    assert faults["reason"].to_list() == ["`n` is a number (9223372036854775808), too large for Int64"]


def test_every_key_with_the_types_found(tmp_path: Path) -> None:
    """Without declared types each key keeps its own type; mixed ones become text, and the reader's names are spared."""
    text = """[{"t":"x","i":1,"f":0.5,"b":true,"l":["a"],"s":{"k":1},"mixed":1,"num":5,"row":"r","file":1},
               {"t":null,"i":2,"f":1.5,"b":null,"l":[],"s":{"k":2,"o":"y"},"mixed":{"z":[]},"num":0.5,"late":"!"}]"""
    (batch,) = batches(put(tmp_path, text), Everything())
    assert batch.frame.drop("file", "row").to_dicts() == [
        {"t": "x", "i": 1, "f": 0.5, "b": True, "l": ["a"], "s": {"k": 1, "o": None}, "mixed": "1", "num": "5"}
        | {"row_": "r", "file_": 1, "late": None},
        {"t": None, "i": 2, "f": 1.5, "b": None, "l": [], "s": {"k": 2, "o": "y"}, "mixed": '{"z":[]}', "num": "0.5"}
        | {"row_": None, "file_": None, "late": "!"},
    ]


class Task(Pairs):
    """Rows under a key, the rest as constants, as in Natural Instructions."""

    def unpack(self, document: object) -> Document:
        """Take `rows` as the rows."""
        assert isinstance(document, dict)
        constants = {key: value for key, value in document.items() if key != "rows"}
        return Document(document["rows"], constants)


def test_constants_become_columns(tmp_path: Path) -> None:
    """What `unpack` names as the same for all rows is a column, between `file` and `row`."""
    constants = '{"definition":["d"],"categories":null,"mixed":[1,"a"],'
    text = constants + '"rows":[{"question":"a"},{"question":1},{"question":"b"}]}'
    (batch,) = batches(put(tmp_path, text), Task())
    assert batch.frame.columns == ["question", "answer", "score", "file", "definition", "categories", "mixed", "row"]
    assert batch.frame["definition"].to_list() == [["d"], ["d"]]
    assert batch.frame["categories"].to_list() == [None, None]
    assert batch.frame["mixed"].to_list() == ['[1,"a"]', '[1,"a"]']


def test_a_failing_unpack_is_the_adapters_fault(tmp_path: Path) -> None:
    """An exception that is no ValueError is named as the adapter's, with the file; a clash of names too."""
    with pytest.raises(CurateError, match=r"a\.json: the adapter .* failed to unpack the document: KeyError"):
        batches(put(tmp_path, '{"definition":"d"}'), Task())
    with pytest.raises(CurateError, match="names constants as columns are called: file, score"):
        batches(put(tmp_path, '{"score":1,"file":"f","rows":[{"question":"q"}]}'), Task())


def test_the_real_malformed_file_names_its_line(real_data: Path) -> None:
    """The unfinished Chinese Alpaca file ends in a comma (line 14006) and a bracket (14007); no row is taken."""
    (path,) = real_data.glob("alpaca_zh_translated/alpaca_data-9407-12345-*.json")
    with pytest.raises(
        SourceFault, match="line 14006: not valid JSON: there is a comma before the closing bracket"
    ) as fault:
        batches(path, Everything())
    assert "on line 14007" in fault.value.reason


def test_real_alpaca_and_lima_are_whole(real_data: Path) -> None:
    """All 52,002 Alpaca rows and all 1,029 LIMA rows fit their types."""
    alpaca = reading({"instruction": pl.String(), "input": pl.String(), "output": pl.String()}, "instruction", "output")
    files = sorted(real_data.glob("alpaca_en_full_chunks/*.json"))
    parts = [part for path in files for part in batches(path, alpaca)]
    assert sum(part.frame.height for part in parts) == 52_002
    assert sum(part.faults.height for part in parts) == 0
    lima = reading({"instruction": pl.String(), "history": pl.List(pl.List(pl.String))}, "instruction")
    rows, faults = joined(batches(real_data / "lima" / "lima.json", lima))
    assert (rows.height, faults.height) == (1_029, 0)
    assert rows.filter(pl.col("history").list.len() > 0).height == 29
