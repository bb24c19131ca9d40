"""Masking."""

from __future__ import annotations

import time

import pytest

from support.rules import change, records, run, step, turn

KINDS = ["email", "phone", "ip", "credit_card", "iban", "secret"]


def masked(text: str, **settings: object) -> str:
    found = change("transform.mask_pii", [{"instruction": text}], kinds=KINDS, of=["instruction"], **settings)
    return str(found[0]["instruction"]) if found else text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail jane.doe+x@mail.example.org.", "mail <EMAIL>."),
        ("from 8.8.8.8, to 2001:4860:4860::8888", "from <IP>, to <IP>"),
        ("card 4111 1111 1111 1111!", "card <CREDIT_CARD>!"),
        ("5500-0000-0000-0004", "<CREDIT_CARD>"),
        ("DE89 3704 0044 0532 0130 00", "<IBAN>"),
        ("GB82WEST12345698765432;", "<IBAN>;"),
        ("call +49 30 1234567 or (555) 123-4567", "call <PHONE> or <PHONE>"),
        ("key AKIAIOSFODNN7EXAMPLE", "key <SECRET>"),
        ("sk-proj-" + "a1" * 20, "<SECRET>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "<SECRET>"),
    ],
)
def test_found(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4.5, host 127.0.0.1, router 192.168.0.1, 300.1.1.1",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "3.14159265358979323846",
        "DE89 3704 0044 0532 0130 01",
        "at 12:30:45 @noon, user@host",
        "std::vector::size and a::b",
        "2024-01-31, 10.5.2020, 1 000 000",
        "task-sk-short",
    ],
)
def test_left_alone(text: str) -> None:
    assert masked(text) == text


def test_all_fields_with_counts() -> None:
    rows = [
        {"output": "a@b.org", "references": ["a@b.org", "c@d.org"], "history": [turn("user", "8.8.8.8")]},
        {"output": "nothing", "history": [turn("user", None)]},
    ]
    outcome = run(step("transform.mask_pii"), records(rows))
    assert outcome.counts == {"masked email": 1, "masked ip": 1}
    assert outcome.columns is not None
    row = outcome.columns.to_dicts()
    assert [found["at"] for found in row] == [0]
    assert row[0]["output"] == "<EMAIL>"
    assert row[0]["references"] == ["<EMAIL>", "<EMAIL>"]
    assert row[0]["history"] == [turn("user", "<IP>")]


def test_only_the_kinds_that_are_named() -> None:
    found = change("transform.mask_pii", [{"output": "a@b.org 8.8.8.8"}], kinds=["ip"])
    assert found[0]["output"] == "a@b.org <IP>"


@pytest.mark.parametrize(
    "text", ["1 " * 20_000, "a." * 20_000 + "@", "1.1." * 20_000, "ab:" * 20_000, "DE89 " * 9_000, "+1 (" * 9_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.monotonic()
    masked(text)
    assert time.monotonic() - began < 5
