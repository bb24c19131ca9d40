"""What identifies a back-end: the content of model and adapter, and how text is generated; not where they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curate.errors import CurateError
from curate.hashing import digest
from curate.score.answers import Answers
from curate.score.backend import MAIN, Resolved
from curate.score.settings import Model

# What weights, configuration and tokenizer of a model or adapter lie in; the rest (cards, optimizer states) has no say.
_PARTS = {".json", ".safetensors", ".model", ".txt", ".jinja", ".tiktoken"}
_LOGS = {"trainer_state.json", "all_results.json", "eval_results.json", "train_results.json"}
_HUB = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_SHA = re.compile(r"[0-9a-f]{40}")
_ON_HUB = "hf://"


def resolve(
    model: Model, base: Path, folder: Path, seed: int, *, likelihood: bool, held: Mapping[str, Any] = {}
) -> Resolved:
    """Pin a back-end down.

    Args:
        model: the settings.
        base: the folder that relative paths start from; where nothing lies there, the current one.
        folder: of the cache.
        seed: of the recipe.
        likelihood: whether likelihoods are asked for, which do not depend on how text is generated.
        held: what a lock holds it to (`Resolved.pins`): the commit of a model on the Hub; for a folder that is gone its
            content, under which its answers are kept.

    Raises:
        CurateError: a folder is no model, the Hub has no such model or cannot be asked.
    """
    name = model.model or ""
    generated: dict[str, Any] = {}
    if not likelihood:
        generated = {"until": model.stop, **model.model_dump(include={"max_new_tokens", "temperature", "top_p"})}
        if model.temperature > 0:
            generated["seed"] = seed
    if model.endpoint is not None:
        served = {"backend": "endpoint", "url": model.endpoint.url, "model": name, "generation": generated}
        return Resolved(model, name, None, None, served, seed)
    place = _folder(name, base)
    adapter = None if model.adapter is None else _folder(model.adapter, base)
    gone = _gone(place is None, model.adapter is not None and adapter is None, held)
    if model.adapter is not None and adapter is None and "adapter" not in gone:
        raise CurateError(f"no folder {model.adapter!r} with an adapter (looked in {base} and {Path.cwd()})")
    commit = None if place or "model" in gone else _commit(name, model.revision or MAIN, held)
    answers = Answers(folder)
    try:
        facts: dict[str, Any] = {
            "backend": "transformers",
            "model": _content(place, answers, "config.json") if place else f"{_ON_HUB}{name}@{commit}",
            "adapter": _content(adapter, answers, "adapter_config.json") if adapter else None,
            **gone,
            "dtype": model.dtype,
            "generation": generated,
        }
    finally:
        answers.close()
    weights = None if gone else str(place or name)
    return Resolved(model, weights, commit, str(adapter) if adapter else None, facts, seed)


def _gone(no_model: bool, no_adapter: bool, held: Mapping[str, Any]) -> dict[str, str]:  # noqa: FBT001
    """The content of folders that are not here, where the lock knows it."""
    missing = {"model": no_model, "adapter": no_adapter}
    return {
        name: str(held[name])
        for name, is_missing in missing.items()
        if is_missing and name in held and not str(held[name]).startswith(_ON_HUB)
    }


def _folder(name: str, base: Path) -> Path | None:
    """The folder of this name, or None where there is none."""
    return next((path for path in (base / name, Path(name)) if path.is_dir()), None)


def _content(folder: Path, answers: Answers, needed: str) -> str:
    """The digest of a folder's files."""
    if not (folder / needed).is_file():
        raise CurateError(f"{folder} holds no {needed}: it is not what `save_pretrained` writes")
    files = sorted(path for path in folder.iterdir() if path.suffix in _PARTS and path.name not in _LOGS)
    if not any(path.suffix == ".safetensors" for path in files):
        raise CurateError(f"{folder} holds no .safetensors: pickled weights are not loaded, save them anew")
    return digest([(path.name, answers.sha256(path)) for path in files])


def _commit(name: str, revision: str, held: Mapping[str, Any]) -> str:
    """The commit that a revision of a model on the Hub stands for: the one in the lock, else today's."""
    known, _, commit = str(held.get("model", "")).removeprefix(_ON_HUB).partition("@")
    if known == name and held.get("revision") == revision and _SHA.fullmatch(commit):
        return commit
    if not _HUB.fullmatch(name):
        raise CurateError(f"no model {name!r}: neither a folder nor owner/name on the Hub")
    if _SHA.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi, constants

    if constants.is_offline_mode():
        ref = Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}" / "refs" / revision
        if not ref.is_file():
            raise CurateError(f"the Hub's cache holds no model {name}@{revision}, and HF_HUB_OFFLINE forbids to ask")
        return ref.read_text(encoding="utf-8").strip()
    try:
        sha = HfApi().model_info(name, revision=revision).sha
    except Exception as error:  # the client's own errors, its HTTP library's and the network's
        raise CurateError(f"no model {name}@{revision} on the Hub: {error}; for a private one set HF_TOKEN") from error
    if sha is None:
        raise CurateError(f"the Hub names no commit of model {name}@{revision}")
    return sha
