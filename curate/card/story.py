"""What the card says of how the data came about, and of what it is not."""

from __future__ import annotations

from curate.card.markdown import cell, fenced, link, table
from curate.manifest import Manifest, StageInfo

_REASONS = 5  # of a step


def sources(manifest: Manifest) -> str:
    """What went in."""
    rows = [
        (
            cell(name),
            link(info.title, info.url),
            cell(info.license),
            cell(info.origin),
            f"{info.rows_in:,}",
            f"{info.rows_out:,}",
        )
        for name, info in manifest.sources.items()
    ]
    heads = ("source", "data", "licence", "text by", ">records in", ">records out")
    return "## Sources\n\n" + table(heads, rows)


def funnel(manifest: Manifest) -> str:
    """Why records left, step by step."""
    rows = []
    for stage in manifest.stages:
        why: dict[str, int] = {}
        for rules in stage.dropped.values():
            for reason, count in rules.items():
                why[reason] = why.get(reason, 0) + count
        most = sorted(why.items(), key=lambda item: (-item[1], item[0]))
        gone = "; ".join(f"{cell(reason)} ({count:,})" for reason, count in most[:_REASONS])
        rows.append((f"`{stage.label}`", f"{sum(stage.rows_in.values()):,}", f"{sum(why.values()):,}", gone))
    tail = (
        f"{manifest.quarantined:,} rows could not be read and were quarantined. "
        "Each dropped record is in `ledger/drops.parquet`, with the evidence."
    )
    if "ledger/notes.parquet" in manifest.files:
        tail += " What steps noted of records that stayed is in `ledger/notes.parquet`."
    heads = ("step", ">records in", ">dropped", "why")
    return f"## Why records left\n\n{table(heads, rows)}\n\n{tail}"


def contamination(manifest: Manifest) -> str:
    """What the data was held against to keep evaluation sets out, and what was found; in one line."""
    steps = [stage for stage in manifest.stages if stage.name == "decontaminate"]
    if not steps:
        return "Nothing was done to find questions of evaluation sets in the data: the recipe has no decontaminate step"
    return "; ".join(_checked(stage) for stage in steps)


def _checked(stage: StageInfo) -> str:
    against = [one for one in stage.settings.get("against", []) if isinstance(one, dict)]
    names = ", ".join(str(one.get("name") or one.get("adapter")) for one in against) or "(no sets)"
    found = sum(sum(why.values()) for why in stage.dropped.values())
    what = (
        "overlaps were noted in ledger/notes.parquet and the records stayed"
        if stage.settings.get("mode") == "report"
        else f"{found:,} records that overlap an item were dropped"
    )
    size = stage.settings.get("ngram")
    return (
        f"{stage.label} held {sum(stage.rows_in.values()):,} records against {names}: {what} "
        f"(runs of {size} words, equal texts, short items whole; paraphrases and translations are not found)"
    )


def limitations(manifest: Manifest) -> list[str]:
    """What a user should not expect of the data, as far as the build knows."""
    done = {stage.name for stage in manifest.stages}
    found = []
    if not any(name.startswith("dedup") for name in done):
        found.append("Nothing was done to find duplicates")
    if "transform.mask_pii" not in done:
        found.append("Nothing was done to find or mask personal data")
    if "filter.language" not in done:
        found.append("Nothing was done to make sure of the language")
    found.append("Whether answers are true was not checked; errors and biases of the sources are kept")
    return [*found, *manifest.warnings]


def limits(manifest: Manifest) -> str:
    """The sections on contamination and limitations."""
    lines = "\n".join(f"- {cell(text)}." for text in limitations(manifest))
    return f"## Contamination\n\n{cell(contamination(manifest))}.\n\n## Limitations\n\n{lines}"


def reproduce(manifest: Manifest, recipe_text: str) -> str:
    """How to load, check and build it again."""
    packages = ", ".join(f"{cell(name)} {cell(number)}" for name, number in manifest.tool.items())
    commands = "\n".join(
        (
            "curate verify .                  # digests, rows, counts, ledger, card, lock",
            "curate verify --rebuild .        # build it again from recipe and lock, compare every byte",
            f"curate build recipe.yaml         # gives {manifest.name}@{manifest.version} from the same inputs",
        )
    )
    text = f"Built with {packages}. `recipe.lock.yaml` names every input by digest. In this folder:"
    parts = ("## How to build it again", text, fenced(commands, "bash"), "The recipe:", fenced(recipe_text, "yaml"))
    return "\n\n".join(parts)
