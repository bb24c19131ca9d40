"""The Hugging Face Hub as a target: each publish is one commit, and each version a tag.

A commit appears whole or not at all, and only on the commit that was looked at before (`parent_commit`); files that are
there already are not sent. Large files go first, and are nothing until the commit names them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from curate import manifest as manifests
from curate.errors import CurateError, VersionError
from curate.manifest import Manifest
from curate.publish.answer import WAITS, asked, pause, quietly, without_secrets
from curate.publish.payload import File, Payload
from curate.publish.target import CARD, Held, Present, Receipt, Tell

if TYPE_CHECKING:
    from huggingface_hub import HfApi

T = TypeVar("T")
MAIN = "main"
_AT_ONCE = 4  # files that are fetched at the same time
_PREFIX = re.compile(r"[0-9a-f]{4,15}")


def silent(_: str) -> None:
    """Tell nobody."""


class Hub:
    """A data set repository on the Hub. The token is the one that its client finds: HF_TOKEN, or of `hf auth login`.

    Args:
        repo: `owner/name`.
        private: make the repository private where it is made, and refuse one that the whole world sees.
        branch: other than `main`; it is made where it is missing.
        download: have `check` download all files again; False trusts the digests that the Hub lists.
    """

    def __init__(self, repo: str, *, private: bool = True, branch: str | None = None, download: bool = True) -> None:
        self.repo = repo
        self.private = private
        self.branch = branch or MAIN
        self.download = download

    @property
    def name(self) -> str:
        """`hf://owner/name`."""
        return f"hf://{self.repo}"

    def present(self, version: str) -> Present:  # noqa: ARG002 - the Hub holds one version a commit
        """The newest commit of the branch; of `main`, where the branch is yet to be made."""
        from huggingface_hub import get_token

        if not get_token():
            raise CurateError(f"no token for {self.name}: log in with `hf auth login`, or set HF_TOKEN")
        notes: list[str] = []
        info = self._info(self.branch)
        if info is None and self.branch != MAIN and (info := self._info(MAIN)) is not None:
            notes.append(f"branch {self.branch!r} will be made of {MAIN}")
        if info is None:
            seen = "private" if self.private else "PUBLIC"
            return Present(notes=[f"a {seen} repository will be made: {self.name}"], shared=True)
        if not info.private and self.private:
            raise CurateError(f"{self.name} is public: say --public to publish there, or name another repository")
        if info.private and not self.private:
            notes.append(f"{self.name} is private and stays so; its settings at the Hub change that")
        sha = str(info.sha)
        files = self._files(sha)
        if ".gitignore" in files:
            raise CurateError(f"{self.name} has a .gitignore, by which the Hub leaves files out; remove it there first")
        known = self._manifest(sha) if manifests.NAME in files else None
        owned = [*known.files, *known.attachments, manifests.NAME] if known else []
        return Present(
            sha,
            files,
            remove=[name for name in owned if name in files],
            card=self._card(sha) if CARD in files else None,
            version=known.version if known else None,
            notes=notes,
            shared=True,
        )

    def put(self, payload: Payload, present: Present, tell: Tell) -> Receipt:
        """Commit what is not there, on the commit that was looked at, then tag it with the version's id."""
        version = payload.manifest.version
        parent = present.revision or self._created(tell)
        if self.branch != MAIN and self._info(self.branch) is None:
            tell(f"making branch {self.branch}")
            self._ask(lambda api: api.create_branch(self.repo, branch=self.branch, revision=parent, **_EXISTING), tell)
        tagged = self._tagged(version)
        names = {file.name for file in payload.files}
        send = [file for file in payload.files if not present.has(file)]
        gone = [name for name in present.remove if name not in names]
        commit = self._commit(payload, send, gone, parent, tell) if send or gone else parent
        notes = []
        if tagged is None:
            tell(f"tagging {version}")
            self._ask(lambda api: api.create_tag(self.repo, tag=version, revision=commit, **_EXISTING), tell)
        elif tagged != commit:
            notes.append(
                f"tag {version} was there and stays at commit {tagged[:12]}: the same rows, other files beside"
            )
        return Receipt(self._url(commit), commit, [file.name for file in send], gone, notes)

    def check(self, payload: Payload, receipt: Receipt) -> None:
        """Read the commit back: what the Hub lists, then every file, into a folder that no cache knows."""
        held = self._files(receipt.revision)
        faults = [file.name for file in payload.files if not (file.name in held and held[file.name].same(file))]
        if not faults and self.download:
            with (
                quietly(),
                TemporaryDirectory(prefix="curate-check-") as named,
                ThreadPoolExecutor(_AT_ONCE) as threads,
            ):
                one = partial(self._read_back, receipt.revision, Path(named))
                rows = list(threads.map(one, payload.files))
            faults = [file.name for file, found in zip(payload.files, rows, strict=True) if found is None]
            counts = {file.name: found for file, found in zip(payload.files, rows, strict=True)}
            for split, info in payload.manifest.splits.items():
                found = sum(counts[name] or 0 for name in info.files)
                if found != info.rows:
                    faults.append(f"split {split} ({found:,} rows, not {info.rows:,})")
        if faults:
            raise CurateError(
                f"{self.name} at commit {receipt.revision[:12]} is not what was sent: {', '.join(faults[:5])}; "
                "publish again"
            )

    def find(self, version: str | None) -> str:
        """The commit of a version's tag, or of another tag, a branch or a commit; without a name that of `main`.

        Where a card was edited after a publish, the commit of the version's tag is taken: it is what was published.
        """
        info = self._info(version or self.branch)
        if info is None and version and _PREFIX.fullmatch(version):
            fitting = [tag for tag in self._tags() if tag.startswith(version)]
            if len(fitting) > 1:
                raise VersionError(
                    f"{len(fitting)} versions in {self.name} begin with {version!r}: {', '.join(fitting)}"
                )
            info = self._info(fitting[0]) if fitting else None
        if info is None:
            tags = self._tags()
            raise VersionError(
                f"{self.name} has no version, tag, branch or commit {version or self.branch!r} "
                f"(its versions: {', '.join(tags) or 'none'})"
            )
        sha = str(info.sha)
        files = self._files(sha)
        known = self._manifest(sha) if manifests.NAME in files else None
        if known is None:
            raise VersionError(
                f"{self.name} at {version or self.branch} is no dataset version of curate: it has no {manifests.NAME}; "
                "as a source of a recipe it is `adapter: huggingface` with `hub:`"
            )
        said = known.files.get(CARD)
        edited = CARD in files and said and sha256(self._card(sha).encode()).hexdigest() != said.sha256
        tagged = self._info(known.version) if edited else None
        return str(tagged.sha) if tagged is not None else sha

    def fetch(self, revision: str, names: Sequence[str], folder: Path, tell: Tell) -> None:
        """Download files of a commit; what a killed download left is used."""
        from huggingface_hub import hf_hub_download

        def one(name: str) -> None:
            tell(f"fetching {name}")
            fetch = partial(hf_hub_download, self.repo, name, repo_type="dataset", revision=revision, local_dir=folder)
            asked(fetch, self.name, "read", tell)

        self._online()
        with quietly(), ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(one, names))

    def _created(self, tell: Tell) -> str:
        """Make the repository; the commit that it begins with."""
        tell(f"making the {'private' if self.private else 'public'} repository {self.name}")
        make: dict[str, Any] = {"repo_type": "dataset", "private": self.private, "exist_ok": True}
        self._ask(lambda api: api.create_repo(self.repo, **make), tell)
        info = self._info(MAIN)
        if info is None:
            raise CurateError(f"{self.name} cannot be published: the Hub made no repository; try again")
        if self._files(str(info.sha)).keys() - {".gitattributes"}:
            raise CurateError(f"{self.name} was not there a moment ago and holds files now; publish again")
        return str(info.sha)

    def _commit(self, payload: Payload, send: Sequence[File], gone: Sequence[str], parent: str, tell: Tell) -> str:
        """One commit; where no answer comes, the branch tells whether it was made."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

        size = sum(file.bytes for file in send)
        tell(f"sending {len(send)} files ({size:,} bytes), {len(payload.files) - len(send)} are there already")
        manifest = payload.manifest
        for wait in (*WAITS, None):
            adding = [CommitOperationAdd(file.name, file.path) for file in send]
            removing = [CommitOperationDelete(name) for name in gone]
            try:
                with quietly():
                    made = HfApi(library_name="curate").create_commit(
                        self.repo,
                        [*adding, *removing],
                        commit_message=f"Publish {manifest.name}@{manifest.version}",
                        commit_description=f"{manifest.rows_out:,} records",
                        repo_type="dataset",
                        revision=self.branch,
                        parent_commit=parent,
                    )
                return str(made.oid)
            except Exception as error:  # noqa: BLE001 - as in `asked`
                if (landed := self._landed(payload, gone, parent)) is not None:
                    return landed
                pause(error, self.name, "published", wait, tell)
        raise AssertionError("the last try returns or raises")

    def _landed(self, payload: Payload, gone: Sequence[str], parent: str) -> str | None:
        """The commit that holds the payload, if the branch stands on it; None if it stands where it stood.

        Raises:
            CurateError: it stands on another: somebody else was faster.
        """
        info = self._info(self.branch)
        if info is None or info.sha == parent:
            return None
        held = self._files(str(info.sha))
        if all(file.name in held and held[file.name].same(file) for file in payload.files) and not held.keys() & set(
            gone
        ):
            return str(info.sha)
        raise CurateError(
            f"{self.name} was changed by somebody else meanwhile (branch {self.branch} is at {str(info.sha)[:12]}, "
            f"no longer at {parent[:12]}); nothing of theirs was touched and nothing published: publish again"
        )

    def _tagged(self, version: str) -> str | None:
        """The commit that the version's tag stands at; None where there is none."""
        if version not in self._tags():
            return None
        info = self._info(version)
        known = self._manifest(str(info.sha)) if info is not None else None
        if known is None or known.version != version:
            raise CurateError(f"{self.name} has a tag {version!r} that is not this version; remove it there first")
        return str(info.sha)

    def _tags(self) -> list[str]:
        refs = self._ask(lambda api: api.list_repo_refs(self.repo, repo_type="dataset"))
        return sorted(tag.name for tag in refs.tags)

    def _info(self, revision: str) -> Any:  # noqa: ANN401 - the client's
        """What the Hub says of a revision; None where there is no such repository or revision."""
        from huggingface_hub import errors

        def ask(api: HfApi) -> Any:  # noqa: ANN401 - the client's
            try:
                return api.dataset_info(self.repo, revision=revision)
            except errors.GatedRepoError:
                raise
            except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
                return None

        return self._ask(ask)

    def _files(self, sha: str) -> dict[str, Held]:
        """All files of a commit."""
        from huggingface_hub import RepoFile

        def ask(api: HfApi) -> list[Any]:
            return list(api.list_repo_tree(self.repo, repo_type="dataset", revision=sha, recursive=True))

        return {
            one.path: Held(one.size, one.lfs.sha256 if one.lfs else None, None if one.lfs else one.blob_id)
            for one in self._ask(ask)
            if isinstance(one, RepoFile)
        }

    def _manifest(self, sha: str) -> Manifest | None:
        """The manifest of a commit; None where it is not one of curate's."""
        with TemporaryDirectory(prefix="curate-hub-") as named:
            self.fetch(sha, [manifests.NAME], Path(named), silent)
            try:
                return manifests.read(Path(named))
            except VersionError:
                return None

    def _card(self, sha: str) -> str:
        with TemporaryDirectory(prefix="curate-hub-") as named:
            self.fetch(sha, [CARD], Path(named), silent)
            try:
                return (Path(named) / CARD).read_bytes().decode()
            except UnicodeDecodeError as error:
                raise CurateError(f"{CARD} in {self.name} is no UTF-8; mend it there first") from error

    def _read_back(self, sha: str, folder: Path, file: File) -> int | None:
        """The rows of a file as it comes down again, 0 if it is no table; None if it is another."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - a publish that is only planned needs none

        self.fetch(sha, [file.name], folder, silent)
        path = folder / file.name
        with path.open("rb") as opened:
            same = file_digest(opened, "sha256").hexdigest() == file.sha256
        rows = int(pq.read_metadata(path).num_rows) if same and path.suffix == ".parquet" else 0
        path.unlink()
        return rows if same else None

    def _ask(self, call: Callable[[HfApi], T], tell: Tell = silent) -> T:
        from huggingface_hub import HfApi

        self._online()
        with quietly():
            return asked(lambda: call(HfApi(library_name="curate")), self.name, "used", tell)

    def _online(self) -> None:
        from huggingface_hub import constants

        if constants.is_offline_mode():
            raise CurateError(f"{self.name} cannot be reached: HF_HUB_OFFLINE is set; unset it")

    def _url(self, commit: str) -> str:
        from huggingface_hub import constants

        return without_secrets(f"{constants.ENDPOINT}/datasets/{self.repo}/tree/{commit}")


# A call that is made again finds what the first one made.
_EXISTING: dict[str, Any] = {"repo_type": "dataset", "exist_ok": True}
