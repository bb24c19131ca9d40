"""The Hub's answers: which of them are worth another try, and what the others mean in words, without any secret."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from curate.errors import CurateError
from curate.publish.target import Tell

T = TypeVar("T")

# Seconds before each further try. Most calls of the Hub's client have five short tries of their own within each.
WAITS = (2.0, 8.0, 20.0)
# Longer than this nobody waits for a program that is asked to wait (429 with Retry-After).
_LONGEST_WAIT = 300.0
_AGAIN = {408, 429, 500, 502, 503, 504}
_LONGEST = 240  # characters of the Hub's own words
_URL = re.compile(r"(https?://)(?:[^\s/@]*@)?([^\s?'\"]*)(?:\?[^\s'\"]*)?")


def asked(call: Callable[[], T], name: str, what: str, tell: Tell) -> T:
    """Ask the Hub, and again after a while where it is busy or the line is cut.

    Only for what may be done twice.

    Args:
        call: asks.
        name: of the target.
        what: is being done, as in `cannot be …`: `published`, `read`.
        tell: is told of every wait.

    Raises:
        CurateError: it refuses, or does not answer.
    """
    for wait in (*WAITS, None):
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the client's, its HTTP library's, the network's: pause tells them
            pause(error, name, what, wait, tell)
    raise AssertionError("the last try returns or raises")


def pause(error: Exception, name: str, what: str, wait: float | None, tell: Tell) -> None:
    """Wait before another try.

    Args:
        error: what the last one ended with.
        name: of the target.
        what: is being done.
        wait: seconds at least; None if it was the last try.
        tell: is told of the wait.

    Raises:
        CurateError: another try is of no use; it says why in words.
    """
    if isinstance(error, CurateError):
        raise error
    longer = _asked_to_wait(error)
    if wait is None or not again(error) or longer > _LONGEST_WAIT:
        raise worded(error, name, what) from error
    wait = max(wait, longer)
    tell(f"{_reason(error, name)}; next try in {wait:.0f} s")
    time.sleep(wait)


def again(error: BaseException) -> bool:
    """Whether the same may work a little later: the Hub is busy, or the line was cut."""
    import httpx2  # noqa: PLC0415 - the Hub's client loads it anyway

    status = _status(error)
    if status is not None:
        return status in _AGAIN
    return any(isinstance(one, httpx2.TransportError | ConnectionError | TimeoutError) for one in _chain(error))


def worded(error: BaseException, name: str, what: str) -> CurateError:
    """What went wrong in one line, with what to do."""
    return CurateError(f"{name} cannot be {what}: {_reason(error, name)}")


def _reason(error: BaseException, name: str) -> str:
    """The first of these that it is; the order matters, as a gated repository also counts as one not found."""
    from huggingface_hub import errors

    kinds, status = tuple(_chain(error)), _status(error)

    def among(kind: type[BaseException]) -> bool:
        return any(isinstance(one, kind) for one in kinds)

    absent = among(errors.RepositoryNotFoundError)
    cases = (
        (among(errors.GatedRepoError), "it is gated, and this account has no access; ask for it on its page"),
        (among(errors.OfflineModeIsEnabled), "HF_HUB_OFFLINE is set; unset it"),
        (status == 401 and not absent, "the token is not accepted; log in again with `hf auth login`, or set HF_TOKEN"),
        (status == 403, "the token may not do that; it needs the right to write to this repository"),
        (absent, f"there is no data set {name.removeprefix('hf://')}, or the token (HF_TOKEN) may not see it"),
        (among(errors.RevisionNotFoundError), "it has no such branch, tag or commit"),
        (status == 429, "the Hub asks for a pause (429: too many requests); try again later"),
        (status is not None and status >= 500, f"the Hub fails ({status}); try again later"),
        (again(error), "the Hub cannot be reached, or the connection was cut; check the network and HF_ENDPOINT"),
    )
    said = f"the Hub says: {without_secrets(str(error))}"
    return next((text for holds, text in cases if holds), said)


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an error."""
    for one in _chain(error):
        status = getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _asked_to_wait(error: BaseException) -> float:
    """Seconds that the Hub asks for: a number, or a date (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after)."""
    for one in _chain(error):
        headers: Any = getattr(getattr(one, "response", None), "headers", None)
        said = headers.get("Retry-After") if headers is not None else None
        if said is None:
            continue
        if re.fullmatch(r"\d{1,9}", said.strip()):
            return float(said)
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
        except ValueError:
            return 0.0
    return 0.0


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def without_secrets(text: str) -> str:
    """The Hub's words in one short line, without tokens, and without the parts of addresses that may hold secrets."""
    from huggingface_hub import get_token

    text = " ".join(text.split())
    token = get_token()
    if token:
        text = text.replace(token, "…")
    text = re.sub(r"\bhf_\w{6,}|(?<=Bearer )\S+", "…", _URL.sub(r"\1\2", text))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the Hub's client from talking: its warnings quote signed addresses, its bars are for terminals."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    logger = logging.getLogger("huggingface_hub")
    level, bars = logger.level, not are_progress_bars_disabled() and not os.isatty(2)
    logger.setLevel(logging.CRITICAL)
    if bars:
        disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if bars:
            enable_progress_bars()
