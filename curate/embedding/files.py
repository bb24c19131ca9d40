"""Where a model's files lie, and what identifies them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from curate.errors import CurateError
from curate.hashing import digest

# The layouts that model2vec reads: its own, that of sentence-transformers, and one with the embedding in a folder.
_LAYOUTS = (
    ("config.json", "model.safetensors", "tokenizer.json"),
    ("config_sentence_transformers.json", "model.safetensors", "tokenizer.json"),
    (
        "config_sentence_transformers.json",
        "0_StaticEmbedding/model.safetensors",
        "0_StaticEmbedding/tokenizer.json",
    ),
)
# Nothing else of a repository is fetched or read: numbers, a vocabulary and JSON, no code and no pickle.
_WANTED = sorted({name for layout in _LAYOUTS for name in layout})
_HUB = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", re.ASCII)
_NEEDS = "model.safetensors, tokenizer.json and config.json, as model2vec writes them"


@dataclass(frozen=True)
class Located:
    """The files of a model on this machine.

    Args:
        asked: as it was asked for.
        folder: where they lie.
        files: size in bytes and sha256 of each, by name in the folder.
        commit: the full sha of the Hub's commit; None for a folder of one's own.
    """

    asked: str
    folder: Path
    files: Mapping[str, tuple[int, str]]
    commit: str | None = None

    @property
    def digest(self) -> str:
        """What identifies the model, wherever it lies: the digests of its files."""
        return digest([[name, sha256] for name, (_, sha256) in sorted(self.files.items())])


def installed() -> bool:
    """Whether model2vec is there, without importing it."""
    return find_spec("model2vec") is not None


def locate(model: str, base: Path | None = None, commit: str | None = None) -> Located:
    """Find a model, and fetch it from the Hub where it has to be.

    Args:
        model: a folder, relative to `base` or to the current one; else `owner/name` or `owner/name@revision` on the
            Hugging Face Hub. HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are honoured.
        base: the folder of the recipe that names it.
        commit: of the Hub's repository, where a lock names it: takes the place of the revision.

    Raises:
        CurateError: there is no such model, or its files are not those of a static embedding model.
    """
    tried = list(dict.fromkeys((folder / model).absolute() for folder in (base or Path.cwd(), Path.cwd())))
    for folder in tried:
        if folder.is_dir():
            return Located(model, folder, _digests(model, folder))
    if not _HUB.fullmatch(model):
        looked = " or ".join(str(folder) for folder in tried)
        raise CurateError(f"no embedding model {model!r}: no folder {looked}, and not owner/name[@revision] of the Hub")
    folder = _fetched(model, commit, tried)
    return Located(model, folder, _digests(model, folder), folder.name)


def _digests(model: str, folder: Path) -> dict[str, tuple[int, str]]:
    """Size and sha256 of the files of the first layout that is whole."""
    for layout in _LAYOUTS:
        paths = {name: folder / name for name in layout}
        if all(path.is_file() for path in paths.values()):
            return {name: _digest(path) for name, path in paths.items()}
    raise CurateError(f"{model}: no static embedding model in {folder}: it needs {_NEEDS}")


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _fetched(model: str, commit: str | None, tried: list[Path]) -> Path:
    """The snapshot of a Hub repository in the Hub's cache; its folder is named by the commit."""
    from huggingface_hub import errors, snapshot_download

    repository, _, revision = model.partition("@")
    try:
        return Path(snapshot_download(repository, revision=commit or revision or None, allow_patterns=_WANTED))
    except errors.RevisionNotFoundError as error:
        raise CurateError(
            f"embedding model {repository!r} has no revision {commit or revision!r} on the Hub"
        ) from error
    except errors.RepositoryNotFoundError as error:
        looked = " or ".join(str(folder) for folder in tried)
        raise CurateError(
            f"no embedding model {model!r}: no folder {looked}, and the Hub has no such model (a private one needs "
            "HF_TOKEN)"
        ) from error
    except Exception as error:  # the client's own errors, its HTTP library's and the network's
        reason = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise CurateError(
            f"embedding model {model!r} is not in the Hub's cache and cannot be fetched ({reason}): name a folder with "
            "its files, or build once online"
        ) from error
