"""The back-end that runs a transformers model here, with a PEFT adapter on top if there is one.

Prompts are padded on the left and go through the model in batches of like length. A batch that does not fit into memory
is cut in half, and later ones are made smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import signature
from typing import Any

from curate.errors import CurateError
from curate.hashing import digest
from curate.score.backend import Answer, Question, Resolved

# Tokens of a first batch, prompt and answer and padding: a few hundred MB of activations of a 7B model; CPUs gain
# nothing from more.
_GPU_TOKENS = 32_768
_CPU_TOKENS = 8_192
_NEEDS = "pip install 'curate-sft[train]'"


class Local:
    """A loaded model.

    Args:
        backend: names folder or commit, and the adapter.

    Raises:
        CurateError: torch or transformers is not installed, or the model cannot be loaded.
    """

    def __init__(self, backend: Resolved) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise CurateError(f"a model here needs {error.name}: {_NEEDS}; or score by 'endpoint'") from error
        self._torch = torch
        self._backend = backend
        self._device = _device(torch, backend.model.device)
        transformers.utils.logging.disable_progress_bar()
        try:
            self._tokenizer, self._model = self._load(transformers)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise CurateError(f"the model {backend.weights} cannot be loaded: {error}") from error
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token or self._tokenizer.unk_token
        bare = self._model.get_base_model() if backend.adapter is not None else self._model
        self._takes = set(signature(bare.forward).parameters)
        self._likely = False
        # None where a model names no limit (some state-space models): then every prompt fits.
        self._window: int | None = getattr(self._model.config, "max_position_embeddings", None)
        self._budget = backend.model.batch_tokens or (_CPU_TOKENS if self._device == "cpu" else _GPU_TOKENS)

    def _load(self, transformers: Any) -> tuple[Any, Any]:  # noqa: ANN401 - the module
        torch, backend = self._torch, self._backend
        given = {"revision": backend.commit, "trust_remote_code": False}
        dtype = {"auto": torch.float32 if self._device == "cpu" else torch.bfloat16}.get(
            backend.model.dtype
        ) or getattr(torch, backend.model.dtype)
        tokenizer = transformers.AutoTokenizer.from_pretrained(backend.weights, padding_side="left", **given)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            backend.weights, dtype=dtype, use_safetensors=True, **given
        )
        if backend.adapter is not None:
            try:
                from peft import PeftModel
            except ImportError as error:
                raise CurateError(f"an adapter needs peft: {_NEEDS}") from error
            model = PeftModel.from_pretrained(model, backend.adapter)
        return tokenizer, model.to(self._device).eval()

    def close(self) -> None:
        """Free the memory that the model takes."""
        del self._model
        if self._device == "cuda":
            self._torch.cuda.empty_cache()

    def answer(self, questions: Sequence[Question]) -> Iterator[list[tuple[int, Answer]]]:
        """Answer in batches, the longest first: what does not fit into memory is known at once."""
        encoded = [self._encode(one) for one in questions]
        self._likely = any(one.completion is not None for one in questions)
        room = 0 if self._likely else self._backend.model.max_new_tokens
        fits = [self._window is None or len(tokens) + room <= self._window for tokens, _ in encoded]
        if long := [place for place, ok in enumerate(fits) if not ok]:
            yield [(place, Answer(None, None, len(encoded[place][0]), 0)) for place in long]
        # Ties by place, so that the same questions make the same batches.
        order = sorted(
            (place for place, ok in enumerate(fits) if ok), key=lambda place: (-len(encoded[place][0]), place)
        )
        while order:
            widest = len(encoded[order[0]][0]) + room
            batch = order[: max(1, self._budget // widest)]
            answers = self._in_memory([encoded[place] for place in batch], widest)
            if answers is not None:
                order = order[len(batch) :]
                yield list(zip(batch, answers, strict=True))

    def _encode(self, question: Question) -> tuple[list[int], int]:
        """Tokens, and how many of them at the end are the completion's.

        Prompt and completion are encoded apart, so that the boundary is where it stands. Special tokens in the text are
        ordinary text only for the completion: templates write them into prompts.
        """
        prompt = self._tokenizer(question.prompt)["input_ids"] if question.prompt else []
        if question.completion is None:
            return prompt or self._start(), 0
        told = self._tokenizer(question.completion, add_special_tokens=False)["input_ids"]
        return [*(prompt or self._start()), *told], len(told)

    def _start(self) -> list[int]:
        """What stands before a text without a prompt, so that its first token has a probability too."""
        first = self._tokenizer.bos_token_id
        first = self._tokenizer.eos_token_id if first is None else first
        if first is None:
            raise CurateError(f"the tokenizer of {self._backend.weights} has neither a first nor a last token")
        return [int(first)]

    def _in_memory(self, rows: Sequence[tuple[list[int], int]], widest: int) -> list[Answer] | None:
        """The answers of a batch, or None where it did not fit and the budget was cut in half."""
        try:
            return self._likelihoods(rows) if self._likely else self._generated(rows)
        except RuntimeError as error:  # torch.OutOfMemoryError is one; a CPU's allocator raises a bare one
            if not isinstance(error, self._torch.OutOfMemoryError) and "allocate memory" not in str(error):
                raise
            if len(rows) == 1:
                raise CurateError(f"a prompt of {widest:,} tokens does not fit into memory: {error}") from error
        self._budget = max(widest, len(rows) * widest // 2)
        if self._device == "cuda":
            self._torch.cuda.empty_cache()
        return None

    def _padded(self, rows: Sequence[tuple[list[int], int]]) -> tuple[Any, Any]:
        """Token ids and attention mask, padded on the left."""
        width = max(len(tokens) for tokens, _ in rows)
        blank = self._tokenizer.pad_token_id or 0
        ids = [[blank] * (width - len(tokens)) + tokens for tokens, _ in rows]
        mask = [[0] * (width - len(tokens)) + [1] * len(tokens) for tokens, _ in rows]
        return self._torch.tensor(ids, device=self._device), self._torch.tensor(mask, device=self._device)

    def _generated(self, rows: Sequence[tuple[list[int], int]]) -> list[Answer]:
        """How the model goes on."""
        import transformers

        torch, model = self._torch, self._backend.model
        ids, mask = self._padded(rows)
        blank = self._tokenizer.pad_token_id or 0
        config = transformers.GenerationConfig(
            max_new_tokens=model.max_new_tokens,
            do_sample=model.temperature > 0,
            pad_token_id=blank,
            eos_token_id=self._ends(),
            **({"temperature": model.temperature, "top_p": model.top_p, "top_k": 0} if model.temperature > 0 else {}),
        )
        if model.temperature > 0:
            torch.manual_seed(int(digest([self._backend.seed, [tokens for tokens, _ in rows]], 8), 16) >> 1)
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=config,
                stopping_criteria=self._stops(ids.shape[1]),
            )
        ends = set(self._ends() or [])
        answers = []
        for (tokens, _), new in zip(rows, made[:, ids.shape[1] :].tolist(), strict=True):
            while new and new[-1] == blank:  # rows that end early are filled up
                new.pop()
            length = next((place for place, token in enumerate(new) if token in ends), len(new))
            text = self._tokenizer.decode(new[:length], skip_special_tokens=True)
            stop = model.stop
            answers.append(Answer(text.split(stop, 1)[0] if stop else text, None, len(tokens), length))
        return answers

    def _ends(self) -> list[int] | None:
        """The tokens that end an answer: the model's own word, else the tokenizer's."""
        said = self._model.generation_config.eos_token_id
        said = self._tokenizer.eos_token_id if said is None else said
        return [said] if isinstance(said, int) else said

    def _stops(self, width: int) -> list[Callable[..., Any]]:
        """A criterion that ends each row at the text that ends answers."""
        stop = self._backend.model.stop
        if not stop:
            return []
        # A token is a byte at least: this many tokens hold any occurrence that ended just now.
        tail = len(stop.encode()) + 1

        def ended(ids: Any, _scores: Any, **_: Any) -> Any:  # noqa: ANN401 - tensors
            ends = self._tokenizer.batch_decode(ids[:, max(width, ids.shape[1] - tail) :], skip_special_tokens=True)
            return self._torch.tensor([stop in text for text in ends], device=ids.device)

        return [ended]

    def _likelihoods(self, rows: Sequence[tuple[list[int], int]]) -> list[Answer]:
        """Minus the sum of the log-probabilities of each completion."""
        torch = self._torch
        ids, mask = self._padded(rows)
        longest = max(1, *(told for _, told in rows))
        # What not every architecture takes: places count from each row's first token, and logits are made only for what
        # foretells a completion, for the vocabulary is wide and prompts are long.
        given = {"position_ids": (mask.cumsum(-1) - 1).clamp(min=0), "logits_to_keep": longest + 1}
        given = {name: value for name, value in given.items() if name in self._takes}
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask, **given).logits[:, -longest - 1 : -1]
            spoken = logits.float().log_softmax(-1).gather(-1, ids[:, -longest:, None]).squeeze(-1)
        answers = []
        for (tokens, told), row in zip(rows, spoken.double().cpu(), strict=True):
            answers.append(Answer(None, -float(row[longest - told :].sum()), len(tokens), told))
        return answers


def _device(torch: Any, asked: str) -> str:  # noqa: ANN401 - the module
    """Where the model runs."""
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if asked == "auto":
        return next((name for name, is_there in there.items() if is_there()), "cpu")
    if asked != "cpu" and not there[asked]():
        raise CurateError(f"device: {asked} is not there on this machine: leave it out, or say cpu")
    return asked
