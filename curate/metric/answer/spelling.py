r"""What has several spellings in Unicode and LaTeX, and the one that the reader knows."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, str]:
    """`a b, c d` as a table from a to b and from c to d."""
    return dict(pair.split() for pair in text.split(", "))


# Signs beyond ASCII, as LaTeX or ASCII.
SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–—‐‑", "-"),  # noqa: RUF001 - signs that look alike are what the table is about
        **dict.fromkeys("⁄∕", "/"),  # noqa: RUF001
        **dict.fromkeys("’‘′", "'"),  # noqa: RUF001
        **{
            sign: f"\\{name} "
            for sign, name in _pairs(
                "× times, · cdot, ⋅ cdot, ÷ div, ° degree, √ sqrt, π pi, ∞ infty, ≤ leq, ≥ geq, ≠ neq, "  # noqa: RUF001
                "± pm, ∓ mp, ∪ cup, ∩ cap, ∈ in, ∅ emptyset, ≈ approx"  # noqa: RUF001
            ).items()
        },
    }
)
SUPERSCRIPTS = str.maketrans({sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
COMMANDS = _pairs(
    "dfrac frac, tfrac frac, cfrac frac, le leq, ge geq, ne neq, leqslant leq, geqslant geq, lt <, gt >, "
    "varnothing emptyset, dbinom binom, tbinom binom, lbrace {, rbrace }, langle <(, rangle )>, lbrack [, rbrack ], "
    "lvert |, rvert |, vert |, mid |, cdot *, times *, ast *, div /, colon :, degree circ, land and, lor or"
)
_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma "
    "tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega infty ell "
)
_FUNCTIONS = "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp max min gcd lcm det"
LETTERS = frozenset(_LETTERS.split())  # commands that are symbols
FUNCTIONS = frozenset(_FUNCTIONS.split())  # commands that are functions, also without a backslash
WORDS = _pairs("pi pi, inf infty, infinity infty, sqrt sqrt")  # words that are commands without a backslash
JOINERS = frozenset(("and", "or"))  # words between answers
# Two letters that are rather a word than a product.
SHORT_WORDS = frozenset(("no", "or", "is", "in", "at", "am", "pm", "to", "of"))
