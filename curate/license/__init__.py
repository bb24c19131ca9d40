"""Licences: their names, what they allow and ask, and what follows for a mix. Bookkeeping, not legal advice.

`name` brings the many spellings of a licence to one, `terms` holds what each licence says, `expression` reads several
joined by AND and OR, `account` concludes for a mix, `contradiction` holds a declared licence against it, `model` knows
what makers of language models say of text that their models wrote.
"""

from curate.license.account import Account, Entry, Use, Verdict, account
from curate.license.contradiction import Contradiction, contradictions
from curate.license.expression import allows, alternatives
from curate.license.model import ModelTerms, model_terms
from curate.license.name import UNKNOWN, canonical, hub_id, spdx
from curate.license.terms import LICENSES, Terms

__all__ = [
    "LICENSES",
    "UNKNOWN",
    "Account",
    "Contradiction",
    "Entry",
    "ModelTerms",
    "Terms",
    "Use",
    "Verdict",
    "account",
    "allows",
    "alternatives",
    "canonical",
    "contradictions",
    "hub_id",
    "model_terms",
    "spdx",
]
