"""What the card says of licences and of who wrote the text."""

from __future__ import annotations

from collections import Counter

from curate.card.markdown import cell, link, table
from curate.license import LICENSES, Account, Verdict, account, contradictions, model_terms
from curate.manifest import Manifest

DISCLAIMER = "This is bookkeeping of what sources state of themselves, not legal advice."
_QUESTIONS = {
    "commercial": "commercial use",
    "derivatives": "passing on changed text",
    "attribution": "naming the authors",
    "share_alike": "the same licence for what is made of it",
}
_ANSWERS = {
    "commercial": {True: "allowed", False: "not allowed", None: "not known to be allowed"},
    "derivatives": {True: "allowed", False: "not allowed", None: "not known to be allowed"},
    "attribution": {True: "asked for", False: "not asked for", None: "not known"},
    "share_alike": {True: "asked for", False: "not asked for", None: "not known"},
}
_NAMED = 6  # records that decide are told of so many sources


def licences_of(manifest: Manifest) -> Account:
    """The licences of a version's records, concluded."""
    rows = Counter[tuple[str, str]]()
    for term in manifest.terms:
        rows[term.source, term.license] += term.rows
    return account(dict(sorted(rows.items())))


def rights(manifest: Manifest) -> str:
    """The section: what is declared, each source's licences, what follows, who wrote the text."""
    held = licences_of(manifest)
    return "\n\n".join(
        part
        for part in ("## Licences", _declared(manifest, held), *_tables(held), _written(manifest), DISCLAIMER)
        if part
    )


def license_file(manifest: Manifest) -> str:
    """The text of LICENSE.md, for data whose licence has no name on the Hub."""
    held = licences_of(manifest)
    head = f"# Licences of {cell(manifest.name)}"
    return "\n\n".join([head, _declared(manifest, held), *_tables(held), DISCLAIMER]) + "\n"


def _declared(manifest: Manifest, held: Account) -> str:
    keep = "Each record keeps its own licence, in its column `license`."
    if manifest.license is None:
        return (
            f"**No licence is declared for the whole**: what may be done with it follows from its records alone. {keep}"
        )
    text = f"Declared for the whole: **{cell(manifest.license)}**. {keep}"
    faults = [f"- {cell(one.text)}" for one in contradictions(manifest.license, held)]
    if not faults:
        return text
    return "\n".join([text, "", "The records do not agree with it:", "", *faults])


def _tables(held: Account) -> list[str]:
    rows = []
    for one in held.entries:
        known = [link(LICENSES[name].spdx or name, LICENSES[name].source) for name in one.names if name in LICENSES]
        name = " and ".join(known) if len(known) == len(one.names) else "not known"
        rows.append((cell(one.source), cell(one.said), name, f"{one.rows:,}"))
    follows = [
        (_QUESTIONS[use], _ANSWERS[use][verdict.value], _deciding(verdict)) for use, verdict in held.verdicts.items()
    ]
    found = [
        table(("source", "licence of the records", "known as", ">records"), rows),
        "What follows for the whole:\n\n" + table(("", "the whole", "decided by"), follows),
    ]
    clashes = [f"`{one}` and `{other}`" for one, other in held.clashes]
    if clashes:
        found.append(f"Each asks for itself, so no one licence can cover texts made of both: {'; '.join(clashes)}.")
    return found


def _deciding(verdict: Verdict) -> str:
    rows = Counter[tuple[str, str]]()
    for one in verdict.deciding:
        rows[one.source, one.said] += one.rows
    named = [f"{cell(source)} ({cell(said)}, {count:,})" for (source, said), count in rows.most_common(_NAMED)]
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return ", ".join(named) + more


def _written(manifest: Manifest) -> str:
    """Who wrote the text, and what the makers of the models say of it."""
    origins = Counter[tuple[str, str]]()
    for term in manifest.terms:
        origins[term.source, term.origin] += term.rows
    rows = []
    for (source, origin), count in sorted(origins.items()):
        info = manifest.sources.get(source)
        models = info.models if info and origin in ("model", "mixed") else []
        rows.append((cell(source), cell(origin), ", ".join(map(_model, models)), f"{count:,}"))
    return "Who wrote the text:\n\n" + table(("source", "text by", "models, and their makers' terms", ">records"), rows)


def _model(name: str) -> str:
    terms = model_terms(name)
    if terms is None:
        return f"{cell(name)} (terms not known)"
    return f"{cell(name)} ({link(terms.maker, terms.source)}: {terms.terms})"
