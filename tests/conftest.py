"""Fixtures that every test may use."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code: kernels compile, other tests run.
settings.register_profile("curate", deadline=None)
settings.load_profile("curate")

ROOT = Path(__file__).resolve().parents[1]

# Most builds of tests are about records: the tests of the report ask for it.
os.environ.setdefault("CURATE_REPORT", "0")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data sets, unpacked once; tests that ask for it are skipped where it is absent.

    The sets lie beside the repository (`../shared/data`), each file gzipped in its original format. They are unpacked
    into the system's temporary folder, under a name that depends on every file's size and time, and kept.
    """
    home = ROOT.parent / "shared" / "data"
    if not home.is_dir():
        pytest.skip(f"the real data sets are not beside the repository (no folder {home})")
    packed = sorted(path for path in home.rglob("*") if path.is_file() and path.parent != home)
    stamp = "\n".join(f"{path.relative_to(home)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in packed)
    unpacked = Path(tempfile.gettempdir()) / f"curate-real-data-{sha256(stamp.encode()).hexdigest()[:16]}"
    if not unpacked.is_dir():
        _unpack(home, packed, unpacked)
    return unpacked


def _unpack(home: Path, packed: list[Path], target: Path) -> None:
    """Unpack beside the target and rename, so that parallel test processes never see half of it."""
    draft = Path(tempfile.mkdtemp(prefix="curate-real-data-draft-"))
    for path in packed:
        place = draft / path.relative_to(home)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".gz":
            with gzip.open(path) as source, place.with_suffix("").open("wb") as out:
                shutil.copyfileobj(source, out)
        else:
            shutil.copyfile(path, place)
    try:
        os.rename(draft, target)  # noqa: PTH104 - os.rename fails where the target is a full folder, on every system
    except OSError:
        shutil.rmtree(draft)  # another process was first
        if not target.is_dir():
            raise
