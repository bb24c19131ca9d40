"""Ask a model what it was not asked before, and keep each answer as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from curate.errors import CurateError
from curate.hashing import digest
from curate.score import answers
from curate.score.answers import Answers
from curate.score.backend import Answer, Backend, Question, Resolved

Report = Callable[[int, int, str], None]


def ask(questions: Sequence[Question], backend: Resolved, store: Answers, report: Report) -> list[Answer]:
    """The answers to some questions, from the store or from the back-end.

    A back-end is started only if a question is new. What it says is stored at once, so that a killed process goes on
    where it stopped.

    Args:
        questions: equal ones are asked once.
        backend: who is asked.
        store: keeps the answers.
        report: called with done, total and the speed.

    Returns:
        One answer a question, in order: what the store holds, whoever put it there.

    Raises:
        CurateError: the back-end cannot go on; the message says how many answers are kept.
    """
    identity = digest(backend.facts)
    keys = [answers.key(identity, one.prompt, one.completion) for one in questions]
    unique = dict(zip(keys, questions, strict=True))
    known = store.find(list(unique)).keys()
    new = [key for key in unique if key not in known]
    report(len(known), len(unique), "")
    if new:
        _fetch(new, unique, backend, store, report)
    return store.give(keys)


def connect(backend: Resolved) -> Backend:
    """Start a back-end: load a model, or open connections.

    Raises:
        CurateError: it cannot be started, or is not here.
    """
    if backend.weights is None:
        missing = " or ".join(repr(one) for one in (backend.model.model, backend.model.adapter) if one)
        raise CurateError(
            f"the lock knows the model, but it is not here, and not every answer of it is kept: no folder {missing}; "
            "`curate lock RECIPE --update` lets another one take its place"
        )
    if backend.model.endpoint is not None:
        from curate.score.endpoint import Service  # noqa: PLC0415 - an HTTP client, where one is needed

        return Service(backend)
    from curate.score.local import Local  # noqa: PLC0415 - torch takes seconds to import

    return Local(backend)


def _fetch(
    keys: Sequence[bytes], questions: dict[bytes, Question], backend: Resolved, store: Answers, report: Report
) -> None:
    done, tokens, began = 0, 0, time.monotonic()
    before = len(questions) - len(keys)
    started = connect(backend)
    try:
        for batch in started.answer([questions[key] for key in keys]):
            store.put((keys[place], answer) for place, answer in batch)
            done += len(batch)
            tokens += sum(answer.read + answer.written for _, answer in batch)
            report(before + done, len(questions), pace(done, len(keys) - done, tokens, time.monotonic() - began))
    except CurateError as error:
        kept = f"{before + done:,} of {len(questions):,} answers are kept: run it again to go on"
        raise CurateError(f"{error}\n{kept}") from error
    finally:
        started.close()
    if done < len(keys):
        raise CurateError(f"{len(keys) - done:,} questions were not answered; please report this")


def pace(done: int, left: int, tokens: int, seconds: float) -> str:
    """The speed in words: records and tokens (read and written) a second, and the time that is left."""
    rate = done / max(seconds, 1e-9)
    remaining = round(left / max(rate, 1e-9))
    hours, minutes, rest = remaining // 3600, remaining // 60 % 60, remaining % 60
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{rate:.1f} records/s, {tokens / max(seconds, 1e-9):,.0f} tokens/s, {clock} left"
