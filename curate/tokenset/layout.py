"""What lies in the folder of a token set: its files, their columns, and the manifest.

```
tokens-<16 hex digits>/       named by what it was made of: rows, tokenizer, template, settings, this code
    <split>.parquet           a row an example, sorted by (bin, slot): the examples of a packed row stand together
    <split>.bins.parquet      a row a packed row: where its examples begin, and how many there are
    dropped.parquet           the examples that are not in it, with the reason
    notes.parquet             what is noted of examples that are: prompts that end in a blank, special tokens in texts
    tokenizer/                the tokenizer's files, so that an adapter can carry them
    manifest.json             all that a trainer needs to know, and the digest of every other file
```
"""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from curate.manifest import FileInfo

FORMAT = 1
PREFIX = "tokens-"
NAME = "manifest.json"
DROPPED = "dropped.parquet"
NOTES = "notes.parquet"
TOKENIZER = "tokenizer"

# The label of a token that is not trained: what cross-entropy of PyTorch ignores unless told otherwise
# (https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
IGNORED = -100

ROWS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "task": pl.String(),
    "input_ids": pl.List(pl.Int32),
    "labels": pl.List(pl.Int32),  # the id where the token is trained, else IGNORED; the first token never is
    "length": pl.Int32(),  # tokens
    "trained": pl.Int32(),  # of which trained
    "bin": pl.Int32(),  # the packed row
    "slot": pl.Int32(),  # the place in it, from 0
}
# Beside these a row holds `attention_mask`, all ones: axolotl takes rows for tokenised only if it is there.
MASK = "attention_mask"
BINS: dict[str, pl.DataType] = {
    "bin": pl.Int32(),
    "start": pl.Int64(),  # its first row in <split>.parquet
    "rows": pl.Int32(),
    "tokens": pl.Int32(),
    "trained": pl.Int32(),
}
DROPS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "split": pl.String(),
    "source": pl.String(),
    "task": pl.String(),
    "reason": pl.String(),
    "length": pl.Int32(),  # tokens it would have; null where it was not counted
}
NOTED: dict[str, pl.DataType] = {"id": pl.String(), "split": pl.String(), "note": pl.String()}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetInfo(_Part):
    """The version that the rows are of."""

    name: str
    version: str


class TokenizerInfo(_Part):
    """Which tokenizer made the ids."""

    name: str = Field(description="owner/name on the Hub, or the last part of a path")
    revision: str | None = Field(description="the commit on the Hub; null for files")
    digest: str = Field(description="sha256 over the files that decide on ids and template")
    vocab_size: int = Field(description="ids, added tokens included")


class TemplateInfo(_Part):
    """What stands around the parts of an example."""

    name: str = Field(description="a named template, `jinja` for one of the recipe's own, `chat` for the tokenizer's")
    digest: str
    text: str | None = Field(description="Jinja, or the template's strings with the fields' names in braces")
    settings: dict[str, Any] = Field(description="of the recipe's format")


class SplitInfo(_Part):
    """One split."""

    rows: int
    bins: int
    tokens: int
    trained_tokens: int
    dropped_over_length: int
    dropped_other: int = Field(description="empty answers, and dialogues that the chat template refuses")
    efficiency: float = Field(description="tokens / (bins x seq_len); 1 where there are none")
    longest: int = Field(description="tokens of the longest example")


class CountInfo(_Part):
    """A task's, or a source's, part of a split. `task` is null for a source as a whole, and for records without one."""

    split: str
    source: str
    task: str | None
    rows: int
    tokens: int
    trained_tokens: int
    dropped_over_length: int
    dropped_other: int


class TokenManifest(_Part):
    """A token set."""

    format: int = FORMAT
    digest: str = Field(description="16 hex digits: the folder's name without its prefix")
    dataset: DatasetInfo
    rows_digest: str = Field(description="the version's fingerprint")
    tokenizer: TokenizerInfo
    template: TemplateInfo
    seq_len: int
    eos_id: int = Field(description="the last token of every example, trained")
    bos_id: int | None = Field(description="the first token of every example; null where the tokenizer adds none")
    pad_id: int
    pad_is_eos: bool = Field(description="the vocabulary has no other token to pad with: mask by position, not by id")
    settings: dict[str, Any]
    splits: dict[str, SplitInfo]
    sources: list[CountInfo]
    tasks: list[CountInfo]
    warnings: list[str]
    files: dict[str, FileInfo]
    tool: dict[str, str] = Field(description="versions of curate, tokenizers and pyarrow")
