"""The back-end that asks a service: any that speaks OpenAI's `/v1/completions`.

https://platform.openai.com/docs/api-reference/completions/create, as vLLM, llama.cpp's server and `transformers serve`
have it. What may yet succeed is tried again (429, 5xx, connections that break, time-outs), after as long as the service
asks for (`Retry-After`), else after 1, 2, 4 … up to 60 seconds. What cannot succeed ends the step.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from threading import Event, Lock
from typing import Any

import httpx2

from curate.errors import CurateError
from curate.hashing import digest
from curate.score.backend import Answer, Question, Resolved
from curate.score.settings import Endpoint

_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_LONGEST_WAIT = 60.0  # seconds, where the service does not say
_PATIENCE = 600.0  # seconds: a service that asks for more is not waited for
_SHOWN = 300  # characters of a service's own message


class Service:
    """A service.

    Args:
        backend: with an endpoint.

    Raises:
        CurateError: the variable that should hold the key is not set.
    """

    def __init__(self, backend: Resolved) -> None:
        endpoint = backend.model.endpoint
        if endpoint is None:
            raise TypeError("this back-end has no endpoint")
        self._endpoint = endpoint
        self._backend = backend
        self._key = _key(endpoint)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._client = httpx2.Client(
            headers=headers,
            timeout=endpoint.timeout,
            limits=httpx2.Limits(max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency),
            follow_redirects=False,  # the key is meant for this service alone
        )
        self._gate = Gate(endpoint.requests_per_minute)

    def answer(self, questions: Sequence[Question]) -> Iterator[list[tuple[int, Answer]]]:
        """Ask all questions, `concurrency` at a time; what has come is given at once."""
        left = iter(enumerate(questions))
        pool = ThreadPoolExecutor(self._endpoint.concurrency)
        waiting: dict[Future[Answer], int] = {}
        try:
            while True:
                free = self._endpoint.concurrency - len(waiting)
                waiting |= {pool.submit(self._ask, one): place for place, one in islice(left, free)}
                if not waiting:
                    return
                done = wait(waiting, return_when=FIRST_COMPLETED).done
                failed = [future for future in done if future.exception()]
                if came := [(waiting.pop(future), future.result()) for future in done if future not in failed]:
                    yield came
                if failed:
                    raise failed[0].exception() or CurateError("a request failed")
        finally:
            self._gate.shut()
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Close the connections; requests that are still under way end with an error that nobody waits for."""
        self._gate.shut()
        self._client.close()

    def _ask(self, question: Question) -> Answer:
        """One question, tried as often as it makes sense."""
        model = self._backend.model
        body: dict[str, Any] = {
            "model": model.model,
            "prompt": question.prompt,
            "max_tokens": model.max_new_tokens,
            "temperature": model.temperature,
        }
        if model.temperature > 0:
            body |= {"top_p": model.top_p, "seed": _seed(self._backend.seed, question.prompt)}
        if model.stop:
            body["stop"] = [model.stop]
        url = f"{self._endpoint.url}/completions"
        for attempt in range(self._endpoint.retries + 1):
            self._gate.wait()
            try:
                response = self._client.post(url, json=body)
            except httpx2.RequestError as error:
                fault, pause = f"{type(error).__name__}: {error}", None
            else:
                if response.status_code == httpx2.codes.OK:
                    return self._read(response)
                fault = f"HTTP {response.status_code}: {self._message(response)}"
                if response.status_code not in _AGAIN:
                    raise CurateError(f"{url} refused a request: {fault}")
                pause = retry_after(response.headers.get("Retry-After"))
            if attempt < self._endpoint.retries:
                self._gate.hold(
                    pause if pause is not None else _backoff(attempt, question.prompt), everyone=pause is not None
                )
        tries = self._endpoint.retries + 1
        raise CurateError(f"{url} did not answer in {tries} {'try' if tries == 1 else 'tries'}, the last time {fault}")

    def _read(self, response: httpx2.Response) -> Answer:
        """The answer that a response holds."""
        try:
            found = response.json()
            text = found["choices"][0]["text"]
            usage = found.get("usage") or {}
            read, written = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        except (ValueError, LookupError, TypeError, AttributeError):
            text = None
        if not isinstance(text, str):
            expected = 'expected {"choices": [{"text": …}]}'
            raise CurateError(f"{response.url} answered with something else: {self._message(response)}; {expected}")
        return Answer(text, None, read, written)

    def _message(self, response: httpx2.Response) -> str:
        """What a service says, short, and without the key should it repeat it."""
        said = " ".join(response.text[: 4 * _SHOWN].split())[:_SHOWN]
        return said.replace(self._key, "***") if self._key else said


@dataclass
class Gate:
    """Lets requests begin: no more a minute than allowed, and none while the service asks for a pause.

    Args:
        per_minute: how many; None: as many as come.
    """

    per_minute: float | None = None
    _next: float = 0.0
    _lock: Lock = field(default_factory=Lock)
    _shut: Event = field(default_factory=Event)

    def wait(self) -> None:
        """Wait for a turn.

        Raises:
            CurateError: the gate was shut.
        """
        with self._lock:
            turn = max(self._next, time.monotonic())
            if self.per_minute is not None:
                self._next = turn + 60.0 / self.per_minute
        self._sleep(turn - time.monotonic())

    def hold(self, seconds: float, *, everyone: bool) -> None:
        """Wait, and with `everyone` let nobody else begin before."""
        if everyone:
            with self._lock:
                self._next = max(self._next, time.monotonic() + seconds)
        self._sleep(seconds)

    def shut(self) -> None:
        """Wake those who wait and let nobody through."""
        self._shut.set()

    def _sleep(self, seconds: float) -> None:
        if self._shut.wait(max(0.0, seconds)):
            raise CurateError("the step ended before this request began")


def retry_after(header: str | None) -> float | None:
    """Seconds to wait as `Retry-After` says (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).

    Args:
        header: seconds, or an HTTP date; None where there was none.

    Returns:
        None where nothing sensible was said; at most ten minutes.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), _PATIENCE) if seconds == seconds else None  # noqa: PLR0124 - "nan" is a float too


def _backoff(attempt: int, prompt: str) -> float:
    """1, 2, 4 … seconds, less up to a half by the prompt's hash, so that requests that fail together part."""
    return min(_LONGEST_WAIT, 2.0**attempt) * (1 - _fraction(attempt, prompt) / 2)


def _fraction(attempt: int, prompt: str) -> float:
    return int(digest([attempt, prompt], 8), 16) / 2.0**64


def _seed(seed: int, prompt: str) -> int:
    """A seed for sampling: of the recipe's seed and the prompt, in 31 bits, which every service takes."""
    return int(digest([seed, prompt], 8), 16) >> 33


def _key(endpoint: Endpoint) -> str | None:
    if endpoint.api_key_env is None:
        return None
    found = os.environ.get(endpoint.api_key_env, "").strip()
    if not found:
        raise CurateError(
            f"the environment variable {endpoint.api_key_env} is not set: it should hold the service's key"
        )
    return found
