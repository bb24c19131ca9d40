"""Plain data as YAML text that YAML 1.1 and 1.2 readers understand alike.

Every text is quoted as in JSON, so that the language code `no` stays a text for readers that take it for false.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
# Controls, Unicode line breaks, the byte order mark: JSON lets them stand, YAML does not.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


_LARGEST = 8 << 20  # bytes: a lock of fifty thousand files is smaller, and the parser reads 100 kB a second


def load(path: Path) -> Any:  # noqa: ANN401 - any plain data
    """The plain data in a YAML file: no tag makes an object.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not YAML, not UTF-8, nested too deeply, or larger than what curate writes.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 0.1 s that most commands need not pay
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST >> 20} MiB")
    try:
        return YAML(typ="safe", pure=True).load(raw.decode())
    except (YAMLError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def dump(data: Mapping[str, Any]) -> str:
    """YAML text in block style, keys in the order given, one line feed at the end."""
    return "".join(f"{line}\n" for line in _mapping(data))


def _mapping(data: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        name = key if _PLAIN.fullmatch(key) and key not in _WORDS else _scalar(key)
        lines += _entry(f"{name}:", value)
    return lines


def _entry(head: str, value: Any) -> list[str]:  # noqa: ANN401 - any plain data
    if isinstance(value, Mapping) and value:
        return [head, *(f"  {line}" for line in _mapping(value))]
    if isinstance(value, list | tuple) and value:
        return [head, *(line for item in value for line in _item(item))]
    return [f"{head} {_scalar(value)}"]


def _item(value: Any) -> list[str]:  # noqa: ANN401 - any plain data
    if isinstance(value, Mapping) and value:
        first, *rest = _mapping(value)
        return [f"- {first}", *(f"  {line}" for line in rest)]
    return [f"- {_scalar(value)}"]


def _scalar(value: Any) -> str:  # noqa: ANN401 - any plain data
    """A value in one line. JSON is YAML, but for floats and for characters that YAML readers fold or refuse."""
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_scalar(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(value).decode())


def _float(value: float) -> str:
    """YAML 1.1 takes `1e-07` for a text: a float has a point."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    mantissa, sign, exponent = repr(value).partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.0") + sign + exponent
