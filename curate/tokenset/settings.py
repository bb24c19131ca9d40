"""What a user decides about a token set."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

# The rows of the winners' configuration.
SEQ_LEN = 8192


class Settings(BaseModel):
    """How a version becomes a token set. All of it enters the token set's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq_len: int = Field(default=SEQ_LEN, ge=2, description="tokens of a packed row, and of the longest example")
    pack: bool = Field(default=True, description="False: each example is a row of its own")
    eos: str | None = Field(default=None, description="text of the token that ends an answer; None: as the files say")
    chat_template: str | None = Field(default=None, description="Jinja, instead of the tokenizer's own")
    allow_leaks: bool = Field(default=False, description="warn of equal prompts in several splits, do not refuse them")
