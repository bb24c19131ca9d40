"""Plan: all that is decided about a token set before a row is read, and the name that follows from it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate import manifest as manifests
from curate.hashing import digest
from curate.manifest import Manifest
from curate.tokenset.ask import describe
from curate.tokenset.dialogue import ChatForm, chat_form
from curate.tokenset.encode import Encoder
from curate.tokenset.layout import FORMAT, TemplateInfo
from curate.tokenset.piece import Form, PromptForm, TextForm
from curate.tokenset.settings import Settings
from curate.tokenset.tokenizer import ModelTokenizer

# Raised whenever the same input gives other tokens, labels or rows: token sets are then made again.
CODE = 1


@dataclass(frozen=True)
class Plan:
    """What is going to be made.

    Args:
        version: the folder of the version.
        manifest: of the version.
        tokenizer: of the model.
        settings: as asked for.
        form: how rows become pieces.
        template: what is told of it.
        eos: the id at the end of every example.
        bos: the id at its beginning, None for none.
        pad: the id to pad with.
        warnings: what a careful reader should know.
    """

    version: Path
    manifest: Manifest
    tokenizer: ModelTokenizer
    settings: Settings
    form: Form
    template: TemplateInfo
    eos: int
    bos: int | None
    pad: int
    warnings: list[str]

    @property
    def digest(self) -> str:
        """The token set's name: 16 hex digits over all that decides on its content."""
        parts = {
            "format": [FORMAT, CODE],
            "version": [self.manifest.version, self.manifest.fingerprint],
            "tokenizer": [self.tokenizer.digest, importlib.metadata.version("tokenizers")],
            "template": self.template.digest,
            "tokens": [self.eos, self.bos, self.pad],
            "settings": self.settings.model_dump(mode="json"),
        }
        return digest(parts, 8)

    @property
    def encoder(self) -> Encoder:
        """What turns pieces into ids."""
        return Encoder(self.tokenizer, self.eos, self.bos)


def plan(version: Path, tokenizer: ModelTokenizer, settings: Settings) -> Plan:
    """Decide what to make of a version.

    Args:
        version: its folder.
        tokenizer: of the model that will be trained.
        settings: as asked for.

    Raises:
        CurateError: the version cannot be read, or the tokenizer lacks what its rows need.
    """
    manifest = manifests.read(version)
    form, template = _form(format_settings(manifest), tokenizer, settings)
    eos = _eos(tokenizer, form, settings)
    ends = {eos, *tokenizer.stops}
    if "eos_token" in tokenizer.named:
        ends.add(tokenizer.eos())
    pad, bos = tokenizer.pad(ends), tokenizer.bos()
    warnings = [*_about_ends(tokenizer, form, eos, pad), *_about_model(tokenizer, form, bos, settings.seq_len)]
    return Plan(version, manifest, tokenizer, settings, form, template, eos, bos, pad, warnings)


def format_settings(manifest: Manifest) -> Mapping[str, Any]:
    """The settings of the version's format."""
    return next(stage.settings for stage in manifest.stages if stage.name == "format")


def _form(layout: Mapping[str, Any], tokenizer: ModelTokenizer, settings: Settings) -> tuple[Form, TemplateInfo]:
    if layout["columns"] == "messages":
        chat = chat_form(tokenizer, settings.chat_template, tools=bool(layout.get("tools")))
        return chat, describe(layout, chat.source)
    if layout["columns"] == "text":
        return TextForm(), describe(layout)
    return PromptForm(layout.get("template"), sorted(tokenizer.special)), describe(layout)


def _eos(tokenizer: ModelTokenizer, form: Form, settings: Settings) -> int:
    """The id that ends an example: the end-of-turn token of the chat template, if the model stops at it."""
    if settings.eos is None and isinstance(form, ChatForm) and form.end is not None:
        end = int(tokenizer.content.token_to_id(form.end))
        named = [tokenizer.eos()] if "eos_token" in tokenizer.named else []
        if end in {*tokenizer.stops, *named}:
            return end
    return tokenizer.eos(settings.eos)


def _about_ends(tokenizer: ModelTokenizer, form: Form, eos: int, pad: int) -> list[str]:
    """What is to be said of the tokens at which an answer ends."""
    word = tokenizer.content.id_to_token
    told = []
    if isinstance(form, ChatForm) and form.end is None:
        told.append(f"the chat template ends answers without a special token: {word(eos)} follows the last one alone")
    elif isinstance(form, ChatForm) and form.end is not None and tokenizer.content.token_to_id(form.end) != eos:
        told.append(
            f"the chat template ends answers with {form.end}, at which the model's files do not stop: "
            f"{word(eos)} follows the last one; to end with {form.end} alone: --eos '{form.end}'"
        )
    if tokenizer.stops and eos not in tokenizer.stops:
        stops = ", ".join(str(word(one)) for one in tokenizer.stops)
        told.append(f"answers end with {word(eos)}, and the model's generation settings stop at {stops}")
    if pad == eos:
        told.append(f"the vocabulary has no token to pad with but {word(eos)}: mask by position, never by id")
    return told


def _about_model(tokenizer: ModelTokenizer, form: Form, bos: int | None, seq_len: int) -> list[str]:
    """What is to be said of the model that the tokenizer belongs to."""
    told = []
    if isinstance(form, TextForm):
        told.append("the version holds whole texts: every token is trained, those of the prompt too")
    if isinstance(form, ChatForm) and bos is not None:
        begins = tokenizer.content.id_to_token(bos)
        if begins not in form.source and "bos_token" not in form.source:
            told.append(f"the chat template does not write {begins}: rows begin with it, and prompts have to, too")
    if tokenizer.positions is not None and seq_len > tokenizer.positions:
        told.append(f"config.json says that the model was made for {tokenizer.positions:,} positions, not {seq_len:,}")
    return told
