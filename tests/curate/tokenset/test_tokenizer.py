"""A tokenizer is found where it is named, and its files say which token ends an answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from curate.tokenset.tokenizer import TokenizerError, find
from support import tiny_tokenizer
from support.loopback_hub import Hub, Repo, serve

NOTHING = {"eos_token": None, "pad_token": None, "bos_token": None}


def write(folder: Path, name: str, content: dict[str, Any]) -> None:
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_reads_a_folder_and_a_file_of_it_alike(tmp_path: Path) -> None:
    folder = tiny_tokenizer.save(tmp_path / "model")
    one, other = find(str(folder)), find(str(folder / "tokenizer.json"))
    assert one == other
    assert (one.name, one.revision, one.eos()) == ("model", None, 2)


@pytest.mark.parametrize(
    ("files", "eos"),
    [
        ({"special_tokens_map.json": {"eos_token": {"content": "<|im_end|>"}}}, 4),
        ({"generation_config.json": {"eos_token_id": [4, 2]}, "config.json": {"eos_token_id": 2}}, 4),
        ({"config.json": {"eos_token_id": 3}}, 3),
        ({"tokenizer_config.json": {"eos_token": "</s>"}, "config.json": {"eos_token_id": 3}}, 2),
        ({"special_tokens_map.json": {"eos_token": "not in it"}, "config.json": {"eos_token_id": 3}}, 3),
    ],
)
def test_finds_the_end_in_the_order_of_trust(tmp_path: Path, files: dict[str, Any], eos: int) -> None:
    folder = tiny_tokenizer.save(tmp_path, config=NOTHING)
    for name, content in files.items():
        write(folder, name, content)
    assert find(str(folder)).eos() == eos
    assert find(str(folder)).eos("<|im_start|>") == 3


def test_says_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    folder = tiny_tokenizer.save(tmp_path, config=NOTHING)
    with pytest.raises(TokenizerError, match=r"looked for eos_token in tokenizer_config.json, .* --eos \(special tok"):
        find(str(folder)).eos()
    with pytest.raises(TokenizerError, match="--eos: '<stop>' is no token of"):
        find(str(folder)).eos("<stop>")


@pytest.mark.parametrize(
    ("bos", "config", "expected"),
    [
        (False, {}, None),
        (True, {}, 1),
        (False, {"add_bos_token": True}, 1),
        (True, {"add_bos_token": False}, None),
    ],
)
def test_begins_as_transformers_would(tmp_path: Path, bos: bool, config: dict[str, Any], expected: int | None) -> None:  # noqa: FBT001
    assert find(str(tiny_tokenizer.save(tmp_path, bos=bos, config=config))).bos() == expected


def test_never_pads_with_the_end_if_there_is_another_token(tmp_path: Path) -> None:
    config = {"pad_token": "</s>", "unk_token": "<|im_start|>"}
    tokenizer = find(str(tiny_tokenizer.save(tmp_path, config=config)))
    assert tokenizer.pad({2}) == 0
    assert tokenizer.pad({0, 2}) == 3
    assert tokenizer.pad({0, 1, 2, 3, 4}) == 0  # nothing is left but the ends


def test_chat_template_of_a_file_comes_first(tmp_path: Path) -> None:
    folder = tiny_tokenizer.save(tmp_path, template="config's")
    assert find(str(folder)).chat_template == "config's"
    (folder / "chat_template.jinja").write_text("file's", encoding="utf-8")
    assert find(str(folder)).chat_template == "file's"
    several = [{"name": "tool_use", "template": "tools'"}, {"name": "default", "template": "default's"}]
    named = tiny_tokenizer.save(tmp_path / "b", config={"chat_template": several})
    assert find(str(named)).chat_template == "default's"


def test_refuses_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="no tokenizer at 'nowhere'"):
        find("nowhere")
    with pytest.raises(TokenizerError, match="no tokenizer.json in"):
        find(str(tmp_path))
    (tmp_path / "tokenizer.model").write_bytes(b"x")
    with pytest.raises(TokenizerError, match="SentencePiece model; load it once with transformers"):
        find(str(tmp_path))
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Exception, match="is not a tokenizer.json"):
        find(str(tmp_path)).eos()


def test_comes_from_the_hub_with_its_commit_and_then_needs_no_hub(tmp_path: Path) -> None:
    folder = tiny_tokenizer.save(tmp_path / "model")
    repo = Repo()
    sha = repo.commit({path.name: path.read_bytes() for path in folder.iterdir()} | {"model.safetensors": b"x" * 99})
    script = "from curate.tokenset.tokenizer import find; a = find('me/tiny'); print(a.name, a.revision, a.digest)"

    def child(url: str, *, offline: bool) -> str:
        """In a process of its own: the Hub's client reads its environment when it is imported."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        settings = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1" if offline else "0"}
        more = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=clean | settings | more, capture_output=True, text=True, check=False)
        return done.stdout or done.stderr

    assert "HF_HOME" in child("http://127.0.0.1:9", offline=True)
    with serve(Hub({"me/tiny": repo})) as hub:
        found = child(hub.url, offline=False)
        assert found.split() == ["me/tiny", sha, find(str(folder)).digest]
        assert not any("safetensors" in one for one in hub.log)
    assert child("http://127.0.0.1:9", offline=True) == found


def test_the_same_vocabulary_under_other_special_tokens_is_another_tokenizer(tmp_path: Path) -> None:
    one = tiny_tokenizer.save(tmp_path / "a")
    other = tiny_tokenizer.save(tmp_path / "b", config={"eos_token": "<|im_end|>"})
    assert (
        Tokenizer.from_file(str(one / "tokenizer.json")).to_str()
        == Tokenizer.from_file(str(other / "tokenizer.json")).to_str()
    )
    assert find(str(one)).digest != find(str(other)).digest
