"""The Hub's answers in words: which are worth another try, and no secret in any."""

from __future__ import annotations

import pytest

from curate.errors import CurateError
from curate.publish.answer import again, asked, without_secrets, worded
from curate.publish.hub import Hub
from curate.publish.place import target


def quiet(_: str) -> None:
    """Nobody waits."""


def test_no_secret_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "opaque-token")
    text = "Bearer abc.def opaque-token hf_abcdefgh12 https://me:pass@host/a/b?X-Amz-Signature=s3cret&x=1 'https://h/x?t=u'"
    assert without_secrets(text) == "Bearer … … … https://host/a/b 'https://h/x'"
    assert len(without_secrets("x" * 1000)) == 240


def test_a_cut_line_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("curate.publish.answer.time.sleep", waits.append)
    errors: list[Exception] = [ConnectionResetError("cut"), TimeoutError("late")]

    def call() -> int:
        if errors:
            raise errors.pop()
        return 7

    assert asked(call, "hf://me/mix", "read", quiet) == 7
    assert waits == [2, 8]


def test_what_it_came_of_counts() -> None:
    """The client wraps what went wrong; a fault of the program is none of the line's."""
    wrapped = RuntimeError("Error while uploading")
    wrapped.__cause__ = ConnectionResetError("cut")
    assert again(wrapped)
    assert "the connection was cut" in str(worded(wrapped, "hf://me/mix", "published"))
    assert not again(ValueError("no"))
    assert str(worded(ValueError("a\nb"), "hf://me/mix", "read")) == "hf://me/mix cannot be read: the Hub says: a b"


def test_nothing_is_asked_offline_or_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(CurateError, match="no token for hf://me/mix: log in with `hf auth login`, or set HF_TOKEN"):
        Hub("me/mix").present("0" * 16)
    monkeypatch.setattr("huggingface_hub.constants.is_offline_mode", lambda: True)
    with pytest.raises(CurateError, match="hf://me/mix cannot be reached: HF_HUB_OFFLINE is set; unset it"):
        Hub("me/mix").find(None)


def test_targets() -> None:
    assert [target(name).name for name in ("hf://me/mix", "hf://datasets/me/mix/", "a/b")] == ["hf://me/mix"] * 2 + [
        "a/b"
    ]
    with pytest.raises(CurateError, match="unknown target 'ftp://x'"):
        target("ftp://x")
    with pytest.raises(CurateError, match="--branch goes with a target on the Hub"):
        target("folder", branch="x")
