"""A model's tokenizer: its files, found in a folder or on the Hub, and what they say of special tokens.

Only `tokenizers` is needed: a tokenizer.json holds everything that makes ids of text. Which of its tokens ends an
answer stands in other files, which are read in the order in which transformers trusts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from curate.errors import CurateError
from curate.tokens import HUB_NAME, load

MODEL = "tokenizer.json"
CHAT = "chat_template.jinja"
# What decides on ids and template, and goes along with what is trained.
CARRIED = (MODEL, "tokenizer_config.json", "special_tokens_map.json", CHAT)
# What else may say which tokens end an answer.
_READ = ("generation_config.json", "config.json")

_KINDS = ("bos_token", "eos_token", "pad_token", "unk_token")
# Tokens that models keep for padding, and those that they have and do not use: the first one that is there and ends no
# answer is padded with.
_PADS = (
    "<|pad|>", "<pad>", "[PAD]", "<|finetune_right_pad_id|>", "<|padding|>", "<|PAD_TOKEN|>", "<|vision_pad|>",
    "<|endoftext|>", "<unk>", "[UNK]", "<|reserved_special_token_0|>", "<unused0>",
)  # fmt: skip


class TokenizerError(CurateError):
    """A tokenizer that cannot be had, or lacks what training needs."""


@dataclass(frozen=True)
class ModelTokenizer:
    """A tokenizer with what its files say.

    Args:
        name: `owner/name` on the Hub, or the last part of a path.
        revision: the commit on the Hub.
        files: those of CARRIED and the model's configs that there are, by name.
    """

    name: str
    revision: str | None
    files: Mapping[str, Path]

    @cached_property
    def digest(self) -> str:
        """sha256 over the names and digests of the carried files."""
        parts = [[name, sha256(self.files[name].read_bytes()).hexdigest()] for name in CARRIED if name in self.files]
        return sha256(orjson.dumps(parts)).hexdigest()

    @cached_property
    def content(self) -> Any:  # noqa: ANN401 - tokenizers' own type, loaded late
        """The tokenizer itself, which reads special tokens in text as what they are."""
        return load(self.files[MODEL], special=True)

    @cached_property
    def plain(self) -> Any:  # noqa: ANN401 - as above
        """The same for text in which a special token is only characters."""
        return load(self.files[MODEL], special=False)

    @cached_property
    def config(self) -> dict[str, Any]:
        """`tokenizer_config.json`; empty where there is none."""
        return self._json("tokenizer_config.json")

    @cached_property
    def special(self) -> dict[str, int]:
        """Ids of the special tokens, by text."""
        added = self.content.get_added_tokens_decoder()
        return {token.content: number for number, token in added.items() if token.special}

    @cached_property
    def named(self) -> dict[str, str]:
        """The text of `bos_token`, `eos_token`, `pad_token` and `unk_token`, as far as the files name them."""
        found = {}
        for kind in _KINDS:
            for values in (self.config, self._json("special_tokens_map.json")):
                value = values.get(kind)
                text = value.get("content") if isinstance(value, dict) else value
                if isinstance(text, str) and self.content.token_to_id(text) is not None:
                    found[kind] = text
                    break
        return found

    @cached_property
    def stops(self) -> list[int]:
        """Ids at which the model's own settings end an answer: `generation_config.json`, else `config.json`."""
        for name in _READ:
            value = self._json(name).get("eos_token_id")
            values = value if isinstance(value, list) else [value]
            ids = [one for one in values if isinstance(one, int) and self.content.id_to_token(one) is not None]
            if ids:
                return ids
        return []

    @cached_property
    def positions(self) -> int | None:
        """The longest row that the model was made for, as `config.json` says."""
        value = self._json("config.json").get("max_position_embeddings")
        return value if isinstance(value, int) else None

    @cached_property
    def chat_template(self) -> str | None:
        """The chat template: `chat_template.jinja`, else the default one of `tokenizer_config.json`."""
        if CHAT in self.files:
            return self.files[CHAT].read_text(encoding="utf-8")
        value = self.config.get("chat_template")
        if isinstance(value, list):  # several, by name
            named = {one.get("name"): one.get("template") for one in value if isinstance(one, dict)}
            value = named.get("default")
        return value if isinstance(value, str) else None

    def eos(self, asked: str | None = None) -> int:
        """The id that ends an answer.

        Args:
            asked: the token's text, where the files' word is not wanted.

        Raises:
            TokenizerError: the vocabulary lacks it, or no file names one.
        """
        if asked is not None:
            return self._id(asked, "--eos")
        if "eos_token" in self.named:
            return self._id(self.named["eos_token"], "eos_token")
        if self.stops:
            return self.stops[0]
        looked = ", ".join(("tokenizer_config.json", "special_tokens_map.json", *_READ))
        hint = f" (special tokens: {', '.join(sorted(self.special)[:8])})" if self.special else ""
        raise TokenizerError(
            f"no file of {self.name} names the token that ends an answer (looked for eos_token in {looked}): "
            f"name it with --eos{hint}"
        )

    def bos(self) -> int | None:
        """The id that the tokenizer puts before a text; None where it puts none.

        `add_bos_token` of the config decides where it stands, as it does in transformers, else what the post-processor
        of tokenizer.json does.
        """
        added = self.content.encode("a", add_special_tokens=True).ids
        bare = self.content.encode("a", add_special_tokens=False).ids
        first = added[0] if added != bare and added[:1] != bare[:1] else None
        said = self.config.get("add_bos_token")
        if said is False:
            return None
        if said is True and first is None and "bos_token" in self.named:
            return self._id(self.named["bos_token"], "bos_token")
        return first

    def pad(self, ends: set[int]) -> int:
        """An id to pad with, if there is any, that is none of those which end an answer.

        Args:
            ends: those ids.
        """
        others = [text for text in self.special if text != self.named.get("bos_token")]
        for text in (self.named.get("pad_token"), *_PADS, self.named.get("unk_token"), *others):
            number = None if text is None else self.content.token_to_id(text)
            if number is not None and number not in ends:
                return int(number)
        bos = self.named.get("bos_token")
        number = None if bos is None else self.content.token_to_id(bos)
        return min(ends) if number is None or number in ends else int(number)

    @property
    def vocab_size(self) -> int:
        """How many ids there are, added tokens included."""
        return int(self.content.get_vocab_size(with_added_tokens=True))

    def _id(self, text: str, what: str) -> int:
        number = self.content.token_to_id(text)
        if number is None:
            known = ", ".join(sorted(self.special)[:8])
            raise TokenizerError(f"{what}: {text!r} is no token of {self.name} (special tokens: {known})")
        return int(number)

    def _json(self, name: str) -> dict[str, Any]:
        path = self.files.get(name)
        if path is None:
            return {}
        try:
            value = orjson.loads(path.read_bytes())
        except ValueError as error:
            raise TokenizerError(f"{path} is damaged: {error}") from None
        if not isinstance(value, dict):
            raise TokenizerError(f"{path}: expected an object, found {type(value).__name__}")
        return value


