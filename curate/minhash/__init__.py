"""Near-duplicates of texts by MinHash: pure kernels over Arrow buffers and one clustering function.

texts = Texts.from_arrow([table["text"]])
shingling = Shingling()
bands, rows = choose_bands(0.8)
clusters = cluster(digest(signatures(texts, shingling), bands, rows), order, texts, shingling, 0.8)
table.filter(clusters.kept)
"""

from curate.minhash.band import (
    Digests,
    band_hashes,
    choose_bands,
    digest,
    digest_texts,
    hit_probability,
)
from curate.minhash.crew import Crew
from curate.minhash.linkage import LEADERS, Clusters, Counts, cluster
from curate.minhash.match import Matches, match
from curate.minhash.shingling import Shingling, datasketch_hash, nfc
from curate.minhash.signature import Signatures, export, signatures
from curate.minhash.texts import Texts, concat
from curate.minhash.verify import jaccard

__all__ = [
    "LEADERS",
    "Clusters",
    "Counts",
    "Crew",
    "Digests",
    "Matches",
    "Shingling",
    "Signatures",
    "Texts",
    "band_hashes",
    "choose_bands",
    "cluster",
    "concat",
    "datasketch_hash",
    "digest",
    "digest_texts",
    "export",
    "hit_probability",
    "jaccard",
    "match",
    "nfc",
    "signatures",
]
