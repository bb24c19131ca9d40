"""An object store as a target: `s3://bucket/prefix`, or any address that fsspec knows.

The versions lie as in a folder, `<prefix>/<id>/…` beside `latest`. An object store has no rename, so a version exists
from the moment at which its manifest does: that is written last. No object is ever written over, but for `latest`:
each is made on the condition that there is none (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html),
so two who publish at once cannot mix, and a publish that was killed goes on from the objects that are there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from curate import manifest as manifests
from curate.errors import CurateError, VersionError
from curate.manifest import Manifest
from curate.publish.payload import File, Payload
from curate.publish.target import Held, Present, Receipt, Tell
from curate.version import LATEST

_ID = re.compile(r"[0-9a-f]{16}")
_SECRET = re.compile(r"(?<=://)[^/@]*@")
_CHUNK = 1 << 20
_FOLDERED = frozenset({"file", "local", "memory", "sftp", "ssh", "smb", "hdfs"})
_EXTRAS = {"s3": "pip install 'curate-sft[s3]'", "s3a": "pip install 'curate-sft[s3]'"}


class Store:
    """The home of a dataset's versions in an object store. Credentials and endpoint come from where its client looks.

    Args:
        address: `s3://bucket/prefix`.

    Raises:
        CurateError: no client for such an address is installed, or it is none.
    """

    def __init__(self, address: str) -> None:
        import fsspec.core  # noqa: PLC0415 - 0.1 s, and its clients a second

        self._address = address.rstrip("/")
        scheme = address.partition("://")[0]
        with self._reaching():
            try:
                # What was listed before says nothing of what others do meanwhile.
                made = fsspec.core.url_to_fs(self._address, use_listings_cache=False, skip_instance_cache=True)
            except ImportError as error:
                advice = _EXTRAS.get(scheme, f"install the package of fsspec that reads {scheme}://")
                raise CurateError(f"no client for {scheme}:// is installed ({error}): {advice}") from error
            except ValueError as error:
                raise CurateError(f"unknown target {self.name!r}: {error}") from error
        self._files: Any = made[0]
        # An object store has no folders, and its client would make a bucket instead.
        self._foldered = scheme in _FOLDERED
        self._home = str(made[1]).rstrip("/")

    @property
    def name(self) -> str:
        """The address, without a user's name or key in it."""
        return _SECRET.sub("", self._address)

    def present(self, version: str) -> Present:
        """The version, where its manifest is; objects of a publish that was killed are looked at by `put`."""
        known = self._manifest(version)
        if known is None:
            return Present()
        files = {name: Held(info.bytes, info.sha256) for name, info in {**known.files, **known.attachments}.items()}
        return Present(version, files, version=version)

    def put(self, payload: Payload, present: Present, tell: Tell) -> Receipt:
        """Make each object that is not there, the manifest last, then let `latest` name the version."""
        version = payload.manifest.version
        place = f"{self.name}/{version}"
        sent: list[str] = []
        if present.version is None:
            last = next(file for file in payload.files if file.name == manifests.NAME)
            for file in [*(one for one in payload.files if one is not last), last]:
                tell(f"sending {file.name} ({file.bytes:,} bytes)")
                if self._make(file, version):
                    sent.append(file.name)
        with self._reaching():
            self._files.pipe_file(f"{self._home}/{LATEST}", f"{version}\n".encode())
        return Receipt(place, version, tuple(sent))

    def check(self, payload: Payload, receipt: Receipt) -> None:
        """Read every object back and hold it against the manifest that is there, and that against what was sent."""
        there = self._manifest(receipt.revision)
        if there is None:
            raise CurateError(f"{receipt.place} has no {manifests.NAME}: publish again")
        faults = [f"{manifests.NAME} is another"] if receipt.sent and there != payload.manifest else []
        for name, info in {**there.files, **there.attachments}.items():
            with self._reaching():
                found = self._digest(f"{receipt.revision}/{name}")
            if found != info.sha256:
                faults.append(f"{name} has sha256 {found}, the manifest says {info.sha256}")
        if faults:
            raise CurateError(f"{receipt.place} is damaged ({'; '.join(faults[:3])}); delete it and publish again")

    def find(self, version: str | None) -> str:
        """The id of the version whose id begins so, or of the one that `latest` names."""
        with self._reaching():
            if version is None:
                try:
                    version = self._files.cat_file(f"{self._home}/{LATEST}").decode().strip()
                except FileNotFoundError:
                    raise VersionError(f"{self.name} holds no version: there is no {LATEST}") from None
            if not re.fullmatch(r"[0-9a-f]{1,16}", version):
                raise VersionError(f"{version!r} is no id of a version in {self.name}: 16 hex digits, or the first")
            found = self._files.glob(f"{self._home}/{version}*/{manifests.NAME}")
        known = sorted(one.split("/")[-2] for one in found if _ID.fullmatch(one.split("/")[-2]))
        if len(known) != 1:
            fault = f"{len(known)} versions" if known else "no version"
            raise VersionError(f"{fault} in {self.name} begin with {version!r}: {', '.join(known) or 'none'}")
        return str(known[0])

    def fetch(self, revision: str, names: Sequence[str], folder: Path, tell: Tell) -> None:
        """Copy objects of a version."""
        for name in names:
            tell(f"fetching {name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            key = f"{self._home}/{revision}/{name}"
            with self._reaching(), self._files.open(key, "rb") as found, (folder / name).open("wb") as file:
                shutil.copyfileobj(found, file, _CHUNK)

    def _make(self, file: File, version: str) -> bool:
        """Make an object where there is none; whether it was made.

        Raises:
            CurateError: another content lies there.
        """
        key = f"{version}/{file.name}"
        with self._reaching():
            try:
                if self._foldered:
                    self._files.makedirs(f"{self._home}/{key}".rpartition("/")[0], exist_ok=True)
                with file.path.open("rb") as read, self._files.open(f"{self._home}/{key}", "xb") as written:
                    shutil.copyfileobj(read, written, _CHUNK)
            except FileExistsError:
                if self._digest(key) != file.sha256:
                    raise CurateError(
                        f"{self.name}/{key} holds another content, and versions are never written over; "
                        "delete what lies there, which is no whole version, and publish again"
                    ) from None
                return False
        return True

    def _digest(self, key: str) -> str | None:
        """sha256 of an object, read; None where there is none."""
        found = hashlib.sha256()
        try:
            with self._files.open(f"{self._home}/{key}", "rb") as file:
                while chunk := file.read(_CHUNK):
                    found.update(chunk)
        except FileNotFoundError:
            return None
        return found.hexdigest()

    def _manifest(self, version: str) -> Manifest | None:
        """The manifest of a version there; None where there is none."""
        with TemporaryDirectory(prefix="curate-store-") as named, self._reaching():
            try:
                text = self._files.cat_file(f"{self._home}/{version}/{manifests.NAME}")
            except FileNotFoundError:
                return None
            (Path(named) / manifests.NAME).write_bytes(text)
            return manifests.read(Path(named))

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Tell what the store's client raises in one line, with the place.

        Raises:
            CurateError: whatever it was: each client has errors of its own.
        """
        try:
            yield
        except CurateError:
            raise
        except Exception as error:
            said = _SECRET.sub("", " ".join(str(error).split()))[:300]
            raise CurateError(
                f"{self.name} cannot be reached or refuses: {type(error).__name__}: {said}; "
                "look at the credentials, the bucket's name and its rights"
            ) from error
