"""`curate.overlap` against the rules said once more, slowly and plainly."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from curate.overlap import MATCH, Index, Rules, index, matches, scan, token

HIDDEN = "\u00ad\u200b\u200d\ufe0f"
UNSPACED = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
STRENGTH = ("equal", "contained", "ngram")

# Few words, so that runs of them meet; all kinds of characters that tokens treat in a way of their own.
PLAIN = ["an", "an", "an", "by", "BY", "c", "the", "The", "x_y", "_b_", "12", "naïve", "한국", "ß", "İ", "É", "e\u0301"]
STRANGE = ["Σας", "σασ", "ﬁ", "so\u00adft", "½", "中", "文字", "カﾞ", "กิน", "ＡＢ", "\U0001d400"]
WORDS = st.sampled_from(PLAIN + STRANGE)
GAPS = st.sampled_from([" ", " ", " ", "  ", "\n", ", ", ". ", "? ", " — ", "：", "____", "", "\u00a0", ") ", " ("])
PIECES = st.lists(st.tuples(WORDS, GAPS | st.just(" ")).map("".join), max_size=8).map("".join)
ITEMS = st.lists(st.tuples(st.sampled_from("st"), st.sampled_from("1234"), PIECES), max_size=9)
RULES = st.builds(
    Rules,
    ngram=st.integers(1, 6),
    max_documents=st.none() | st.integers(1, 3),
    short=st.sampled_from([True, True, False]),
    floor=st.integers(1, 3),
    equal=st.integers(1, 3),
)
# How many bits of a token's hash are used: with none, all tokens collide.
MASKS = st.sampled_from([token.MASK, np.uint64(3), np.uint64(0)])


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each token with the place of its first character and the place after its last."""
    word, start, stop, joiners = "", 0, 0, ""
    for place, char in enumerate(text + " "):
        if char in HIDDEN:
            continue
        is_word = unicodedata.category(char)[0] in "LMN"
        alone = is_word and unicodedata.name(char, "").startswith(UNSPACED)
        if word and (alone or not (is_word or char == "_")):
            yield word, start, stop
            word = ""
        if alone:
            yield char, place, place + 1
        elif is_word:
            folded = char.casefold() if len(char.casefold()) == 1 else char.lower()
            folded = folded if len(folded) == 1 else char
            start, word, joiners = (start, word + joiners + folded, "") if word else (place, folded, "")
            stop = place + 1
        elif word and char == "_":
            joiners += "_"
        if not word:
            joiners = ""


def slow_tokens(text: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in words(unicodedata.normalize("NFKC", text)))


