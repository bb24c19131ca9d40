"""Token sets: the rows of a dataset version as token ids and labels, packed, in a folder that every trainer can read.

`read` opens such a folder. Reading order: `layout` (what lies in it), `folder` (how it is read and checked).
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

__all__ = [
    "IGNORED",
    "CountInfo",
    "DatasetInfo",
    "SplitInfo",
    "TemplateInfo",
    "TokenManifest",
    "TokenizerInfo",
    "Tokenset",
    "read",
]
