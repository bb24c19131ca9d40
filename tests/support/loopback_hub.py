"""A small Hugging Face Hub on the loopback interface: data sets and models to read, with the real one's headers.

It answers what `huggingface_hub` and `datasets` ask when they read: revision, tree, paths-info and resolve (HEAD, GET,
ranges). `support.loopback_writes` adds what they ask when they write. Parquet files are large files (LFS), all others
regular ones.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from support.hub_state import Fault, Hub, Repo, blob, is_large
from support.loopback_writes import Call, may, write

__all__ = ["Fault", "Hub", "Repo", "serve"]


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
    fault: Fault | None = None

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self._body()
        path = unquote(urlsplit(self.path).path)
        call = f"{self.command} {path}"
        with self.hub.lock:
            before = self.hub.log.count(call)
            self.hub.log.append(call)
        self.fault = self.hub.fault(call, before)
        if self.fault is not None and not self.fault.after:
            return self._fail_as_told(self.fault)
        with self.hub.lock:
            self._route(path, body)
        return None

    def _body(self) -> bytes:
        """The body, whole or in chunks."""
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _route(self, path: str, body: bytes) -> None:
        written = write(self.hub, Call(self.command, path, self.headers, body))
        if written is not None:
            status, value, headers = written
            return self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})
        parts = path.strip("/").split("/")
        api = parts[0] == "api"
        parts = parts[1:] if api else parts if parts[0] == "datasets" else ["models", *parts]
        repo = self.hub.repos.get("/".join(parts[1:3]))
        if parts[0] not in ("datasets", "models") or repo is None or (repo.private and not may(self.hub, self.headers)):
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
            return {**_info(name, sha, files), "private": self.hub.repos[name].private}
        if verb == "tree":
            return _tree(files, place, recursive="recursive=true" in self.path.lower())
        if verb == "paths-info":
            return _paths(files, body, self.headers.get("Content-Type", ""))
        return None

    def _resolve(self, files: dict[str, bytes], sha: str, name: str) -> None:
        data = files.get(name)
        if data is None:
            return self._fail(404, "EntryNotFound", {"X-Repo-Commit": sha})
        etag = sha256(data).hexdigest() if is_large(name) else blob(data)
        headers = {"X-Repo-Commit": sha, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if is_large(name):
            headers |= {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{etag}"'}
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

    def _fail_as_told(self, fault: Fault) -> None:
        """Answer with a fault, or with nothing."""
        self.fault = None
        if fault.status:
            return self._send(fault.status, b'{"error": "as told"}', fault.headers)
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)
        return None

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if self.fault is not None:
            return self._fail_as_told(self.fault)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return None


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
            data = files[path]
            entries[path] = {"type": "file", "path": path, "size": len(data), "oid": blob(data)}
            if is_large(path):
                entries[path]["lfs"] = {"oid": sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
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
