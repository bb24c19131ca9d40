"""Tokenised word by word, texts have the very ids that they have as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from curate.tokenset.segment import PROBES, coder

# The patterns of Llama 3 and of GPT-4's o200k, https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py
LLAMA = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
KINDS: dict[str, Any] = {
    "gpt2": pre_tokenizers.ByteLevel(add_prefix_space=False),
    "digits": pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    ),
    "llama3": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA), "isolated"), BYTES]),
    "o200k": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(O200K), "isolated"), BYTES]),
}
WORDS = st.sampled_from([
    "the", "The", "'s", "n't", " ", "  ", "\n", "\n\n", "\t", "\r\n", ".", ",", "...", "(", '"', "12", "3456", "é",
    "e\u0301", "\u0301", "日本", "\u3000", "\u00a0", "</s>", "<s", "a/b", "A", "IO", "_", "x=1", "😀", "\x00",
    "\u200b", "-", "don",
])  # fmt: skip
TEXTS = st.lists(st.one_of(st.lists(WORDS, max_size=20).map("".join), st.text(max_size=20)), max_size=6)


def trained(pre_tokenizer: Any, normalizer: Any = None, added: list[AddedToken] | None = None) -> Tokenizer:
    """A tokenizer with merges within words, of blanks, and across everything that a pattern leaves together."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=1200, special_tokens=["</s>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([*PROBES * 4, "the The don't the\n\nthe. (the) 12 3456 a/b ... x=1"] * 2, trainer)
    tokenizer.add_tokens(added or [])
    return tokenizer


TOKENIZERS = {name: trained(kind) for name, kind in KINDS.items()}
TOKENIZERS["composed"] = trained(KINDS["llama3"], normalizers.NFC())


def by_word(tokenizer: Tokenizer) -> bool:
    return "_Words" in coder(tokenizer).__qualname__


@pytest.mark.parametrize("name", TOKENIZERS)
@given(texts=TEXTS)
def test_same_ids_as_whole_texts(name: str, texts: list[str]) -> None:
    tokenizer = TOKENIZERS[name]
    code = _CODERS[name]
    ids, lengths = code(texts)
    whole = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert lengths.tolist() == [len(one) for one in whole]
    assert ids.tolist() == [number for one in whole for number in one]


_CODERS = {name: coder(tokenizer) for name, tokenizer in TOKENIZERS.items()}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_patterns_in_use_go_by_word(name: str) -> None:
    assert by_word(TOKENIZERS[name])


def test_special_tokens_stay_what_they_are() -> None:
    tokenizer = trained(KINDS["gpt2"])
    end = tokenizer.token_to_id("</s>")
    assert coder(tokenizer)(["so </s> on</s>"])[0].tolist().count(end) == 2
    tokenizer.encode_special_tokens = True
    assert coder(tokenizer)(["so </s> on</s>"])[0].tolist().count(end) == 0


@pytest.mark.parametrize(
    "tokenizer",
    [
        trained(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        trained(BYTES),  # nothing cuts: merges go across words
        trained(pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"(?<=a) b|\w+| "), "isolated"), BYTES])),
        trained(pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"\w+ \w+"), "isolated"), BYTES])),
        trained(KINDS["gpt2"], normalizers.Replace("a ", "b")),
        trained(KINDS["gpt2"], added=[AddedToken("New York")]),
        trained(KINDS["gpt2"], added=[AddedToken("<x>", rstrip=True)]),
    ],
)
def test_others_are_tokenised_whole(tokenizer: Tokenizer) -> None:
    assert not by_word(tokenizer)
    texts = ["a b in New York <x>  and a b", *PROBES]
    ids, lengths = coder(tokenizer)(texts)
    whole = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert (ids.tolist(), lengths.tolist()) == (
        [number for one in whole for number in one],
        [len(one) for one in whole],
    )


def test_words_that_chance_to_be_different_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curate.tokenset.segment._MOST", 10)
    code = coder(TOKENIZERS["gpt2"])
    known = code.__self__._known  # type: ignore[attr-defined]
    before = len(known)
    for place in range(20):
        code([f"word{place} other{place} {'long' * 20}{place}"])
    assert len(known) == before > 10
