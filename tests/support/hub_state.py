"""What a loopback Hub holds, and what goes wrong with its calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha1


@dataclass
class Repo:
    """A data set or a model.

    Args:
        commits: sha to files by path.
        refs: branch or tag to sha.
        tags: which of the refs are tags.
        private: whether only its owner sees it.
    """

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    private: bool = False

    def commit(self, files: dict[str, bytes], ref: str = "main") -> str:
        """Add a commit and let a branch stand on it; its sha comes from the content."""
        text = b"".join(name.encode() + b"\0" + data for name, data in sorted(files.items()))
        sha = sha1(text, usedforsecurity=False).hexdigest()
        self.commits[sha] = files
        self.refs[ref] = sha
        return sha

    def find(self, revision: str) -> str | None:
        """The sha of a revision."""
        sha = self.refs.get(revision, revision)
        return sha if sha in self.commits else None


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call.

    Args:
        status: answered instead of what was asked for; 0 cuts the connection.
        after: let the call have its effect first, so that only the answer is lost.
        headers: of the answer, `X-Error-Code` among them.
    """

    status: int = 0
    after: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Hub:
    """What is served, and what was asked.

    Args:
        repos: by `owner/name`.
        log: the calls so far, as `METHOD /path`.
        token: that a call must bear which writes, or asks for a private repository; None asks for none.
        stored: large files that were sent, by their sha256.
        fault: what goes wrong with a call, by its name in the log and how often it came before.
    """

    repos: dict[str, Repo] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    url: str = ""
    token: str | None = None
    stored: dict[str, bytes] = field(default_factory=dict)
    fault: Callable[[str, int], Fault | None] = lambda _, __: None
    lock: threading.RLock = field(default_factory=threading.RLock)


def is_large(path: str) -> bool:
    """Whether the Hub keeps a file of this name apart from git."""
    return path.endswith(".parquet")


def blob(data: bytes) -> str:
    """Git's name of a file's content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
