"""The two ways in which chat rows write messages, ShareGPT's and OpenAI's, brought to canonical messages."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl

from curate.example import MESSAGE
from curate.source import FAULT
from curate_sources._dialogue import MESSAGES

SHAREGPT = pl.List(pl.Struct({"from": pl.String(), "value": pl.String()}))

# Who speaks in ShareGPT's rows and their relatives; a function_call is the assistant's.
_SPEAKERS = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard", "model", "function_call"), "assistant"),
    **dict.fromkeys(("observation", "tool", "function_response"), "tool"),
}
_ROLES = {"developer": "system", "function": "tool"}  # OpenAI's newer and its older name
_FIELDS = [field.name for field in MESSAGE.fields]


def from_sharegpt(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add `messages` and FAULT from a column of type SHAREGPT.

    The value of a `function_call`, `{"name", "arguments"}` or a list of such, becomes `tool_calls` in OpenAI's form.
    """
    rows = rows.with_row_index("at")
    flat = rows.select("at", turn=pl.col(name)).filter(pl.col("turn").list.len() > 0).explode("turn").unnest("turn")
    flat = flat.with_row_index("n").with_columns(role=pl.col("from").replace(_SPEAKERS), content=pl.col("value"))
    called = flat.filter(pl.col("from") == "function_call").select("n", "value")
    made = [_calls(value) for value in called["value"]]
    schema = {"tool_calls": pl.String, FAULT: pl.String}
    calls = called.select("n").hstack(pl.DataFrame(made, schema=schema, orient="row"))
    flat = flat.join(calls, on="n", how="left", maintain_order="left").with_columns(
        content=pl.when(pl.col("from") == "function_call").then(pl.lit("")).otherwise("content"),
        name=pl.lit(None, dtype=pl.String),
        tool_call_id=pl.lit(None, dtype=pl.String),
    )
    talks = flat.group_by("at", maintain_order=True).agg(
        pl.struct(_FIELDS).alias("messages"), pl.col(FAULT).drop_nulls().first()
    )
    talks = talks.with_columns(pl.col("messages").cast(MESSAGES))
    empty = pl.when(pl.col(name).is_not_null()).then(pl.lit([], dtype=MESSAGES))
    rows = rows.join(talks, on="at", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("messages", empty).alias("messages")).drop("at")


def _calls(text: str | None) -> tuple[str | None, str | None]:
    try:
        found = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        return None, "a function_call holds no JSON"
    calls = [{"type": "function", "function": call} for call in (found if isinstance(found, list) else [found])]
    return orjson.dumps(calls).decode(), None


def from_openai(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `messages` and FAULT from the JSON texts in `messages`, or else in `prompt` and `completion`."""
    made = [_talk(*texts) for texts in rows.select("messages", "prompt", "completion").iter_rows()]
    parsed = pl.DataFrame(made, schema={"messages": MESSAGES, FAULT: pl.String()}, orient="row")
    return rows.drop("messages").hstack(parsed)


def _talk(
    messages: str | None, prompt: str | None, completion: str | None
) -> tuple[list[dict[str, Any]] | None, str | None]:
    """The messages of one row; JSON that differs from row to row has to be looked at row by row."""
    try:
        if messages is not None:
            return _list(orjson.loads(messages), "user"), None
        if prompt is None or completion is None:
            return None, "no 'messages' (nor 'prompt' and 'completion')"
        return _list(orjson.loads(prompt), "user") + _list(orjson.loads(completion), "assistant"), None
    except ValueError as error:
        return None, str(error)


def _list(value: Any, role: str) -> list[dict[str, Any]]:  # noqa: ANN401 - parsed JSON
    """Messages; a text alone is one message of this role."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if not isinstance(value, list):
        raise ValueError(f"expected a list of messages, found {type(value).__name__}")  # noqa: TRY004 - a fault of the row
    return [_message(item, place) for place, item in enumerate(value, 1)]


def _message(item: Any, place: int) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
    if not isinstance(item, dict):
        raise ValueError(f"message {place} is not an object")  # noqa: TRY004 - a fault of the row
    if "role" not in item and isinstance(item.get("from"), str):
        return _spoken(item["from"], item.get("value"), place)
    calls = item.get("tool_calls")
    if not calls and isinstance(item.get("function_call"), dict):
        calls = [{"type": "function", "function": item["function_call"]}]
    content = _text(item.get("content"), place)
    role = item.get("role")
    return {
        "role": _ROLES.get(role, role) if isinstance(role, str) else None,
        "content": "" if content is None and calls else content,
        "name": _plain(item.get("name")),
        "tool_calls": orjson.dumps(calls).decode() if calls else None,
        "tool_call_id": _plain(item.get("tool_call_id")),
    }


def _spoken(speaker: str, value: Any, place: int) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
    """A message of ShareGPT's form among JSON texts."""
    text = _text(value, place)
    if speaker != "function_call":
        return {"role": _SPEAKERS.get(speaker, speaker), "content": text}
    calls, fault = _calls(text)
    if fault is not None:
        raise ValueError(fault)
    return {"role": "assistant", "content": "", "tool_calls": calls}


def _plain(value: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    return value if isinstance(value, str) else None


def _text(content: Any, place: int) -> str | None:  # noqa: ANN401 - parsed JSON
    """A text, or the texts of the parts, one after the other as chat templates write them."""
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError(f"the content of message {place} is neither a text nor a list of parts")  # noqa: TRY004
    texts = []
    for part in content:
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
        kind = part.get("type", "text") if isinstance(part, dict) else "text"
        if kind != "text" or not isinstance(text, str):
            raise ValueError(f"the content of message {place} has a part of type {kind!r}, expected text")
        texts.append(text)
    return "".join(texts)


def tools(text: pl.Expr) -> pl.Expr:
    """Tool definitions as JSON text: rows write a list, or a text that holds a list; an empty one counts as none."""
    wrapped = pl.when(text.str.starts_with('"')).then(text).str.json_decode(pl.String)
    plain = pl.coalesce(wrapped, text).str.strip_chars()
    return pl.when(~plain.is_in(["", "[]", "{}", "null"])).then(plain)
