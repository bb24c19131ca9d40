"""A folder, an environment and a command line of its own for each test of hostile input."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.wording import hidden
from support.limited import Ended, run

Curate = Callable[..., Ended]

# What rich and click write themselves where they are told to use colours.
OWN = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="session")
def curate_in(tmp_path_factory: pytest.TempPathFactory) -> Curate:
    """`curate_in(folder, *arguments)`: the command line in a process of its own, within limits, with its own cache."""
    cache = tmp_path_factory.mktemp("cache")

    def called(folder: Path, *arguments: str | bytes, **environment: str) -> Ended:
        variables = {**os.environ, "CURATE_CACHE_DIR": str(cache), "CURATE_REPORT": "0", "COLUMNS": "200"}
        ended = run(*arguments, cwd=folder, environment=variables | environment)
        assert b"Traceback" not in ended.err
        assert b"internal error" not in ended.err
        for stream in (ended.out, ended.err):
            assert harmful(stream.decode()) == set()
        return ended

    return called


def harmful(text: str) -> set[str]:
    """Characters that a terminal obeys, or that hide, beside line breaks, tabs and colours of curate's own."""
    return {one for one in set(OWN.sub("", text)) - {"\n", "\t"} if hidden(one)}
