"""A small Hugging Face Hub on the loopback interface: data sets and models to read, with the real one's headers.

It answers what `huggingface_hub` and `datasets` ask when they read: revision, tree, paths-info and resolve (HEAD, GET,
ranges).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Repo:
    """A data set or a model.

    Args:
        commits: sha to files by path.
        refs: branch or tag to sha.
    """

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

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


@dataclass
class Hub:
    """What is served, and what was asked."""

    repos: dict[str, Repo] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    url: str = ""


def blob(data: bytes) -> str:
    """Git's name of a file's content."""
    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Serve a hub until the block ends; its `url` is set."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.hub.log.append(f"{self.command} {path}")
        parts = path.strip("/").split("/")
        api = parts[0] == "api"
        parts = parts[1:] if api else parts if parts[0] == "datasets" else ["models", *parts]
        repo = self.hub.repos.get("/".join(parts[1:3]))
        if parts[0] not in ("datasets", "models") or repo is None:
            return self._fail(404, "RepoNotFound")
        verb, revision, *rest = [*parts[3:], "revision", "main"][: max(2, len(parts) - 3)]
        sha = repo.find(revision)
        if sha is None:
            return self._fail(404, "RevisionNotFound")
        place = "/".join(rest)
        if not api and verb == "resolve":
            return self._resolve(repo.commits[sha], sha, place)
        found = self._look_up("/".join(parts[1:3]), sha, (verb, place), body) if api else None
        return self._json(found) if found else self._fail(404, "EntryNotFound")

    def _look_up(self, name: str, sha: str, what: tuple[str, str], body: bytes) -> object:
        verb, place = what
        files = self.hub.repos[name].commits[sha]
        if verb == "revision":
            return _info(name, sha, files)
        if verb == "tree":
            return _tree(files, place, recursive="recursive=true" in self.path.lower())
        if verb == "paths-info":
            return _paths(files, body, self.headers.get("Content-Type", ""))
        return None

    def _resolve(self, files: dict[str, bytes], sha: str, name: str) -> None:
        data = files.get(name)
        if data is None:
            return self._fail(404, "EntryNotFound", {"X-Repo-Commit": sha})
        headers = {"X-Repo-Commit": sha, "ETag": f'"{blob(data)}"', "Accept-Ranges": "bytes"}
        start, stop = _range(self.headers.get("Range"), len(data))
        if (start, stop) != (0, len(data)):
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        return self._send(206 if "Content-Range" in headers else 200, data[start:stop], headers)

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _fail(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(
            status, b'{"error": "not found"}', {"X-Error-Code": code, "X-Error-Message": code, **(headers or {})}
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _info(name: str, sha: str, files: dict[str, bytes]) -> dict[str, Any]:
    return {"id": name, "sha": sha, "private": False, "tags": [], "siblings": [{"rfilename": path} for path in files]}


def _tree(files: dict[str, bytes], folder: str, *, recursive: bool) -> list[dict[str, Any]]:
    prefix = f"{folder}/" if folder else ""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(files):
        if not path.startswith(prefix):
            continue
        steps = path.removeprefix(prefix).split("/")
        for depth in range(1, len(steps) if recursive else min(2, len(steps))):
            place = prefix + "/".join(steps[:depth])
            entries[place] = {"type": "directory", "path": place, "size": 0, "oid": "0" * 40}
        if recursive or len(steps) == 1:
            entries[path] = {"type": "file", "path": path, "size": len(files[path]), "oid": blob(files[path])}
    return list(entries.values())


def _paths(files: dict[str, bytes], body: bytes, kind: str) -> list[dict[str, Any]]:
    wanted = json.loads(body)["paths"] if "json" in kind else parse_qs(body.decode()).get("paths", [])
    every = {entry["path"]: entry for entry in _tree(files, "", recursive=True)}
    return [every[path] for path in wanted if path in every]


def _range(header: str | None, size: int) -> tuple[int, int]:
    if not header or not header.startswith("bytes="):
        return 0, size
    first, _, last = header.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)