def find(name: str) -> ModelTokenizer:
    """The tokenizer of this name.

    Args:
        name: a folder with a tokenizer.json, a tokenizer.json itself, or `owner/name[@revision]` on the Hub.

    Raises:
        TokenizerError: there is none.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return _in_folder(path.parent, path.parent.resolve().name, None, model=path)
    if path.is_dir():
        return _in_folder(path, path.resolve().name, None, model=path / MODEL)
    if not HUB_NAME.fullmatch(name):
        raise TokenizerError(
            f"no tokenizer at {name!r}: name a folder with a tokenizer.json, that file, or owner/name on the Hub"
        )
    repository, _, revision = name.partition("@")
    folder = _downloaded(repository, revision or None)
    return _in_folder(folder, repository, folder.name, model=folder / MODEL)


def _in_folder(folder: Path, name: str, revision: str | None, model: Path) -> ModelTokenizer:
    if not model.is_file():
        advice = ""
        if (folder / "tokenizer.model").is_file():
            advice = ": there is a SentencePiece model; load it once with transformers' AutoTokenizer and save it"
        raise TokenizerError(f"no tokenizer.json in {folder}{advice}")
    beside = {one: folder / one for one in (*CARRIED, *_READ) if (folder / one).is_file()}
    return ModelTokenizer(name, revision, beside | {MODEL: model})


def _downloaded(repository: str, revision: str | None) -> Path:
    """The files of a model on the Hub, from the Hub's cache where they lie there; the folder's name is the commit."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=[*CARRIED, *_READ]))
    except (OSError, ValueError) as error:  # the Hub's errors are OSErrors, its wrong names ValueErrors
        first = str(error).strip().split("\n", 1)[0]
        raise TokenizerError(
            f"no tokenizer of {repository} in the Hub's cache, nor a download ({first}): "
            "name a folder with its tokenizer.json, or fill the cache (HF_HOME) while online"
        ) from error