def runs(tokens: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    return [tokens[start : start + size] for start in range(len(tokens) - size + 1)]


def stands_apart(text: str, first: int, count: int) -> bool:
    found = list(words(text))
    before = text[found[first - 1][2] : found[first][1]] if first else "."
    last = first + count
    after = text[found[last - 1][2] : found[last][1]] if last < len(found) else "."
    option = last + 1 < len(found) and len(found[last][0].encode()) == 1 and text[found[last][2]] in ").:"
    return before.strip(" \t") != "" and (after.strip(" \t") != "" or option)


class Slow:
    """The rules, item by item and text by text."""

    def __init__(self, items: pl.DataFrame, rules: Rules) -> None:
        self.rules = rules
        self.rows = [(name, item, slow_tokens(text)) for name, item, text in items.unique().iter_rows()]
        self.grams = [
            {run for run in runs(tokens, rules.ngram) if self.few(name, run)} for name, _, tokens in self.rows
        ]

    def few(self, name: str, run: tuple[str, ...]) -> bool:
        """Whether at most `max_documents` items of the set hold these tokens."""
        holders = {item for owner, item, tokens in self.rows if owner == name and run in runs(tokens, len(run))}
        return self.rules.max_documents is None or len(holders) <= self.rules.max_documents

    def found(self, text: str, side: str) -> Iterator[tuple[str, str, str, int, float]]:
        """Every way in which an item stands in a text."""
        tokens = slow_tokens(text)
        for (name, item, wanted), grams in zip(self.rows, self.grams, strict=True):
            if grams & set(runs(tokens, self.rules.ngram)):
                shared = [run in grams for run in runs(tokens, self.rules.ngram)]
                longest = max(map(len, "".join(" x"[hit] for hit in shared).split())) + self.rules.ngram - 1
                yield name, item, "ngram", longest, len(grams & set(runs(tokens, self.rules.ngram))) / len(grams)
            size = len(wanted)
            floor = size >= self.rules.floor and sum(map(len, wanted)) >= 2 * self.rules.floor
            lone = self.rules.short and floor and not grams
            if self.rules.short and size >= self.rules.equal and tokens == wanted:
                if not lone or self.few(name, wanted):
                    yield name, item, "equal", size, 1.0
            elif lone and side == "prompt" and self.few(name, wanted):
                text = unicodedata.normalize("NFKC", text)
                places = [place for place, run in enumerate(runs(tokens, size)) if run == wanted]
                if any(size >= self.rules.ngram or stands_apart(text, place, size) for place in places):
                    yield name, item, "contained", size, 1.0

    def matches(self, texts: pl.DataFrame) -> set[tuple[Any, ...]]:
        """The best hit of each side and item."""
        best: defaultdict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
        for at, side, text in texts.iter_rows():
            for name, item, rule, size, overlap in self.found(text, side):
                best[at, side, name, item].append((STRENGTH.index(rule), -size, -overlap))
        return {
            (*key, STRENGTH[rule], -size, -overlap) for key, hits in best.items() for rule, size, overlap in [min(hits)]
        }


def frames(items: list[tuple[str, str, str]], texts: list[tuple[int, str, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    strings = dict.fromkeys(("set", "item", "text"), pl.String)
    return (
        pl.DataFrame(items, schema=strings, orient="row"),
        pl.DataFrame(texts, schema={"at": pl.UInt32, "side": pl.String, "text": pl.String}, orient="row"),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, Rules]:
    """Items, and texts in which some of them stand."""
    items = draw(ITEMS)
    piece = PIECES | st.sampled_from([text for _, _, text in items]) if items else PIECES
    text = st.lists(st.tuples(piece, GAPS).map("".join), max_size=4).map("".join)
    side = st.sampled_from(["prompt", "prompt", "completion"])
    texts = draw(st.lists(st.tuples(st.integers(0, 4), side, text), max_size=6))
    return *frames(items, texts), draw(RULES)


@settings(max_examples=200, deadline=None)
@given(cases(), MASKS)
def test_finds_what_the_rules_say(case: tuple[pl.DataFrame, pl.DataFrame, Rules], mask: np.uint64) -> None:
    items, texts, rules = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token, "MASK", mask)
        held = index(items, rules)
        found = matches(texts, held)
        best = scan(texts, held)
    wanted = Slow(items, rules).matches(texts)
    columns = ["at", "side", "set", "item", "rule", "tokens", "overlap"]
    assert {(*row[:-1], round(row[-1], 9)) for row in found.select(columns).iter_rows()} == {
        (*row[:-1], round(row[-1], 9)) for row in wanted
    }
    assert_frame_equal(best.drop("items"), found.unique(["at", "side"], keep="first", maintain_order=True))
    for row in found.iter_rows(named=True):
        told = slow_tokens(row["span"])
        here = texts.filter(at=row["at"], side=row["side"])["text"].to_list()
        assert any(row["span"] in text for text in here)
        assert row["tokens"] <= len(told) <= row["tokens"] + 2  # half of ½ is told as all of it


@settings(max_examples=50, deadline=None)
@given(cases(), st.data())
def test_neither_order_nor_cuts_matter(case: tuple[pl.DataFrame, pl.DataFrame, Rules], data: st.DataObject) -> None:
    items, texts, rules = case
    whole = matches(texts, index(items, rules))
    places = data.draw(st.permutations(range(items.height)))
    held = index(items[places], rules)
    assert_frame_equal(matches(texts, held), whole)
    cut = data.draw(st.integers(0, 5))
    parts = [matches(texts.filter(keep), held) for keep in (pl.col("at") < cut, pl.col("at") >= cut)]
    assert_frame_equal(pl.concat(parts), whole)


def scanned(text: str, *items: str, side: str = "prompt", rules: Rules | None = None) -> pl.DataFrame:
    rows, texts = frames([("set", str(place), item) for place, item in enumerate(items)], [(7, side, text)])
    return scan(texts, index(rows, rules))


def only(found: pl.DataFrame, *columns: str) -> tuple[Any, ...]:
    assert found.height == 1
    return found.select(columns).row(0)


LONG = "A revolving door is convenient for two direction travel, but it also serves as a security measure at a what?"


@pytest.mark.parametrize(
    ("text", "item", "rule"),
    [
        (f"Choose.\n{LONG}\n(A)bank (B)library", LONG, "ngram"),
        ("a REVOLVING door is 'convenient' for two-direction travel -- but it also serves as", LONG, "ngram"),
        (LONG.upper().replace(" ", "\n"), LONG, "equal"),
        ("why is the sky blue", "Why is the sky blue?", "equal"),
        ("Q: Why is the sky blue? A: Rayleigh.", "Why is the sky blue?", "contained"),
        ("Fiscal policy refers to what A) taxes B) dams", "Fiscal policy refers to what", "contained"),
        ("The city of ____ is old.", "the city of ________ is old", "equal"),
        ("请回答：什么是人工智能的未来发展？谢谢。", "什么是人工智能的未来发展？", "contained"),
        ("Où est la fene\u0302tre de l\u2019hôtel…", "où est la fenêtre de l'hôtel ?", "equal"),
    ],
)
def test_found(text: str, item: str, rule: str) -> None:
    assert only(scanned(text, item), "rule") == (rule,)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("They asked why is the sky blue at noon.", "Why is the sky blue?"),  # the sentence runs on
        ("What do you do? I work.", "What do you do?"),  # below the floor
        ("Inflation", "Inflation"),  # too little to be equal
        ("Sky the blue is why?", "Why is the sky blue?"),
        ("Why is the skyblue?", "Why is the sky blue?"),
        ("你好。你是谁呀？再见。", "你是谁呀？"),  # five characters are no five words
        ("", ""),
        ("?!", "..."),
    ],
)
def test_not_found(text: str, item: str) -> None:
    assert scanned(text, item).height == 0


def test_items_are_found_inside_prompts_only() -> None:
    assert scanned("See. Why is the sky blue? Air.", "Why is the sky blue?", side="completion").height == 0
    assert only(scanned("Why is the sky blue", "Why is the sky blue?", side="completion"), "rule") == ("equal",)


def test_boilerplate_is_left_out() -> None:
    template = "This question refers to the following information that was taken from a book of the time"
    items = [f"{template} number {place} {word}" for place, word in enumerate("abcdefghijkl")]
    prompt = f"{template} of kings."
    assert scanned(prompt, *items[:10]).height == 1
    assert scanned(prompt, *items[:11]).height == 0
    assert scanned(prompt, *items, rules=Rules(max_documents=None))["items"].item() == 12
    assert only(scanned(items[3], *items), "item", "rule") == ("3", "equal")


def test_an_item_that_is_boilerplate_all_through_is_found_whole() -> None:
    words = [f"word{place}" for place in range(14)]
    item, head, tail = " ".join(words), " ".join(words[:13]), " ".join(words[1:])
    others = [f"{head} own{place}" for place in range(11)] + [f"own{place} {tail}" for place in range(11)]
    found = scanned(f"and {item} so on", item, *others)
    assert only(found, "item", "rule", "tokens", "items") == ("0", "contained", 14, 1)
    assert scanned(f"and {head} so on", item, *others).height == 0
    assert scanned(f"and {item} so on", *[f"own{place} {item}" for place in range(11)], item).height == 0


def test_the_strongest_item_is_told() -> None:
    longer = f"{LONG} Think of a bank in a big town with many people in it."
    found = scanned(longer, LONG, longer, LONG[:80])
    assert only(found, "item", "rule", "overlap", "items") == ("1", "equal", 1.0, 3)


def test_spans_are_cut_after_300_characters() -> None:
    item = " ".join(f"word{place}" for place in range(200))
    (span, tokens) = only(scanned(f"Now: {item}!", item), "span", "tokens")
    assert (span, tokens) == (item[:300], 200)


def test_a_field_of_a_side_may_be_a_row_of_its_own() -> None:
    items, texts = frames(
        [("set", "1", "Why is the sky blue?")],
        [(3, "prompt", "Answer in one sentence."), (3, "prompt", "why is the sky blue"), (4, "prompt", "no")],
    )
    assert only(scan(texts, index(items)), "at", "rule", "items") == (3, "equal", 1)


def test_nothing_to_look_for_and_nowhere_to_look() -> None:
    items, texts = frames([("set", "1", LONG)], [(0, "prompt", LONG)])
    for found in (matches(texts, index(items.clear())), matches(texts.clear(), index(items))):
        assert found.schema == pl.Schema(MATCH)
        assert found.height == 0
    unknown = items.with_columns(text=pl.lit(None, pl.String))
    assert scan(texts.with_columns(text=pl.lit(None, pl.String)), index(unknown)).height == 0


def test_an_index_survives_files(tmp_path: Any) -> None:
    items, texts = frames(
        [("s", "1", LONG), ("s", "2", "Why is the sky blue?"), ("t", "1", "什么是人工智能的未来发展？")],
        [(0, "prompt", LONG), (1, "prompt", "Say: why is the sky blue?"), (2, "prompt", "什么是人工智能的未来发展")],
    )
    for rules in (Rules(), Rules(ngram=8, max_documents=None, short=False, floor=4, equal=1)):
        held = index(items, rules)
        for name, frame in held.to_frames().items():
            frame.write_ipc(tmp_path / name)
        again = Index.from_frames({name: pl.read_ipc(tmp_path / name) for name in held.to_frames()})
        assert again.rules == rules
        assert_frame_equal(scan(texts, again), scan(texts, held))
