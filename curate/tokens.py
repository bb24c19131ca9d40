"""How many tokens a text has, by a tokenizer that is named: counts of different tokenizers are different measures.

Three kinds of name:

cl100k_base, o200k_base, p50k_base, r50k_base
    OpenAI's encodings through tiktoken (https://github.com/openai/tiktoken). It downloads a vocabulary once and keeps
    it in `TIKTOKEN_CACHE_DIR`; with that folder filled it works offline.
a path to a tokenizer.json, or to a folder with one
    Any model's own tokenizer through tokenizers (https://github.com/huggingface/tokenizers), without torch.
owner/name, owner/name@revision
    The tokenizer.json of a model on the Hugging Face Hub, from the Hub's cache where it lies there.

Text is text: `<|endoftext|>` in data is counted as the characters that it is, and no special tokens are added.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1, sha256
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator

from curate.errors import CurateError

# The sha256 of each vocabulary file; tiktoken refuses a file with another.
ENCODINGS = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "p50k_base": "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    "r50k_base": "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
}
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
# A model on the Hub, with or without a revision.
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", re.ASCII)
_BATCH = 1_000  # texts: tokenizers' encodings hold many Python objects a text


@dataclass(frozen=True)
class TokenCounter:
    """A loaded tokenizer.

    Args:
        name: as it was asked for.
        digest: what identifies the vocabulary; part of cache keys and of the lock.
        lengths: the token counts of some texts.
    """

    name: str
    digest: str
    lengths: Callable[[Sequence[str]], list[int]]

    def count(self, texts: pl.Series) -> pl.Series:
        """Tokens of each text, as UInt32; null counts as empty."""
        found: list[int] = []
        for batch in texts.fill_null("").to_frame().iter_slices(_BATCH):
            found += self.lengths(batch.to_series().to_list())
        return pl.Series(texts.name, found, dtype=pl.UInt32)


def counter(name: str) -> TokenCounter:
    """The tokenizer of this name, loaded once a process.

    Raises:
        CurateError: there is none, or its vocabulary cannot be had.
    """
    check_name(name)
    return _encoding(name) if name in ENCODINGS else _model(name, str(_file(name)))


def tokenizer_digest(name: str) -> str:
    """What identifies the vocabulary, without loading it."""
    check_name(name)
    return ENCODINGS[name] if name in ENCODINGS else sha256(_file(name).read_bytes()).hexdigest()


def check_name(name: str) -> None:
    """Refuse what cannot be a tokenizer's name.

    Raises:
        CurateError: with what is known.
    """
    if name in ENCODINGS or Path(name).exists() or HUB_NAME.fullmatch(name):
        return
    close = difflib.get_close_matches(name, ENCODINGS, 1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    allowed = f"{', '.join(ENCODINGS)}; a path to a tokenizer.json; or owner/name on the Hub"
    raise CurateError(f"unknown tokenizer {name!r}{hint} (known: {allowed})")


def _tokenizer(name: str) -> str:
    try:
        check_name(name)
    except CurateError as error:
        raise ValueError(str(error)) from None
    return name


# For settings: a tokenizer's name that is checked with them.
TokenizerName = Annotated[str, AfterValidator(_tokenizer)]


@cache
def _encoding(name: str) -> TokenCounter:
    import tiktoken  # noqa: PLC0415 - only builds that count tokens load it

    url = _URL.format(name)
    folder = _cache_folder()
    where = f"{folder / sha1(url.encode()).hexdigest()}"  # noqa: S324 - the name that tiktoken gives the file
    advice = f"put {url} there as that file, or set TIKTOKEN_CACHE_DIR to a folder that has it"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"} and not Path(where).is_file():
        raise CurateError(f"no vocabulary of {name} at {where}, and HF_HUB_OFFLINE forbids a download: {advice}")
    try:
        encode = tiktoken.get_encoding(name).encode_ordinary
    except (OSError, ValueError) as error:  # requests' errors are OSErrors
        raise CurateError(f"no vocabulary of {name} at {where}, nor a download ({error}): {advice}") from error

    # A plain loop: tiktoken's own batch call starts threads and is half as fast on one core.
    def lengths(texts: Sequence[str]) -> list[int]:
        return [len(encode(text)) for text in texts]

    return TokenCounter(name, ENCODINGS[name], lengths)


def _cache_folder() -> Path:
    """Where tiktoken looks, in its own order."""
    named = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    return Path(named) if named else Path(tempfile.gettempdir()) / "data-gym-cache"


@cache
def _model(name: str, file: str) -> TokenCounter:
    tokenizer = load(Path(file), special=False)

    def lengths(texts: Sequence[str]) -> list[int]:
        return [len(encoded) for encoded in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return TokenCounter(name, sha256(Path(file).read_bytes()).hexdigest(), lengths)


def load(file: Path, *, special: bool) -> Any:  # noqa: ANN401 - tokenizers' own type, loaded late
    """The tokenizer of a tokenizer.json, which neither cuts nor pads.

    Args:
        file: the tokenizer.json.
        special: a special token's text in a text is that token; else it is the characters that it is.

    Raises:
        CurateError: the file is none.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415 - only what needs tokens loads it

    try:
        tokenizer = Tokenizer.from_buffer(file.read_bytes())
    except Exception as error:  # noqa: BLE001 - tokenizers raises bare Exceptions
        raise CurateError(f"{file} is not a tokenizer.json: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = not special
    return tokenizer


def _file(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        path = path / "tokenizer.json"
        if not path.is_file():
            raise CurateError(f"no tokenizer.json in the folder {name}")
    if path.is_file():
        return path
    return _hub_file(name)


@cache
def _hub_file(name: str) -> Path:
    from huggingface_hub import hf_hub_download

    repository, _, revision = name.partition("@")
    try:
        return Path(hf_hub_download(repository, "tokenizer.json", revision=revision or None))
    except (OSError, ValueError) as error:  # the Hub's errors are OSErrors, its wrong names ValueErrors
        advice = "name a path to a tokenizer.json, or fill the cache (HF_HOME) while online"
        raise CurateError(
            f"no tokenizer.json of {name} in the Hub's cache, nor a download ({error}): {advice}"
        ) from error
