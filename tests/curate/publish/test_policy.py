"""The policy on licences: refused, accepted with a reason that the card says, or let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate import manifest as manifests
from curate.errors import CurateError
from curate.manifest import Manifest
from curate.publish.policy import licensed, stated
from support.build import make, write_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version under MIT whose records are under MIT, CC BY 4.0, CC BY-NC 4.0 and nothing known."""
    return make(write_data(tmp_path_factory.mktemp("policy"))).path


def declared(folder: Path, licence: str | None) -> Manifest:
    return manifests.read(folder).model_copy(update={"license": licence})


def test_a_licence_that_the_records_contradict_is_refused(folder: Path) -> None:
    """The message names the records of each promise that is not kept, and what can be done."""
    with pytest.raises(CurateError) as caught:
        licensed()(folder, declared(folder, "mit"))
    text = str(caught.value)
    assert "records of 'more' are 'cc-by-nc-4.0'" in text
    assert "nothing says that these records may be passed on as mit" in text
    assert '--accept-license "reason"' in text
    assert "not legal advice" in text


def test_a_reason_lets_it_through_and_stands_in_the_card(folder: Path) -> None:
    """As text: a reason is no markup."""
    manifest = declared(folder, "mit")
    (note,) = licensed("we | asked <b>them</b>")(folder, manifest)
    assert "we | asked" in note
    card = (folder / "README.md").read_text(encoding="utf-8")
    told = stated(card, manifest, "we | asked <b>them</b>")
    assert r"we \| asked &lt;b>them" in told
    assert told.count("## Licences\n") == 1
    assert stated(card, manifest, None) == card


def test_what_does_not_contradict_goes_with_a_note(folder: Path) -> None:
    """None declared, terms that nobody knows, and a licence that all records allow."""
    assert "no licence is declared" in licensed()(folder, declared(folder, None))[0]
    assert "not known" in licensed()(folder, declared(folder, "ours"))[0]
    manifest = declared(folder, "cc-by-4.0")
    fine = [one.model_copy(update={"license": "mit"}) for one in manifest.terms]
    agreed = manifest.model_copy(update={"terms": fine})
    assert licensed()(folder, agreed) == []
    assert stated("card", agreed, "a reason") == "card"


def test_the_command_refuses_and_takes_a_reason(folder: Path, tmp_path: Path) -> None:
    """Through the command line: nothing is published without a reason; with one the published card has it."""
    from typer.testing import CliRunner  # noqa: PLC0415

    from curate.cli import app  # noqa: PLC0415

    there = tmp_path / "there"
    refused = CliRunner().invoke(app, ["publish", str(folder), str(there)])
    assert isinstance(refused.exception, CurateError)
    assert not there.exists()
    done = CliRunner().invoke(app, ["publish", str(folder), str(there), "--accept-license", "they agreed"])
    assert done.exit_code == 0, done.output
    (card,) = there.glob("*/README.md")
    assert "The reason that was given: they agreed" in card.read_text(encoding="utf-8")
    assert "they agreed" not in (folder / "README.md").read_text(encoding="utf-8")
