"""What a recipe may say of `dedup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from curate.field import ContentFields
from curate.stage import Settings
from curate.stages._reference import AnyReference, different

if TYPE_CHECKING:
    from curate.minhash import Shingling

Preference = Literal["source_order", "human", "longest", "id"]

# Which keys only some methods know.
_OF_METHOD = {
    "key": "exact",
    "against": "exact or minhash",
    "model": "semantic",
    "threshold": "minhash or semantic",
    "ngram": "minhash",
    "num_perm": "minhash",
    "recall": "minhash",
    "verify": "minhash",
    "leaders": "minhash",
    "shared": "minhash",
    "lower": "minhash",
    "punctuation": "minhash",
    "numbers": "minhash",
}


def _threshold(said: dict[str, Any]) -> float:
    return 0.9 if said.get("method") == "semantic" else 0.8


class DedupSettings(Settings):
    """What counts as equal, and who stays."""

    method: Literal["exact", "minhash", "semantic"] = Field(
        "exact",
        description="exact: equal keys are duplicates; minhash: keys that share most of their word n-grams are; "
        "semantic: keys that mean nearly the same are",
    )
    on: ContentFields = Field(
        ("instruction", "input"), min_length=1, description="the fields that make the key; meta.x reaches into meta"
    )
    prefer: tuple[Preference, ...] = Field(
        ("source_order",),
        description="who stays, first criterion first: source_order (as the recipe lists them), human (human before "
        "mixed, unknown, model), longest (characters of instruction, input and output), id; ties go to the least id",
    )
    empty: Literal["keep", "match"] = Field(
        "keep", description="records whose key is empty: keep them all, or (exact only) match them with each other"
    )
    key: Literal["raw", "normalised"] = Field(
        "raw", description="exact: normalised means NFKC, lower case, runs of blanks as one blank, before comparing"
    )
    model: str | None = Field(
        None,
        min_length=1,
        description="semantic: a static embedding model of model2vec: a folder, or owner/name[@revision] on the Hub",
    )
    threshold: float = Field(
        default_factory=_threshold,
        gt=0,
        le=1,
        description="least similarity of two duplicates; minhash: Jaccard, 0.8 unless told; semantic: cosine, 0.9 "
        "unless told, at least 0.1",
    )
    ngram: int = Field(5, ge=1, le=64, description="minhash: words a shingle; a CJK or Thai character is a word")
    num_perm: int = Field(128, ge=16, le=1024, description="minhash: values a signature")
    recall: float = Field(
        0.95, gt=0, lt=1, description="minhash: least probability to find a pair that is just as similar as threshold"
    )
    verify: bool = Field(
        default=True, description="minhash: compare candidates exactly; without it boilerplate makes false duplicates"
    )
    leaders: int = Field(
        8,
        ge=1,
        description="minhash: records of a bucket that the others are compared with; bounds the cost of families",
    )
    shared: int | None = Field(
        20,
        ge=1,
        description="minhash: a field's value that more records have (a task's definition) must be equal in duplicates "
        "and is not compared; null: compare all text",
    )
    against: tuple[AnyReference, ...] = Field(
        (),
        description="earlier versions (a folder, NAME or NAME@ID-prefix) and sets that adapters read: records that are "
        "duplicates of theirs go, and theirs are never taken",
    )
    lower: bool = Field(default=True, description="minhash: capitals count as small letters")
    punctuation: Literal["keep", "drop"] = Field("keep", description="minhash: drop takes it for blanks")
    numbers: Literal["keep", "alike"] = Field("keep", description="minhash: alike takes every digit for 0")

    @field_validator(*_OF_METHOD)
    @classmethod
    def _fits_method(cls, value: object, info: ValidationInfo) -> object:
        method, own = info.data.get("method"), _OF_METHOD[str(info.field_name)]
        if method is not None and method not in own.split(" or "):
            raise ValueError(f"goes with `method: {own}`, this is `method: {method}`")
        return value

    @model_validator(mode="after")
    def _empty_fits(self) -> DedupSettings:
        if self.method != "exact" and self.empty == "match":
            raise ValueError("`empty: match` goes with `method: exact`: a text without words is like no other")
        different(self.against)
        return self

    @model_validator(mode="after")
    def _model_fits(self) -> DedupSettings:
        if self.method == "semantic" and self.model is None:
            raise ValueError("`method: semantic` needs a `model`: a folder, or owner/name[@revision] on the Hub")
        if self.method == "semantic" and self.threshold < 0.1:
            raise ValueError(f"threshold is {self.threshold:g}: semantic takes 0.1 to 1, a cosine")
        return self

    @property
    def shingling(self) -> Shingling:
        """How texts are cut."""
        from curate.minhash import Shingling  # noqa: PLC0415 - numba takes 0.3 s to import

        return Shingling(self.ngram, self.lower, self.punctuation, self.numbers)
