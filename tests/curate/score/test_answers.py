"""The store of answers: what is put is found, by several processes at once, and after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curate.errors import CurateError
from curate.hashing import digest
from curate.score import answers
from curate.score.answers import Answers
from curate.score.ask import ask, pace
from curate.score.backend import Answer, Question, Resolved
from curate.score.identity import resolve
from curate.score.settings import Model
from support.loopback_completions import Completions, serving, status

KEYS = [answers.key("model", f"question {n}", None) for n in range(1200)]

WRITER = """
import sys
from pathlib import Path
from curate.score.answers import Answers, key
from curate.score.backend import Answer
store = Answers(Path(sys.argv[1]))
for n in range(1200):
    store.put([(key("model", f"question {n}", None), Answer(f"{sys.argv[2]} {n}", None, 1, 2))])
store.close()
"""

ASKER = """
import sys
from pathlib import Path
from curate.score.answers import Answers
from curate.score.ask import ask
from curate.score.backend import Question
from curate.score.identity import resolve
from curate.score.settings import Model
model = Model(model="m", endpoint={"url": sys.argv[2], "concurrency": 4})
store = Answers(Path(sys.argv[1]))
ask([Question(f"question {n}") for n in range(200)], resolve(model, Path(), Path(), 0, likelihood=False), store,
    lambda *_: None)
"""


@pytest.fixture
def store(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


def backend(url: str) -> Resolved:
    return resolve(Model(model="m", endpoint={"url": url, "concurrency": 4}), Path(), Path(), 0, likelihood=False)


def quiet(*_: object) -> None:
    pass


def test_what_is_put_is_found(store: Answers, tmp_path: Path) -> None:
    kept = {key: Answer(f"answer {n}", None, n, 1) for n, key in enumerate(KEYS)}
    kept[KEYS[0]], kept[KEYS[1]] = Answer(None, 0.25, 9, 3), Answer(None, None, 9, 0)
    store.put(kept.items())
    store.close()
    again = Answers(tmp_path)
    assert again.find(KEYS) == kept
    assert again.find([b"another"]) == {}


def test_the_first_answer_stays(store: Answers) -> None:
    store.put([(KEYS[0], Answer("one", None, 1, 1))])
    store.put([(KEYS[0], Answer("two", None, 1, 1)), (KEYS[1], Answer("three", None, 1, 1))])
    assert [answer.text for answer in store.find(KEYS[:2]).values()] == ["one", "three"]


def test_keys_differ_where_anything_does() -> None:
    said = [("m", "p", None), ("n", "p", None), ("m", "q", None), ("m", "p", ""), ("m", "p", "c"), ("m", "pc", None)]
    assert len({answers.key(*one) for one in said}) == len(said)
    assert answers.key("m", "a\ud800", None)  # half a surrogate pair in a file's JSON is a text too


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Both write every key: one answer each stays, whole, and both read the same ones."""
    both = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in ("left", "right")]
    assert [one.wait(60) for one in both] == [0, 0]
    found = Answers(tmp_path).find(KEYS)
    texts = [found[key].text for key in KEYS]
    assert {text.split()[1] for text in texts if text} == {str(n) for n in range(1200)}
    assert all(text in (f"left {n}", f"right {n}") for n, text in enumerate(texts))


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "score").mkdir()
    (tmp_path / "score" / "answers.sqlite3").write_bytes(b"no database at all, but long enough to look at" * 40)
    with pytest.raises(CurateError, match=r"answers\.sqlite3 cannot be used: file is not a database.*move it away"):
        Answers(tmp_path)


def test_a_newer_database_is_told(store: Answers, tmp_path: Path) -> None:
    store._db.execute("PRAGMA user_version=7")
    store.close()
    with pytest.raises(CurateError, match="is of version 7, this curate knows 1"):
        Answers(tmp_path)


def test_equal_questions_are_asked_once_and_never_again(store: Answers) -> None:
    questions = [Question("one"), Question("two"), Question("one")]
    with serving(Completions(reply=str.upper)) as service:
        for _ in range(2):
            found = ask(questions, backend(service.url), store, quiet)
            assert [one.text for one in found] == ["ONE", "TWO", "ONE"]
        assert len(service.asked) == 2


def test_progress_tells_speed_and_what_is_left(store: Answers) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(Completions()) as service:
        ask([Question(f"{n}") for n in range(5)], backend(service.url), store, lambda *one: told.append(one))
    assert told[0] == (0, 5, "")
    assert told[-1][:2] == (5, 5)
    assert told[-1][2].endswith("tokens/s, 0:00 left")
    assert pace(10, 7210, 500, 10.0) == "1.0 records/s, 50 tokens/s, 2:00:10 left"


def test_an_end_keeps_what_was_answered(store: Answers) -> None:
    with serving(Completions()) as service:
        one = backend(service.url)
        ask([Question(f"{n}") for n in range(3)], one, store, quiet)
        service.faults = [status(403, "enough")]
        with pytest.raises(CurateError, match=r"HTTP 403: enough\n3 of 4 answers are kept: run it again to go on"):
            ask([Question(f"{n}") for n in range(4)], one, store, quiet)


def test_goes_on_after_a_kill(tmp_path: Path) -> None:
    """A process is killed in the middle: the next one asks for exactly what was not stored."""
    with serving(Completions(delay=0.02)) as service:
        process = subprocess.Popen([sys.executable, "-c", ASKER, str(tmp_path), service.url])
        until = time.monotonic() + 30
        while len(service.answered) < 60 and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.1)
        questions = [Question(f"question {n}") for n in range(200)]
        one, store = backend(service.url), Answers(tmp_path)
        stored = ask_for_none(store, questions, one)
        first = list(service.answered)
        assert 40 <= stored < 200
        assert len(first) - stored <= 8  # what was under way, or had come and was about to be stored
        ask(questions, one, store, quiet)
        assert len(service.answered) - len(first) == 200 - stored
        assert set(service.answered) == {question.prompt for question in questions}


def ask_for_none(store: Answers, questions: list[Question], one: Resolved) -> int:
    """How many of the answers are stored."""
    identity = digest(one.facts)
    return len(store.find([answers.key(identity, question.prompt, None) for question in questions]))


def test_a_file_is_digested_anew_when_it_changes(store: Answers, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    first = store.sha256(path)
    assert store.sha256(path) == first
    path.write_bytes(b"three")
    assert store.sha256(path) != first


def test_answers_travel_with_a_version(store: Answers, tmp_path: Path) -> None:
    told = [Answer("Yes", None, 3, 1), Answer(None, 1.5, 2, 2), Answer("", None, 9, 0)]
    store.put(zip(KEYS, told, strict=False))
    assert store.give([KEYS[1], KEYS[0], KEYS[1]]) == [told[1], told[0], told[1]]
    store.given().write_parquet(tmp_path / "answers.parquet")
    other = Answers(tmp_path / "other")
    other.put([(KEYS[0], Answer("mine", None, 3, 1))])
    other.restore(tmp_path / "answers.parquet")
    assert other.find(KEYS) == {KEYS[0]: Answer("mine", None, 3, 1), KEYS[1]: told[1]}


@pytest.mark.parametrize("content", [b"no table", b""])
def test_a_file_that_holds_no_answers(store: Answers, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers.parquet").write_bytes(content)
    with pytest.raises(CurateError, match="answers.parquet does not hold a model's answers"):
        store.restore(tmp_path / "answers.parquet")
