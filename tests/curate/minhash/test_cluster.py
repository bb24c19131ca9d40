"""Clusters against exact truth, and their invariants."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from curate.minhash import (
    Clusters,
    Digests,
    Shingling,
    Texts,
    choose_bands,
    cluster,
    concat,
    digest,
    digest_texts,
    signatures,
)

View = Callable[[Iterable[str]], Texts]


def dedup(texts: Texts, shingling: Shingling, threshold: float = 0.8, order: Any = None, **more: Any) -> Clusters:
    digests = digest_texts(texts, shingling, *choose_bands(threshold))
    return cluster(digests, np.arange(len(texts)) if order is None else order, texts, shingling, threshold, **more)


@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_against_all_pairs(
    inventor: Any, texts_of: View, truth_of: Callable[..., Any], plain: Shingling, threshold: float
) -> None:
    """5,000 texts against an exact join in plain Python: nothing goes without a twin, and hardly anything is missed."""
    invent = inventor(5)
    texts = invent.corpus(4500) + invent.family(300)
    texts += [invent.changed(texts[-1], 2) for _ in range(200)]
    order = np.random.default_rng(5).permutation(len(texts))
    found = dedup(texts_of(texts), plain, threshold, order)
    truth = truth_of(texts, threshold)
    components = truth.components(threshold)
    gone = np.flatnonzero(~found.kept)
    for row in gone:
        twin, leader = int(found.twin[row]), int(found.leader[row])
        pair = (min(row, twin), max(row, twin))
        assert truth.pairs[pair] == found.twin_similarity[row] >= threshold
        assert components[row] == components[leader]
        assert found.leader[twin] == leader
        assert found.kept[leader]
        assert order[leader] < order[row]
        assert found.similarity[row] == truth.similarity(row, leader)
        assert found.direct[row] == (found.similarity[row] >= threshold)
    ideal = len(texts) - len(set(components.tolist()))
    left = truth.components(threshold, found.kept)
    missed = len(texts) - len(set(left.tolist()))
    assert ideal > 900
    assert missed <= 0.01 * ideal
    assert len(gone) >= 0.99 * ideal


def test_what_stays_is_its_own_leader(inventor: Any, texts_of: View, plain: Shingling) -> None:
    found = dedup(texts_of(inventor(2).corpus(600)), plain)
    kept = np.flatnonzero(found.kept)
    assert (found.similarity[kept] == 1).all()
    assert found.direct[kept].all()
    assert set(found.leader.tolist()) == set(kept.tolist())


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_cuts_and_threads_do_not_matter(inventor: Any, texts_of: View, plain: Shingling, seed: int) -> None:
    invent = inventor(seed)
    texts = invent.corpus(5000) + invent.family(300)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(texts))
    expected = dedup(texts_of(texts), plain, order=order)
    moved = generator.permutation(len(texts))
    array = pa.array([texts[row] for row in moved], pa.string())
    cuts = [array[start : start + 700] for start in range(0, len(texts), 700)]
    parts = [Texts.from_arrow([cut]) for cut in cuts]
    digests = digest(signatures(concat(parts), plain), *choose_bands(0.8))
    for threads in (1, 3):
        found = cluster(digests, order[moved], concat(parts), plain, 0.8, threads=threads)
        np.testing.assert_array_equal(moved[found.leader], expected.leader[moved])
        np.testing.assert_array_equal(moved[found.twin], expected.twin[moved])
        np.testing.assert_array_equal(found.similarity, expected.similarity[moved])
        np.testing.assert_array_equal(found.twin_similarity, expected.twin_similarity[moved])
        assert found.counts == expected.counts


def test_again_removes_nothing(inventor: Any, texts_of: View, plain: Shingling) -> None:
    """What stays has no twins left, unless a bucket was capped (then the pairs may be new ones)."""
    texts = inventor(4).corpus(3000)
    first = dedup(texts_of(texts), plain)
    assert first.counts.capped == 0
    kept = [text for text, keep in zip(texts, first.kept, strict=True) if keep]
    assert dedup(texts_of(kept), plain).kept.all()


def test_again_removes_no_more_than_the_cap_left(inventor: Any, texts_of: View, plain: Shingling) -> None:
    invent = inventor(4)
    texts = invent.family(2000)
    texts += [invent.changed(text, 2) for text in texts[:300]]
    first = dedup(texts_of(texts), plain)
    kept = [text for text, keep in zip(texts, first.kept, strict=True) if keep]
    again = dedup(texts_of(kept), plain)
    assert (~again.kept).sum() <= min(first.counts.skipped, 0.02 * len(texts))


def test_the_best_stays(texts_of: View, plain: Shingling) -> None:
    text = " ".join(f"w{number}" for number in range(100))
    texts = texts_of([text, text + " x", text + " x y", "something else", text + "  x"])
    found = dedup(texts, plain, order=np.array([5, 4, -3, 0, 9]))
    assert found.leader.tolist() == [2, 2, 2, 3, 2]
    assert found.twin.tolist()[4] == 1
    assert found.similarity[1] == 97 / 98


def test_any_numbers_are_an_order(texts_of: View, plain: Shingling) -> None:
    texts = texts_of(["a b c", "a  b c", "a b  c"])
    for order in ([1, 0, 2], [7, -5, 9], [2**63 - 1, -(2**63), 0], [2, 1, 3]):
        assert dedup(texts, plain, order=np.array(order)).leader.tolist() == [1, 1, 1]
    unsigned = np.array([2**64 - 1, 3, 2**63], np.uint64)
    assert dedup(texts, plain, order=unsigned).leader.tolist() == [1, 1, 1]


def test_a_chain_tells_where_it_hangs(texts_of: View, plain: Shingling) -> None:
    """Each is near the next one only: all go but the first, and the last says that it is not near that one."""
    words = [f"w{number}" for number in range(130)]
    texts = [" ".join(words[start : start + 100]) for start in (0, 5, 10, 15)]
    found = dedup(texts_of(texts), plain)
    assert found.leader.tolist() == [0, 0, 0, 0]
    assert found.direct.tolist() == [True, True, True, False]
    assert found.twin.tolist()[2:] == [1, 2]
    assert found.similarity[3] == pytest.approx(81 / 111)
    assert found.twin_similarity[3] == pytest.approx(91 / 101)


def test_texts_without_tokens_have_no_twins(texts_of: View) -> None:
    shingling = Shingling(punctuation="drop")
    found = dedup(texts_of(["", "", " ", "...", "one", "One!", ""]), shingling)
    assert found.leader.tolist() == [0, 1, 2, 3, 4, 4, 6]
    assert found.counts.empty == 5


def test_short_texts_are_twins_only_if_equal(texts_of: View) -> None:
    found = dedup(texts_of(["a", "A", "a b", "a  b", "b a", "中文", "中文字", "中 文"]), Shingling())
    assert found.leader.tolist() == [0, 0, 2, 2, 4, 5, 6, 5]


def test_no_texts(texts_of: View, plain: Shingling) -> None:
    assert dedup(texts_of([]), plain).leader.tolist() == []
    assert dedup(texts_of([""]), plain).kept.tolist() == [True]


def test_chinese_near_duplicates(texts_of: View) -> None:
    text = (
        "今天天气很好我们一起去公园散步然后在湖边的小餐馆吃了一顿美味的午饭下午回家看书晚上早早睡觉明天继续努力工作学习"
    )
    found = dedup(texts_of([text, text.replace("小", "大"), text[::-1]]), Shingling())
    assert found.leader.tolist() == [0, 0, 2]


def test_equal_hashes_of_other_tokens_do_not_merge(texts_of: View, plain: Shingling, inventor: Any) -> None:
    """As if the 64-bit hash of all tokens collided: the bytes decide."""
    invent = inventor(8)
    texts = [invent.text(30) for _ in range(40)] * 2
    honest = digest_texts(texts_of(texts), plain, 16, 8)
    lying = Digests(honest.bands, honest.sketch, np.full_like(honest.exact, 7), honest.shingles)
    found = cluster(lying, np.arange(80), texts_of(texts), plain, 0.8)
    assert found.leader.tolist() == [*range(40), *range(40)]
    assert found.counts.exact == 40
    assert found.counts.collisions > 0


def test_equal_tokens_in_other_bytes(texts_of: View) -> None:
    found = dedup(
        texts_of(["Größe ist ALLES", "größe  ist\nalles", "größe ist allea", "grösse ist alles"]), Shingling()
    )
    assert found.leader.tolist() == [0, 0, 2, 3]
    assert found.counts.exact == 1


def test_equal_bands_of_other_texts_do_not_merge(texts_of: View, plain: Shingling, inventor: Any) -> None:
    """As if every band and sketch collided: the exact similarity decides."""
    invent = inventor(9)
    texts = [invent.text(30) for _ in range(50)]
    honest = digest_texts(texts_of(texts), plain, 16, 8)
    lying = Digests(np.zeros_like(honest.bands), np.zeros_like(honest.sketch), honest.exact, honest.shingles)
    found = cluster(lying, np.arange(50), texts_of(texts), plain, 0.8)
    assert found.kept.all()
    assert found.counts.rejected == found.counts.candidates > 0


def test_without_verification_meeting_is_enough(texts_of: View, plain: Shingling, inventor: Any) -> None:
    texts = inventor(6).family(500)
    digests = digest_texts(texts_of(texts), plain, *choose_bands(0.8))
    trusting = cluster(digests, np.arange(500), None, plain, 0.8, verify=False)
    careful = cluster(digests, np.arange(500), texts_of(texts), plain, 0.8)
    assert careful.kept.sum() > 450
    assert trusting.kept.sum() < 0.6 * careful.kept.sum()
    assert trusting.counts.verified == trusting.counts.rejected == 0
    assert (trusting.similarity <= 1).all()


def test_a_family_costs_in_proportion_to_its_size(inventor: Any, texts_of: View, plain: Shingling) -> None:
    """Texts that share a long beginning: the comparisons grow with the number of texts, not with its square."""
    texts = inventor(3).family(20_000)
    work = {}
    for count in (5000, 20_000):
        counts = dedup(texts_of(texts[:count]), plain).counts
        work[count] = (counts.candidates, counts.verified + counts.rejected)
        assert counts.candidates <= count * 13 * 8
    assert work[20_000][0] <= 4.4 * work[5000][0]
    assert work[20_000][1] <= 4.4 * work[5000][1]


def test_five_thousand_near_copies(inventor: Any, texts_of: View, plain: Shingling) -> None:
    invent = inventor(3)
    text = invent.text(120)
    texts = [invent.changed(text, 1 + row % 2) for row in range(5000)]
    found = dedup(texts_of(texts), plain)
    assert found.kept.sum() <= 3
    assert found.counts.capped > 0
    assert found.counts.skipped > 0
    # Members of one cluster are not compared with it again and again.
    assert found.counts.verified + found.counts.rejected < 3 * len(texts)


def test_more_leaders_find_more(inventor: Any, texts_of: View, plain: Shingling) -> None:
    invent = inventor(7)
    texts = invent.family(3000)
    texts += [invent.changed(text, 2) for text in texts[-300:]]
    few, many = (dedup(texts_of(texts), plain, leaders=leaders) for leaders in (1, 64))
    assert few.counts.skipped > many.counts.skipped
    assert few.kept.sum() >= many.kept.sum()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold": 0.0}, "threshold is 0"),
        ({"threshold": 1.5}, "threshold is 1.5"),
        ({"texts": None}, "verify needs the texts"),
        ({"order": np.array([1, 1])}, "the same order"),
        ({"order": np.array([0, 0])}, "the same order"),
        ({"order": np.array([1])}, "2 digests, 1 in order and 2 texts"),
        ({"leaders": 0}, "leaders is 0"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_what_does_not_fit_is_refused(texts_of: View, plain: Shingling, changes: dict[str, Any], message: str) -> None:
    texts = texts_of(["a", "b"])
    given = {"order": np.array([0, 1]), "texts": texts, "shingling": plain, "threshold": 0.8}
    with pytest.raises(ValueError, match=message):
        cluster(digest_texts(texts, plain, 13, 7), **{**given, **changes})


def test_memory(inventor: Any, texts_of: View, plain: Shingling) -> None:
    """Fewer than 450 bytes of arrays a document, digests included."""
    texts = texts_of(inventor(1).corpus(30_000))
    tracemalloc.start()
    dedup(texts, plain)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / len(texts) < 450
