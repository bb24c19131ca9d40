"""The back-end that asks a service, against a real one on the loopback interface, with every fault that may pass."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from curate.errors import CurateError
from curate.score import endpoint
from curate.score.answers import Answers
from curate.score.ask import ask
from curate.score.backend import Question, Resolved
from curate.score.endpoint import Service, retry_after
from curate.score.identity import resolve
from curate.score.settings import Model
from support.loopback_completions import Completions, cut, serving, slow, status

QUESTIONS = [Question(f"What is\n{n}?") for n in range(12)]


@pytest.fixture
def service() -> Iterator[Completions]:
    with serving(Completions()) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_LONGEST_WAIT", 0.01)


def backend(service: Completions, **more: Any) -> Resolved:
    limits = {name: more.pop(name) for name in list(more) if name not in Model.model_fields}
    model = Model(model="m", endpoint={"url": service.url, **limits}, **more)
    return resolve(model, Path(), Path(), 5, likelihood=False)


def answers(one: Resolved, questions: list[Question] = QUESTIONS) -> dict[int, str | None]:
    client = Service(one)
    try:
        return {place: answer.text for batch in client.answer(questions) for place, answer in batch}
    finally:
        client.close()


def test_asks_what_the_settings_say(service: Completions) -> None:
    found = answers(backend(service, max_new_tokens=7, until="STOP"), QUESTIONS[:1])
    assert found == {0: "0?\n\n### Input:"}  # what comes after the stop is the measure's business
    assert service.asked == [
        {"model": "m", "prompt": "What is\n0?", "max_tokens": 7, "temperature": 0.0, "stop": ["STOP"]}
    ]


def test_sampling_is_seeded_by_the_prompt(service: Completions) -> None:
    answers(backend(service, temperature=0.7, top_p=0.9), QUESTIONS[:2])
    seeds = {body["prompt"]: body["seed"] for body in service.asked}
    assert len(set(seeds.values())) == 2
    answers(backend(service, temperature=0.7, top_p=0.9), QUESTIONS[:2])
    assert {body["prompt"]: body["seed"] for body in service.asked[2:]} == seeds


def test_concurrency_is_bounded_and_used(service: Completions) -> None:
    service.delay = 0.05
    assert len(answers(backend(service, concurrency=3))) == 12
    assert service.most == 3


@pytest.mark.parametrize(
    "fault",
    [status(429, "slow down"), status(500), status(503), cut, slow(0.6)],
    ids=["429", "500", "503", "cut", "slow"],
)
def test_tries_again(service: Completions, fault: Any) -> None:
    service.faults = [fault, fault]
    found = answers(backend(service, concurrency=2, timeout=0.3))
    assert found == {n: f"{n}?\n\n### Input:" for n in range(12)}
    assert len(service.asked) == 14


def test_gives_up_after_the_last_try(service: Completions) -> None:
    service.faults = [status(500, "broken inside")] * 3
    with pytest.raises(CurateError, match=r"did not answer in 3 tries, the last time HTTP 500: broken inside"):
        answers(backend(service, retries=2), QUESTIONS[:1])
    assert len(service.asked) == 3


def test_refusals_are_not_tried_again(service: Completions) -> None:
    service.faults = [status(400, "no such model 'm'")]
    with pytest.raises(CurateError, match=r"refused a request: HTTP 400: no such model 'm'"):
        answers(backend(service), QUESTIONS[:1])
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", ["[]", "{}", '{"choices": [{"message": {}}]}', '{"choices": [{"text": 5}]}', "<html>"])
def test_other_answers_are_told(service: Completions, body: str) -> None:
    service.faults = [status(200, body)]
    with pytest.raises(CurateError, match="answered with something else"):
        answers(backend(service), QUESTIONS[:1])


def test_no_service(service: Completions) -> None:
    dead = backend(service, retries=1)
    object.__setattr__(dead.model.endpoint, "url", "http://127.0.0.1:9")
    with pytest.raises(CurateError, match="did not answer in 2 tries, the last time ConnectError"):
        answers(dead, QUESTIONS[:1])


def test_waits_as_long_as_the_service_asks(service: Completions) -> None:
    service.faults = [status(429, Retry_After="0.4")]
    answers(backend(service, concurrency=1), QUESTIONS[:1])
    assert service.at[1] - service.at[0] >= 0.4


def test_a_pause_holds_all(service: Completions) -> None:
    """While the service asks for a pause no other request begins."""
    service.faults = [status(429, Retry_After="0.3")]
    answers(backend(service, concurrency=2))
    first = service.at[0]
    # The other slot's request may be under way already.
    assert sum(moment - first < 0.28 for moment in service.at) <= 3


def test_no_more_a_minute_than_allowed(service: Completions) -> None:
    answers(backend(service, requests_per_minute=1200))
    assert service.at[-1] - service.at[0] >= 11 * 0.05 - 0.02


def test_retry_after() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 27 < (retry_after(later) or 0) <= 30
    assert [retry_after(said) for said in ("7", "-1", "soon", "nan", "1e9", None)] == [7, 0, None, None, 600, None]


def test_the_key_comes_from_the_environment_and_goes_nowhere_else(
    service: Completions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THE_KEY", "sk-secret")
    one = backend(service, api_key_env="THE_KEY")
    answers(one, QUESTIONS[:1])
    assert service.headers[0]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(one)
    service.faults = [status(401, "wrong key sk-secret")]
    store = Answers(tmp_path)
    with pytest.raises(CurateError, match=r"HTTP 401: wrong key \*\*\*") as raised:
        ask(QUESTIONS[:1], one, store, lambda *_: None)
    store.close()
    assert "sk-secret" not in str(raised.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"sk-secret" in path.read_bytes()]


def test_a_key_that_is_not_there(service: Completions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THE_KEY", raising=False)
    with pytest.raises(CurateError, match="the environment variable THE_KEY is not set"):
        answers(backend(service, api_key_env="THE_KEY"))


def test_redirects_are_not_followed(service: Completions) -> None:
    service.faults = [status(307, Location="http://127.0.0.1:9/v1/completions")]
    with pytest.raises(CurateError, match="HTTP 307"):
        answers(backend(service), QUESTIONS[:1])


def test_an_end_does_not_wait_for_what_is_under_way(service: Completions) -> None:
    service.faults = [status(400, "no")]
    service.delay = 1.0
    began = time.monotonic()
    with pytest.raises(CurateError, match="HTTP 400"):
        answers(backend(service, requests_per_minute=600, concurrency=2))
    assert time.monotonic() - began < 0.9
