"""What the makers of language models say of using text that their models wrote; with the place where they say it.

Terms change; the address is where they stand now. Bookkeeping, not legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelTerms:
    """Terms of a maker.

    Args:
        maker: who made the model.
        terms: what its text may not be used for, in a few words.
        source: where that is said.
    """

    maker: str
    terms: str
    source: str


_OPENAI = ModelTerms(
    "OpenAI",
    "output may not be used to develop models that compete with OpenAI",
    "https://openai.com/policies/terms-of-use",
)
_ANTHROPIC = ModelTerms(
    "Anthropic",
    "output may not be used to train competing models",
    "https://www.anthropic.com/legal/commercial-terms",
)
_GOOGLE = ModelTerms(
    "Google",
    "the services may not be used to develop models that compete with them",
    "https://ai.google.dev/gemini-api/terms",
)
_LLAMA = ModelTerms(
    "Meta",
    "output may not be used to improve other large language models",
    "https://ai.meta.com/llama/license/",
)
_LLAMA_31 = ModelTerms(
    "Meta",
    "models trained on output must have a name that begins with Llama",
    "https://www.llama.com/llama3_1/license/",
)

# By the beginning of the model's name, in lower case; the first that fits.
_BEGINNINGS = (
    (("gpt-2", "gpt-j", "gpt-neo", "gpt-oss"), None),
    (("gpt-", "text-davinci", "davinci", "code-davinci", "chatgpt", "codex", "o1", "o3", "o4"), _OPENAI),
    (("claude",), _ANTHROPIC),
    (("gemini", "palm", "bard"), _GOOGLE),
    (("llama-3.", "llama-4"), _LLAMA_31),
    (("llama",), _LLAMA),
)


def model_terms(name: str) -> ModelTerms | None:
    """The terms of a model's maker on its output; None where none are known.

    Example:
        >>> model_terms("text-davinci-003").maker
        'OpenAI'
    """
    plain = name.lower().rpartition("/")[2].replace("_", "-").replace(" ", "-")
    return next((terms for heads, terms in _BEGINNINGS if plain.startswith(heads)), None)
