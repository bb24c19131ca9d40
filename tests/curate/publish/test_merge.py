"""The card: what curate says is curate's, and what people wrote survives every publish."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from curate.errors import CurateError
from curate.publish.merge import merge
from curate.yaml_text import dump

OWN = """\
---
pretty_name: "small"
license: "mit"
tags:
- "curate"
configs:
- config_name: "default"
  data_files:
  - split: "train"
    path: "data/train-*"
dataset_info:
  splits:
  - name: "train"
    num_examples: 3
---

# small

Three records.
"""
NEXT = OWN.replace("3\n", "4\n").replace("Three", "Four").replace("mit", "cc-by-4.0")


def metadata(card: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(card.split("---\n")[1])
    return found


def test_first_publish_marks_what_is_curates() -> None:
    card = merge(OWN, None)
    assert metadata(card) == metadata(OWN)
    assert "# small\n\nThree records.\n<!-- end curate " in card
    assert merge(OWN, card) == card


def test_people_keep_their_text_and_keys() -> None:
    card = merge(OWN, None)
    edited = card.replace(
        'license: "mit"\n', 'license: "mit"\n# ours\nthumbnail: pic.png\nextra_gated_prompt: |\n  Hi\n'
    )
    edited = edited.replace("---\n\n<!--", "---\n\nRead me first.\n\n<!--", 1).replace(
        '- "curate"', '- "curate"\n- mine'
    )
    merged = merge(NEXT, edited + "\n## Thanks\n\nTo all.\n")
    assert "Read me first." in merged
    assert merged.endswith("\n## Thanks\n\nTo all.\n")
    assert "Four records." in merged
    assert "Three records." not in merged
    assert "# ours\nthumbnail: pic.png\n" in merged
    said = metadata(merged)
    assert said["license"] == "cc-by-4.0"
    assert said["tags"] == ["curate", "mine"]
    assert said["extra_gated_prompt"] == "Hi\n"


def test_a_card_that_was_there_before_stays_in_front() -> None:
    merged = merge(OWN, "---\nlicense: other\nlanguage: [no]\n---\n# By hand\n\nWords.\n")
    assert merged.index("# By hand\n\nWords.\n\n<!-- curate") < merged.index("# small")
    assert metadata(merged)["language"] == ["no"]
    assert metadata(merged)["license"] == "mit"


def test_other_configurations_stay() -> None:
    theirs = {
        "configs": [{"config_name": "default", "data_files": "old/*"}, {"config_name": "raw", "data_files": "raw/*"}],
        "dataset_info": [{"config_name": "default", "splits": []}, {"config_name": "raw", "splits": []}],
    }
    said = metadata(merge(OWN, f"---\n{dump(theirs)}---\n"))
    assert [one["config_name"] for one in said["configs"]] == ["default", "raw"]
    assert said["configs"][0] == metadata(OWN)["configs"][0]
    assert said["dataset_info"] == [
        {"config_name": "default", **metadata(OWN)["dataset_info"]},
        theirs["dataset_info"][1],
    ]


def test_an_alias_to_a_key_of_ours_is_written_out() -> None:
    said = metadata(merge(OWN, "---\nlicense: &a other\nlicense_name: *a\n---\n"))
    assert (said["license"], said["license_name"]) == ("mit", "other")


def test_text_between_the_marks_is_not_lost_silently() -> None:
    edited = merge(OWN, None).replace("Three records.", "Three good records.")
    with pytest.raises(CurateError, match="changed between curate's marks.*--replace"):
        merge(NEXT, edited)
    assert "good" not in merge(NEXT, edited, replace=True)
    with pytest.raises(CurateError, match="lost the end mark"):
        merge(NEXT, edited.partition("<!-- end curate")[0], replace=True)


def test_text_of_the_version_cannot_end_its_part() -> None:
    """A description may hold marks: they are text."""
    inner = merge(OWN, None).partition("---\n\n")[2]
    card = merge(OWN + inner, None)
    assert merge(NEXT, card) == merge(NEXT, None)


@pytest.mark.parametrize(
    ("there", "fault"),
    [
        ("---\na: [\n---\n", r"is no YAML: line \d+ .*; mend it there first"),
        ("---\na: 1\na: 2\n---\n", "is no YAML: line 3"),
        ("---\n- a\n---\n", "is no mapping"),
    ],
)
def test_a_card_that_cannot_be_read_is_told(there: str, fault: str) -> None:
    with pytest.raises(CurateError, match=fault):
        merge(OWN, there)


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40).filter(lambda text: "curate" not in text)
people = st.dictionaries(
    st.from_regex(r"[a-z_]{3,10}", fullmatch=True).filter(lambda key: key not in metadata(OWN)),
    st.recursive(words | st.booleans() | st.integers(-(2**40), 2**40) | st.none(), st.lists, max_leaves=4),
    max_size=4,
)


@given(people, st.lists(words, max_size=4), st.lists(words, max_size=4), st.sampled_from(["\n", "\r\n"]))
def test_people_survive_load_merge_save(said: dict[str, Any], before: list[str], after: list[str], end: str) -> None:
    """Whatever people write around curate's part and the metadata is there after the next publish, and after it."""
    head, tail = "\n".join(before), "".join(f"{line}\n" for line in after)
    card = merge(OWN, f"---\n{dump(said)}---\n{head}") + tail
    card = card.replace("\n", end)
    merged = merge(NEXT, card)
    assert merge(NEXT, merged) == merged
    assert {key: metadata(merged.replace("\r\n", "\n"))[key] for key in said} == said
    assert metadata(merged.replace("\r\n", "\n"))["license"] == "cc-by-4.0"
    text = merged.replace("\r\n", "\n")
    assert text.endswith(tail)
    assert head.strip() in text
    assert text.count("Four records.") == 1
    assert "Three records." not in text
