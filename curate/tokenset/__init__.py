"""Token sets: the rows of a dataset version as token ids and labels, packed, in a folder that every trainer can read.

`make` writes such a folder, `read` opens it. Reading order: `layout` (what lies in it), `make` (the main path), `plan`
(what is decided before a row is read), `piece` and `dialogue` (what is trained), `encode` (ids), `collect` and `spool`
(tokens on their way).
"""

from curate.tokenset.folder import Tokenset, read
from curate.tokenset.layout import (
    IGNORED,
    CountInfo,
    DatasetInfo,
    SplitInfo,
    TemplateInfo,
    TokenizerInfo,
    TokenManifest,
)
from curate.tokenset.make import make
from curate.tokenset.settings import SEQ_LEN, Settings

__all__ = [
    "IGNORED",
    "SEQ_LEN",
    "CountInfo",
    "DatasetInfo",
    "Settings",
    "SplitInfo",
    "TemplateInfo",
    "TokenManifest",
    "TokenizerInfo",
    "Tokenset",
    "make",
    "read",
]
