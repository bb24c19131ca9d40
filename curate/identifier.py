"""Processes that do nothing but tell languages: fastText holds the interpreter's lock, so threads cannot share it.

A full worker process would import polars and weigh over 100 MB. These import the model alone (15 MB, 0.05 s), take
lines on stdin and give labels on stdout. Each thread that asks has one of them, so as many cores are busy as threads
ask. They end when their stdin does: with the program, however it ends.
"""

from __future__ import annotations

import atexit
import importlib.util
import subprocess
import sys
from pathlib import Path
from queue import Empty, LifoQueue

from curate.errors import CurateError

_LENGTH = 8  # bytes that tell how long a message is

# Runs without `site`, so that it starts in hundredths of a second; where fastText lies and the model come as arguments.
_PROGRAM = f"""
import sys
sys.path.append(sys.argv[1])
from fasttext_pybind import fasttext
model = fasttext()
model.loadModel(sys.argv[2])
cut = len("__label__")
taken, given = sys.stdin.buffer, sys.stdout.buffer
while head := taken.read({_LENGTH}):
    labels = []
    for line in taken.read(int.from_bytes(head, "little")).decode().split("\\n"):
        best = model.predict(line + "\\n", 1, 0.0, "strict")
        labels.append(best[0][1][cut:] if best else "")
    answer = "\\n".join(labels).encode()
    given.write(len(answer).to_bytes({_LENGTH}, "little") + answer)
    given.flush()
"""


class _Identifier:
    """One such process."""

    def __init__(self, model: Path) -> None:
        spec = importlib.util.find_spec("fasttext_pybind")
        if spec is None or spec.origin is None:
            raise CurateError("fastText's runtime is missing: install fasttext-predict, or take `method: langdetect`")
        command = [sys.executable, "-S", "-E", "-c", _PROGRAM, str(Path(spec.origin).parent), str(model)]
        # A session of its own: Ctrl-C is for the program, which ends it in its turn.
        self._process = subprocess.Popen(  # noqa: S603 - our own
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )

    def ask(self, lines: str) -> str:
        """The label of each line, '' where the model gives none."""
        given, taken = self._process.stdin, self._process.stdout
        assert given is not None  # noqa: S101 - for the type checker: both are pipes
        assert taken is not None  # noqa: S101
        message = lines.encode()
        try:
            given.write(len(message).to_bytes(_LENGTH, "little") + message)
            given.flush()
        except OSError as error:
            raise self._died() from error
        head = taken.read(_LENGTH)
        answer = taken.read(int.from_bytes(head, "little"))
        if len(head) < _LENGTH or len(answer) < int.from_bytes(head, "little"):
            raise self._died()
        return answer.decode()

    def _died(self) -> CurateError:
        self.close()
        return CurateError(f"the process that identifies languages died (exit code {self._process.returncode})")

    def close(self) -> None:
        """Let it end."""
        with self._process:  # closes the pipes and waits
            pass


_idle: LifoQueue[_Identifier] = LifoQueue()


def labels(lines: str, model: Path) -> str:
    """FastText's best label of each line, from a process that is nobody else's while it works.

    Args:
        lines: joined by line feeds.
        model: the model's file; one program uses one.

    Returns:
        Labels without `__label__`, joined by line feeds; '' where the model gives none.

    Raises:
        CurateError: fastText is not installed, or the process died.
    """
    try:
        mine = _idle.get_nowait()
    except Empty:
        mine = _Identifier(model)
    answer = mine.ask(lines)
    _idle.put(mine)
    return answer


@atexit.register
def close() -> None:
    """End the processes that wait for work."""
    while True:
        try:
            _idle.get_nowait().close()
        except Empty:
            return
