"""Object stores: against moto's S3 server, over HTTP, with the stock client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from curate.errors import CurateError, VersionError
from curate.manifest import Manifest
from curate.publish.payload import packed
from curate.publish.store import Store
from curate.version import check_files
from support.build import make, write_data

# The server and its client take some seconds to import.
pytestmark = pytest.mark.slow

KEY = "AKIANEVERTOLDANYBODY"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 server on this machine."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh bucket, and the client's settings as a user gives them."""
    import boto3  # noqa: PLC0415 - comes with moto

    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=endpoint)
    name = f"bucket-{len(client.list_buckets()['Buckets'])}"
    client.create_bucket(Bucket=name)
    client.close()
    return name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version."""
    return make(write_data(tmp_path_factory.mktemp("store"))).path


def send(folder: Path, store: Store) -> tuple[Manifest, tuple[str, ...]]:
    """Publish and read back; what was sent."""
    with packed(folder) as payload:
        receipt = store.put(payload, store.present(payload.manifest.version), lambda _: None)
        store.check(payload, receipt)
        return payload.manifest, tuple(receipt.sent)


def test_there_and_back(folder: Path, bucket: str, endpoint: str, tmp_path: Path) -> None:
    """All files, the manifest last; a second publish sends nothing; polars reads it there; it comes back whole."""
    store = Store(f"s3://{bucket}/sets/small/")
    manifest, sent = send(folder, store)
    assert sent[-1] == "manifest.json"
    assert set(sent) == {*manifest.files, "manifest.json"}
    assert send(folder, Store(f"s3://{bucket}/sets/small"))[1] == ()
    assert store.find(None) == store.find(manifest.version[:5]) == manifest.version
    there = f"s3://{bucket}/sets/small/{manifest.version}/data/*.parquet"
    options = {"aws_endpoint_url": endpoint, "aws_allow_http": "true", "aws_region": "us-east-1"}
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": "secret"}
    rows = pl.scan_parquet(there, storage_options={**options, **keys}).select(pl.len()).collect().item()
    assert rows == manifest.rows_out
    names = [*manifest.files, "manifest.json"]
    store.fetch(store.find(None), names, tmp_path / "back", lambda _: None)
    assert check_files(tmp_path / "back", manifest) == []


def test_a_publish_that_was_killed_goes_on(folder: Path, bucket: str) -> None:
    """Without a manifest there is no version; what lies there is used, and nothing is sent twice."""
    store = Store(f"s3://{bucket}/small")
    with packed(folder) as payload:
        count = 0

        def tell(text: str) -> None:
            nonlocal count
            count += 1
            if count == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.put(payload, store.present(payload.manifest.version), tell)
        assert store.present(payload.manifest.version).version is None
        with pytest.raises(VersionError, match="holds no version"):
            store.find(None)
        receipt = store.put(payload, store.present(payload.manifest.version), lambda _: None)
        assert len(receipt.sent) == len(payload.files) - 3
        store.check(payload, receipt)


def test_another_content_is_not_written_over(folder: Path, bucket: str) -> None:
    """Neither by a publish, nor unseen: a changed object is found when the version is read back."""
    store = Store(f"s3://{bucket}/small")
    with packed(folder) as payload:
        version = payload.manifest.version
        store._files.pipe_file(f"{bucket}/small/{version}/README.md", b"mine")
        with pytest.raises(CurateError, match=r"README.md holds another content, and versions are never written over"):
            store.put(payload, store.present(version), lambda _: None)
        assert store._files.cat_file(f"{bucket}/small/{version}/README.md") == b"mine"
        assert store.present(version).version is None
        store._files.rm_file(f"{bucket}/small/{version}/README.md")
        receipt = store.put(payload, store.present(version), lambda _: None)
        store._files.pipe_file(f"{bucket}/small/{version}/README.md", b"mine")
        with pytest.raises(CurateError, match=r"damaged \(README.md has sha256"):
            store.check(payload, receipt)


def test_what_goes_wrong_is_told_without_secrets(folder: Path, bucket: str) -> None:
    """No bucket, no version of that id, no client."""
    with packed(folder) as payload:
        store = Store("s3://no-such-bucket-here/x")
        with pytest.raises(CurateError, match="cannot be reached or refuses") as caught:
            store.put(payload, store.present(payload.manifest.version), lambda _: None)
        assert KEY not in str(caught.value)
    with pytest.raises(VersionError, match="no version in"):
        Store(f"s3://{bucket}/x").find("abc")
    with pytest.raises(CurateError, match="unknown target"):
        Store("nothing-like-this://bucket/x")
    assert Store(f"s3://{KEY}:secret@{bucket}/x").name == f"s3://{bucket}/x"
