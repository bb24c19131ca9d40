"""The back-end that runs a model here: a random one of two layers, and the tokenizer of its own few words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from curate.build import Request, build
from curate.errors import CurateError
from curate.recipe import load
from curate.score.answers import Answers
from curate.score.ask import ask
from curate.score.backend import Answer, Question
from curate.score.identity import resolve
from curate.score.local import Local
from curate.score.settings import Model

# peft asks transformers by a name that will go.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::FutureWarning")]
torch: Any = pytest.importorskip("torch", reason="models are run with torch: pip install 'curate-sft[train]'")
transformers: Any = pytest.importorskip("transformers", reason="models are run with transformers: as torch")

WORDS = ["<pad>", "<s>", "</s>", "<unk>", "a", "b", "c", "d", "e", "f", "\n", "one", "two", "three", "four", "five"]
TEXTS = ["a b c", "one two three four five a b c d e f", "d", "", "five four three two one one two"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights, as `save_pretrained` writes it."""
    path = tmp_path_factory.mktemp("model")
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, "<unk>"))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(r" |\n"), "isolated")  # type: ignore[assignment]
    words.decoder = decoders.Fuse()  # type: ignore[assignment]
    special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special)
    torch.manual_seed(11)
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=48, bos_token_id=1, eos_token_id=2, pad_token_id=0, initializer_range=0.6,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def answers(folder: Path, questions: Sequence[Question], cache: Path, **settings: Any) -> list[Answer]:
    model = Model.model_validate({"model": str(folder), "device": "cpu", "max_new_tokens": 12, **settings})
    likelihood = questions[0].completion is not None
    store = Answers(cache)
    try:
        backend = resolve(model, Path(), cache, 0, likelihood=likelihood)
        return ask(questions, backend, store, lambda *_: None)
    finally:
        store.close()


def alone(folder: Path, text: str, n: int = 12) -> list[int]:
    """The greedy continuation of one text, token by token, as plainly as it can be written."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text)["input_ids"] or [1]
    made: list[int] = []
    while len(made) < n:
        with torch.inference_mode():
            token = int(model(torch.tensor([ids + made])).logits[0, -1].argmax())
        if token == 2:
            break
        made.append(token)
    return made


def test_a_batch_says_what_each_says_alone(folder: Path, tmp_path: Path) -> None:
    """Padding on the left, sorting by length and stopping change no answer."""
    found = answers(folder, [Question(text) for text in TEXTS], tmp_path, until="")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for text, answer in zip(TEXTS, found, strict=True):
        made = alone(folder, text)
        assert answer.text == tokenizer.decode(made, skip_special_tokens=True)
        while made and made[-1] == 0:  # a random model says padding too, which nobody can tell from padding
            made.pop()
        assert answer.written == len(made)


def test_an_answer_ends_before_the_stop(folder: Path, tmp_path: Path) -> None:
    whole = answers(folder, [Question(text) for text in TEXTS], tmp_path, until="")
    stop = next(WORDS[token] for text in TEXTS for token in alone(folder, text)[1:3] if token > 3)
    cut = answers(folder, [Question(text) for text in TEXTS], tmp_path, until=stop)
    assert [one.text for one in cut] == [(one.text or "").split(stop)[0] for one in whole]
    assert sum(one.written for one in cut) < sum(one.written for one in whole)


def test_batches_of_any_size_say_the_same(folder: Path, tmp_path: Path) -> None:
    questions = [Question(text) for text in TEXTS]
    sizes = [answers(folder, questions, tmp_path / f"{size}", batch_tokens=size) for size in (1, 60, 10_000)]
    assert sizes[0] == sizes[1] == sizes[2]


def test_likelihoods_are_the_model_s(folder: Path, tmp_path: Path) -> None:
    """Each completion's loss is that of the model on prompt and completion together."""
    pairs = [("a b c", "one two"), ("", "d e"), ("five four three", "a"), ("a", "three two one one two")]
    found = answers(folder, [Question(*pair) for pair in pairs], tmp_path)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for (prompt, completion), answer in zip(pairs, found, strict=True):
        head = tokenizer(prompt)["input_ids"] if prompt else [1]
        told = tokenizer(completion, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([head + told])
        labels = torch.tensor([[-100] * len(head) + told])
        with torch.inference_mode():
            loss = float(model(ids, labels=labels).loss)
        assert answer.written == len(told)
        assert (answer.loss or 0) / len(told) == pytest.approx(loss, rel=1e-4)


def test_memory_that_is_too_small_makes_smaller_batches(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    honest = Local._generated

    def tight(self: Local, rows: Any) -> list[Answer]:
        sizes.append(len(rows))
        if len(rows) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return honest(self, rows)

    questions = [Question(text) for text in TEXTS]
    wanted = answers(folder, questions, tmp_path / "a")
    monkeypatch.setattr(Local, "_generated", tight)
    assert answers(folder, questions, tmp_path / "b") == wanted
    assert sizes[0] == 5
    assert max(sizes[-2:]) <= 2


def test_one_prompt_that_does_not_fit_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Local, rows: Any) -> list[Answer]:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Local, "_generated", full)
    with pytest.raises(CurateError, match=r"a prompt of \d+ tokens does not fit into memory"):
        answers(folder, [Question(text) for text in TEXTS], tmp_path)


