"""Embeddings of texts by a static model, and which of many near texts stay.

model = load("minishlab/potion-base-8M@main")     # or a folder
vectors = model.embed(frame["text"])              # float32 (n, dimensions), unit length; zero where nothing is known
thinned = thin(quantised(vectors), 0.9)           # best first; who stays, and who stays instead of whom
"""

from curate.embedding.files import Located, installed, locate
from curate.embedding.model import Model, load, open_model
from curate.embedding.quantise import norms, quantised
from curate.embedding.thinning import Thinned, thin

__all__ = ["Located", "Model", "Thinned", "installed", "load", "locate", "norms", "open_model", "quantised", "thin"]
