"""What `huggingface_hub` asks of the Hub when it writes: create, preupload, LFS, commit, tag, branch, refs.

The answers are those of the real Hub as its client reads them; commits appear whole, and only on the parent that they
name (https://huggingface.co/docs/hub/api, https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from hashlib import sha1, sha256
from typing import Any

from support.hub_state import Hub, Repo, blob, is_large

# Status, JSON value, headers.
Answer = tuple[int, Any, Mapping[str, str]]


@dataclass(frozen=True)
class Call:
    """A request."""

    method: str
    path: str
    headers: Message
    body: bytes


def may(hub: Hub, headers: Message) -> bool:
    """Whether a call bears the token."""
    return hub.token is None or headers.get("Authorization") == f"Bearer {hub.token}"


def write(hub: Hub, call: Call) -> Answer | None:
    """The answer to a call that only writers make; None for the others."""
    parts = call.path.strip("/").split("/")
    if call.method == "PUT" and parts[0] == "lfs":
        return _store(hub, parts[1], call.body)
    if call.path == "/api/validate-yaml":
        return 200, {"errors": [], "warnings": []}, {}
    api = parts[0] == "api"
    verb = "lfs" if len(parts) > 3 and parts[2].endswith(".git") else parts[4] if api and len(parts) > 4 else ""
    if call.path != "/api/repos/create" and verb not in {"refs", "lfs", "preupload", "commit", "tag", "branch"}:
        return None
    if not may(hub, call.headers):
        return 401, {"error": "Invalid credentials in Authorization header"}, {}
    name = "/".join(parts[2:4]) if api else f"{parts[1]}/{parts[2].removesuffix('.git')}"
    said = [json.loads(line) for line in call.body.splitlines()]
    return _of_repo(hub, name, verb, parts[-1], said) if verb else _create(hub, said[0])


def _of_repo(hub: Hub, name: str, verb: str, last: str, said: list[Any]) -> Answer:
    """The answer to a call about a repository."""
    repo = hub.repos.get(name)
    if repo is None:
        return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
    if verb == "refs":
        return 200, _refs(repo), {}
    if verb == "lfs":
        return 200, _batch(hub, name, said[0]) if last == "batch" else {}, {}
    if verb == "preupload":
        return 200, {"files": [_mode(repo, last, one["path"]) for one in said[0]["files"]]}, {}
    if verb == "commit":
        return _commit(hub, name, last, said)
    return _ref(repo, verb, last, said[0])


def _store(hub: Hub, oid: str, body: bytes) -> Answer:
    """Keep a large file, if it is the one it should be."""
    if sha256(body).hexdigest() != oid:
        return 400, {"error": "another content"}, {}
    hub.stored[oid] = body
    return 200, {}, {}


def _create(hub: Hub, said: dict[str, Any]) -> Answer:
    name = f"{said.get('organization') or 'me'}/{said['name']}"
    value = {"url": f"{hub.url}/datasets/{name}", "name": name, "id": "1"}
    if name in hub.repos:
        return 409, {**value, "error": "You already created this dataset repo"}, {}
    hub.repos[name] = Repo(private=said.get("visibility") == "private" or bool(said.get("private")))
    hub.repos[name].commit({".gitattributes": b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"})
    return 200, value, {}


def _refs(repo: Repo) -> dict[str, Any]:
    def listed(kind: str, *, tags: bool) -> list[dict[str, str]]:
        chosen = {name: sha for name, sha in repo.refs.items() if (name in repo.tags) is tags}
        return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": sha} for name, sha in chosen.items()]

    return {"branches": listed("heads", tags=False), "tags": listed("tags", tags=True), "converts": []}


def _batch(hub: Hub, name: str, said: dict[str, Any]) -> dict[str, Any]:
    objects = []
    for one in said["objects"]:
        actions = {
            "upload": {"href": f"{hub.url}/lfs/{one['oid']}?X-Amz-Signature=secret", "header": {}},
            "verify": {"href": f"{hub.url}/datasets/{name}.git/info/lfs/verify", "header": {}},
        }
        objects.append({**one, **({} if one["oid"] in hub.stored else {"actions": actions})})
    return {"transfer": "basic", "objects": objects}


def _mode(repo: Repo, revision: str, path: str) -> dict[str, Any]:
    data = repo.commits[repo.find(revision) or repo.refs["main"]].get(path)
    oid = None if data is None else sha256(data).hexdigest() if is_large(path) else blob(data)
    return {"path": path, "uploadMode": "lfs" if is_large(path) else "regular", "shouldIgnore": False, "oid": oid}


def _commit(hub: Hub, name: str, branch: str, lines: list[dict[str, Any]]) -> Answer:
    repo, header = hub.repos[name], lines[0]["value"]
    parent = repo.refs[branch]
    if header.get("parentCommit") not in (None, parent):
        return 412, {"error": "A commit has happened since. Please refresh and try again."}, {}
    files = dict(repo.commits[parent])
    for line in lines[1:]:
        kind, value = line["key"], line["value"]
        if kind == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif kind == "lfsFile":
            if value["oid"] not in hub.stored:
                return 400, {"error": f"LFS object {value['oid']} was not uploaded"}, {}
            files[value["path"]] = hub.stored[value["oid"]]
        elif kind == "deletedFile":
            del files[value["path"]]
    text = b"".join(one.encode() + b"\0" + data for one, data in sorted(files.items()))
    sha = sha1(parent.encode() + text, usedforsecurity=False).hexdigest()
    repo.commits[sha] = files
    repo.refs[branch] = sha
    return 200, {"success": True, "commitOid": sha, "commitUrl": f"{hub.url}/datasets/{name}/commit/{sha}"}, {}


def _ref(repo: Repo, kind: str, name: str, said: dict[str, Any]) -> Answer:
    """Make a tag on the revision that the path names, or a branch that starts where the body says."""
    new = said["tag"] if kind == "tag" else name
    if new in repo.refs:
        return 409, {"error": f"Reference {new} already exists"}, {}
    start = name if kind == "tag" else said.get("startingPoint") or "main"
    sha = repo.find(start)
    if sha is None:
        return 404, {"error": "no such revision"}, {"X-Error-Code": "RevisionNotFound"}
    repo.refs[new] = sha
    repo.tags |= {new} if kind == "tag" else set()
    return 200, {}, {}