def test_a_prompt_longer_than_the_model_reads_has_no_answer(folder: Path, tmp_path: Path) -> None:
    found = answers(folder, [Question("a b c d " * 12), Question("a")], tmp_path)
    assert found[0].text is None
    assert found[1].text is not None


def test_sampling_depends_on_the_seed_alone(folder: Path, tmp_path: Path) -> None:
    questions = [Question(text) for text in TEXTS]
    first, again = (answers(folder, questions, tmp_path / name, temperature=1.0) for name in "ab")
    assert first == again
    assert first != answers(folder, questions, tmp_path / "c")


def test_an_adapter_speaks_and_is_another_back_end(folder: Path, tmp_path: Path) -> None:
    peft: Any = pytest.importorskip("peft", reason="adapters are loaded with peft: pip install 'curate-sft[train]'")
    base = transformers.AutoModelForCausalLM.from_pretrained(folder)
    torch.manual_seed(3)
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    peft.get_peft_model(base, config).save_pretrained(tmp_path / "adapter")
    questions = [Question(text) for text in TEXTS]
    plain = answers(folder, questions, tmp_path)
    tuned = answers(folder, questions, tmp_path, adapter=str(tmp_path / "adapter"))
    assert tuned != plain
    assert answers(folder, questions, tmp_path) == plain


def test_pickled_weights_are_not_loaded(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "config.json").write_bytes((folder / "config.json").read_bytes())
    (tmp_path / "bad" / "pytorch_model.bin").write_bytes(b"cos\nsystem\n")
    with pytest.raises(CurateError, match=r"holds no \.safetensors: pickled weights are not loaded"):
        answers(tmp_path / "bad", [Question("a")], tmp_path)


def test_a_step_measures_likelihoods(folder: Path, tmp_path: Path) -> None:
    """`loss` and `ifd` in a build: of the records that have an output; ifd is a quotient of two losses."""
    rows = [
        {"instruction": text, "input": "", "output": "" if place == 2 else "one two"}
        for place, text in enumerate("abcd")
    ]
    (tmp_path / "rows.json").write_bytes(orjson.dumps(rows))
    steps = [{"score": {"metric": metric, "model": str(folder), "template": "plain"}} for metric in ("loss", "ifd")]
    recipe = {
        "version": 1, "name": "likely", "steps": steps, "format": {"template": "plain"},
        "sources": {"mine": {"adapter": "alpaca", "path": "rows.json"}},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_bytes(orjson.dumps(recipe))
    built = build(load(tmp_path / "recipe.yaml", {}, ()), Request(out=tmp_path / "out", cache=tmp_path / "cache"))
    data = pl.read_parquet(sorted((built.path / "data").glob("*.parquet")))
    assert data.filter(completion="")["score_loss"].to_list() == [None]
    scored = data.filter(pl.col("completion") != "")
    assert scored["score_loss"].null_count() == scored["score_ifd"].null_count() == 0
    bare = answers(folder, [Question("", "one two")], tmp_path)[0]
    bare_loss = (bare.loss or 0) / bare.written
    assert (scored["score_loss"] / scored["score_ifd"]).to_list() == pytest.approx([bare_loss] * 3, rel=1e-4)


def test_nothing_to_measure(folder: Path, tmp_path: Path) -> None:
    rows = [{"instruction": "a", "input": "", "output": ""}]
    (tmp_path / "rows.json").write_bytes(orjson.dumps(rows))
    recipe = {
        "version": 1, "name": "empty", "steps": [{"score": {"metric": "loss", "model": str(folder)}}],
        "sources": {"mine": {"adapter": "alpaca", "path": "rows.json"}}, "format": {"template": "plain"},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_bytes(orjson.dumps(recipe))
    built = build(load(tmp_path / "recipe.yaml", {}, ()), Request(out=tmp_path / "out", cache=tmp_path / "cache"))
    assert built.manifest.warnings == ["0.score: 1 tasks have no score at all"]
