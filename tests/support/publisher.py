"""A process that publishes to a loopback Hub of its own, as told on stdin; each job begins with an empty Hub.

The Hub's client reads its environment when it is imported, so nothing of it is imported before the Hub runs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.hub_state import Fault, Hub, Repo

REPO = "me/mix"
TOKEN = "hf_" + "secretsecret" * 3


@contextmanager
def running(home: Path) -> Iterator[Hub]:
    """A Hub, with the environment that sends its client there."""
    from support.loopback_hub import serve  # noqa: PLC0415 - after the environment is set

    with serve(Hub(token=TOKEN)) as hub:
        os.environ |= environment(hub.url, home)
        sleep = time.sleep
        time.sleep = lambda seconds: waits.append(seconds) if seconds >= 1 else sleep(seconds)
        yield hub


waits: list[float] = []


def environment(url: str, home: Path) -> dict[str, str]:
    """What the Hub's client is to read."""
    return {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "0",
        "NO_COLOR": "1",
    }


def publish(folder: str, **options: Any) -> dict[str, Any]:
    """Publish once; what was sent, or the error, and all that was told."""
    from curate.errors import CurateError  # noqa: PLC0415 - as above
    from curate.publish.hub import Hub as Target  # noqa: PLC0415
    from curate.publish.send import Request, planned  # noqa: PLC0415
    from curate.publish.send import publish as send  # noqa: PLC0415

    told: list[str] = []
    replace = options.pop("replace", False)
    target = Target(REPO, **options)
    try:
        with planned(Path(folder), target, Request(replace=replace), told.append) as plan:
            receipt = send(plan, target, told.append)
    except CurateError as error:
        return {"error": str(error), "told": told}
    except Exception as error:  # noqa: BLE001 - what no user should see
        return {"crash": f"{type(error).__name__}: {error}", "told": told}
    return {
        "sent": list(receipt.sent),
        "gone": list(receipt.removed),
        "commit": receipt.revision,
        "notes": [*plan.notes, *receipt.notes],
        "told": told,
    }


def state(hub: Hub) -> dict[str, Any]:
    """Where the branches and tags of the repository stand, and on which version."""
    repo = hub.repos.get(REPO)
    if repo is None:
        return {}
    return {name: version_at(repo, name) for name in repo.refs}


def version_at(repo: Repo, revision: str) -> str | None:
    """The version that a revision holds whole; None before the first.

    Raises:
        AssertionError: it holds one in part.
    """
    from hashlib import sha256  # noqa: PLC0415

    files = repo.commits[str(repo.find(revision))]
    if "manifest.json" not in files:
        assert set(files) == {".gitattributes"}, sorted(files)
        return None
    manifest = json.loads(files["manifest.json"])
    listed = {**manifest["files"], **manifest["attachments"]}
    assert set(files) == {*listed, "manifest.json", ".gitattributes"}, sorted(files)
    assert all(sha256(files[name]).hexdigest() == info["sha256"] for name, info in listed.items())
    return str(manifest["version"])


def faulty(hub: Hub, job: dict[str, Any]) -> dict[str, Any]:
    """Publish the old version, then the new one with one fault, then the new one again."""
    hub.repos.clear()
    hub.stored.clear()
    hub.fault = lambda *_: None
    waits.clear()
    if job["old"]:
        assert "commit" in publish(job["old"])
    hub.log.clear()
    wrong = Fault(**job["fault"]) if job["fault"] else None
    always = bool(job.get("always"))

    def fault(call: str, before: int) -> Fault | None:
        if job.get("meanwhile") and "/commit/" in call and before == 0:
            repo = hub.repos[REPO]
            repo.commit({**repo.commits[repo.refs["main"]], "theirs.txt": b"theirs"})
        return wrong if call == job["call"] and (always or before == job["nth"]) else None

    hub.fault = fault
    first = publish(job["new"], download=job.get("download", False))
    calls = list(hub.log)
    if job.get("meanwhile"):
        assert hub.repos[REPO].commits[hub.repos[REPO].refs["main"]].pop("theirs.txt") == b"theirs"
    between = state(hub)
    hub.fault = lambda *_: None
    second = publish(job["new"], download=False)
    return {
        "first": first,
        "calls": calls,
        "between": between,
        "second": second,
        "after": state(hub),
        "waits": [*waits],
    }


def main() -> None:
    """Answer each job on stdin with a line on stdout."""
    with running(Path(sys.argv[1])) as hub:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(faulty(hub, json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
