"""Processes that tell languages: the same answers as in this process, from any number of threads, and clear ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from curate import identifier, language
from curate.errors import CurateError

LINES = [f"{text} {number}" for number in range(700) for text in ("Where is the nearest station", "Wo ist der Bahnhof")]


@pytest.fixture(autouse=True)
def none_before() -> Iterator[None]:
    identifier.close()
    yield
    identifier.close()


def waiting() -> list[identifier._Identifier]:
    return list(identifier._idle.queue)


def test_same_answers_as_in_this_process() -> None:
    """Label by label, odd lines included."""
    lines = [*LINES, "", " ", "1 + 1", "日本語のテキストです", "\r", "a\u2028b", "😀"]
    told = identifier.labels("\n".join(lines), language._model_file()).split("\n")
    assert told == [name if name != "und" else "" for name in map(language._identifier("fasttext"), lines)]


def test_a_process_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that ask at once have a process each; the next to ask take those that wait."""
    monkeypatch.setattr(language, "_MANY", 10)
    expected = language._codes(pl.Series(LINES[:5]), "fasttext").to_list()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            found = list(threads.map(lambda _: language._codes(pl.Series(LINES), "fasttext"), range(4)))
            assert all(codes[:5].to_list() == expected for codes in found)
            assert 1 <= len(waiting()) <= 2


def test_a_process_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error that says so, and the next question has a new process."""
    monkeypatch.setattr(language, "_MANY", 10)
    language._codes(pl.Series(LINES), "fasttext")
    (one,) = waiting()
    os.kill(one._process.pid, signal.SIGKILL)
    one._process.wait()
    with pytest.raises(CurateError, match="identifies languages died .exit code -9"):
        language._codes(pl.Series(LINES), "fasttext")
    assert len(language._codes(pl.Series(LINES), "fasttext")) == len(LINES)
