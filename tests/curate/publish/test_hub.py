"""The Hub: one commit and a tag a version, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.publisher import TOKEN

Jobs = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]
API = "/api/datasets/me/mix"
COMMIT, REVISION = f"POST {API}/commit/main", f"GET {API}/revision/main"
GATED = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to dataset me/mix is restricted."}
ABSENT = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 401},
    {"status": 403},
    {"status": 403, "headers": GATED},
    {"status": 404},
    {"status": 404, "headers": ABSENT},
    {"status": 409},
    {"status": 412},
    {"status": 429, "headers": {"Retry-After": "3"}},
    {"status": 500},
    {"status": 503},
    {"status": 0},
    {"status": 0, "after": True},
)


def check(result: dict[str, Any], old: str | None, new: str) -> None:
    """The place held the old or the new version at all times, the error was one clear line, and a repeat mends it."""
    first, between = result["first"], result["between"]
    assert "crash" not in first, first
    if "error" in first:
        assert first["error"].startswith("hf://me/mix")
        assert "\n" not in first["error"]
        assert len(first["error"]) < 400
    else:
        assert between["main"] == new
    assert TOKEN not in str(result)
    assert "X-Amz-Signature" not in str(result)
    assert between.get("main") in (old, new)
    assert all(held == name for name, held in between.items() if name != "main")
    assert "error" not in result["second"]
    assert "crash" not in result["second"]
    assert result["after"] == {"main": new, new: new, **({old: old} if old else {})}


def test_only_what_changed_is_sent(versions: tuple[Path, Path], jobs: Jobs) -> None:
    old, new = (folder.name for folder in versions)
    made, changed = jobs([{"old": None, "download": True}, {"download": True}])
    check(made, None, new)
    check(changed, old, new)
    assert len([call for call in made["calls"] if "/commit/" in call]) == 1
    assert made["second"]["sent"] == changed["second"]["sent"] == []
    same = {name for name in made["first"]["sent"] if name not in changed["first"]["sent"]}
    assert same == {"ledger/drops.parquet", "assets/flow.svg", "assets/mix.svg"}
    assert len([call for call in changed["calls"] if call.startswith("PUT")]) == 2
    assert not any("excerpts" in name or "run.json" in name for name in made["first"]["sent"])


def test_the_usual_faults(versions: tuple[Path, Path], jobs: Jobs) -> None:
    """Refusals are told, what passes is waited for, and a lost answer to the commit is found out."""
    old, new = (folder.name for folder in versions)
    refused, missing, busy, lost, down = jobs(
        [
            {"call": COMMIT, "fault": {"status": 403}},
            {"call": REVISION, "fault": {"status": 404, "headers": ABSENT}},
            {"call": COMMIT, "fault": {"status": 429, "headers": {"Retry-After": "30"}}},
            {"call": COMMIT, "fault": {"status": 0, "after": True}},
            {"call": COMMIT, "fault": {"status": 503}, "always": True},
        ]
    )
    for result in (refused, missing, busy, lost, down):
        check(result, old, new)
    assert "the token may not do that" in refused["first"]["error"]
    assert "holds files now; publish again" in missing["first"]["error"]
    assert busy["first"]["commit"]
    assert 30 in busy["waits"]
    assert lost["first"]["commit"]
    assert len([call for call in lost["calls"] if "/commit/" in call]) == 1
    assert "the Hub fails (503); try again later" in down["first"]["error"]
    assert down["waits"] == [2, 8, 20]
    assert down["between"]["main"] == old


def test_a_commit_of_somebody_else_is_not_lost(versions: tuple[Path, Path], jobs: Jobs) -> None:
    (result,) = jobs([{"meanwhile": True}])
    check(result, versions[0].name, versions[1].name)
    assert "was changed by somebody else meanwhile" in result["first"]["error"]
    assert result["between"]["main"] == versions[0].name


def steps(calls: Sequence[str]) -> list[tuple[str, int]]:
    """Each call with how often it came before; of the files that are read back, the first alone."""
    found, read = [], 0
    for at, call in enumerate(calls):
        late = any("/tag/" in one for one in calls[:at])
        read += late and "/resolve/" in call
        if read < 3:
            found.append((call, calls[:at].count(call)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
def test_any_fault_at_any_call_leaves_it_whole(first: bool, versions: tuple[Path, Path], jobs: Jobs) -> None:  # noqa: FBT001
    """Every call of a recorded publish fails once in every way."""
    old = None if first else str(versions[0])
    (recorded,) = jobs([{"old": old, "download": True}])
    cases = [
        {"old": old, "download": True, "call": call, "nth": nth, "fault": fault}
        for call, nth in steps(recorded["calls"])
        for fault in FAULTS
    ]
    assert len(cases) > 150
    for case, result in zip(cases, jobs(cases), strict=True):
        try:
            check(result, versions[0].name if old else None, versions[1].name)
        except AssertionError as error:
            raise AssertionError(f"{case}: {result}") from error
