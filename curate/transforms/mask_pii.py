"""Mask what points to a person or opens a door: addresses, numbers, keys."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from curate.stage import Outcome, RecordStage
from curate.transforms._rewrite import Fields, RewrittenFields, columns_of, outcome, rewritten

Kind = Literal["email", "phone", "ip", "credit_card", "iban", "secret"]


def _luhn(found: str) -> bool:
    """ISO/IEC 7812: every second digit from the right is doubled; the digits add up to a multiple of ten."""
    digits = [int(sign) for sign in found if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _mod97(found: str) -> bool:
    """ISO 13616: with the first four signs at the end and letters as 10-35, the number leaves 1 when divided by 97."""
    code = found.replace(" ", "")
    return 15 <= len(code) <= 34 and int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


def _public(found: str) -> bool:
    """An address that can be reached from outside: 127.0.0.1, 192.168.0.1 and versions as 1.2.3 point to nobody."""
    try:
        return ipaddress.ip_address(found).is_global
    except ValueError:
        return False


@dataclass(frozen=True)
class _Mask:
    """What a kind looks like.

    Args:
        hint: in Rust, loose and fast: texts without it are left alone.
        pattern: in Python, exact.
        valid: the check digits, where the kind has some.
    """

    hint: str
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] | None = None


_IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"
_IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
_CARD = r"(?<![\w.-])(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -]?)\d{6}\2\d{5})(?![ -]?\d|\w|\.\d)"
_SECRETS = (
    r"\bAKIA[0-9A-Z]{16}\b",  # Amazon access key
    r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b",  # GitHub token
    r"\bhf_[A-Za-z0-9]{30,60}\b",  # Hugging Face token
    r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,200}\b",  # OpenAI, Anthropic
    r"\bxox[abprs]-[A-Za-z0-9-]{10,250}\b",  # Slack token
    r"\bAIza[0-9A-Za-z_-]{35}\b",  # Google API key
    r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,2000}\b",  # JSON web token
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8000}-----END [A-Z ]{0,20}PRIVATE KEY-----",
)
MASKS: dict[str, _Mask] = {
    "secret": _Mask(
        r"AKIA|gh[pousr]_|hf_|sk-|xox[abprs]-|AIza|eyJ|PRIVATE KEY", re.compile("|".join(_SECRETS), re.ASCII)
    ),
    "email": _Mask(
        r"@[A-Za-z0-9]",
        re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}\b", re.ASCII),
    ),
    "iban": _Mask(
        r"[A-Z]{2}[0-9]{2} ?[0-9A-Z]{4}",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?\b", re.ASCII),
        _mod97,
    ),
    "credit_card": _Mask(r"(?:[0-9][ -]?){12}[0-9]", re.compile(_CARD, re.ASCII), _luhn),
    "ip": _Mask(
        r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]+:",
        re.compile(f"{_IPV4}|{_IPV6}", re.ASCII),
        _public,
    ),
    "phone": _Mask(
        r"[0-9][ ./()-]{1,2}[0-9]{2,4}[ ./-]|\+[0-9]",
        re.compile(
            r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){1,4}\d{2,4}"
            r"|\(\d{3}\) ?\d{3}[.-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-]|\.\d)",
            re.ASCII,
        ),
    ),
}


class Rule(RecordStage):
    """Replace personal data and secrets in the fields `of` by tags such as `<EMAIL>`.

    `kinds` says which; `phone` (`<PHONE>`) is off unless named, since numbers in exercises look like telephone
    numbers. Where a kind has check digits they are checked: card numbers by Luhn (ISO/IEC 7812), IBANs by mod 97 (ISO
    13616); IP addresses only where they can be reached from outside, as FineWeb does
    (https://arxiv.org/abs/2406.17557). Secrets are the well-known forms of API keys, web tokens and private keys.
    Names and street addresses are not found: no pattern finds them.

    All `references` are masked with the output. The counts of the outcome say how many of each kind were masked.

    Example:
        `transform: {mask_pii: {kinds: [email, phone], of: [instruction, output, history]}}`
    """

    name = "transform.mask_pii"

    class Settings(Fields):
        """Fields and kinds."""

        of: RewrittenFields = Field(default=["instruction", "input", "output", "history"])
        kinds: Annotated[list[Kind], Field(min_length=1)] = Field(
            default=["email", "ip", "credit_card", "iban", "secret"]
        )

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the fields."""
        return columns_of(self.settings.of)

    def apply(self, frame: pl.DataFrame) -> Outcome:
        """Mask the texts that hold a hint; there are few, and only those leave the columns."""
        hint = "|".join(f"(?:{MASKS[kind].hint})" for kind in self.settings.kinds)
        held = frame.filter(pl.any_horizontal(_holds(name, hint) for name in sorted(self.reads)))
        counts: Counter[str] = Counter()
        # The output is the first of the references: what is masked there has been counted.
        again: Counter[str] = Counter()
        columns = rewritten(self.settings.of, self._mask(counts))
        if "references" in columns:
            columns |= {"references": rewritten(["output"], self._mask(again))["references"]}
        # One column after the other: the counts are not made for threads.
        made = {name: pl.lit(held.select(expression).to_series()) for name, expression in columns.items()}
        return outcome(held, made, {f"masked {kind}": number for kind, number in sorted(counts.items())})

    def _mask(self, counts: Counter[str]) -> Callable[[pl.Expr], pl.Expr]:
        def mask(texts: pl.Series) -> pl.Series:
            masked = [None if text is None else self._masked(text, counts) for text in texts]
            return pl.Series(texts.name, masked, dtype=pl.String)

        return lambda text: text.map_batches(mask, return_dtype=pl.String)

    def _masked(self, text: str, counts: Counter[str]) -> str:
        for kind, mask in MASKS.items():  # in this order: a key may hold what looks like a number
            if kind not in self.settings.kinds:
                continue

            def tagged(match: re.Match[str], kind: str = kind, mask: _Mask = mask) -> str:
                if mask.valid is not None and not mask.valid(match.group()):
                    return match.group()
                counts[kind] += 1
                return f"<{kind.upper()}>"

            text = mask.pattern.sub(tagged, text)
        return text


def _holds(name: str, hint: str) -> pl.Expr:
    if name == "references":
        return pl.col(name).list.join("\n", ignore_nulls=True).str.contains(hint).fill_null(value=False)
    if name == "history":
        contents = pl.col(name).list.eval(pl.element().struct.field("content")).list.join("\n", ignore_nulls=True)
        return contents.str.contains(hint).fill_null(value=False)
    return pl.col(name).str.contains(hint).fill_null(value=False)
