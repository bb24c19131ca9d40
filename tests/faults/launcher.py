"""Run `curate` in a process in which something happens at a named checkpoint of a build.

    python tests/faults/launcher.py record=FILE ARGUMENT…
    python tests/faults/launcher.py SIGKILL@CHECKPOINT ARGUMENT…
    python tests/faults/launcher.py append=PATH@CHECKPOINT ARGUMENT…

The checkpoints are functions of the engine, the cache and the writing of versions, wrapped by name before the command
line starts: the product holds no hook for tests. Each is met before and after the function's work.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

from curate import build, deliver, memory, version
from curate.__main__ import run
from curate.cache import Cache
from curate.engine.local import LocalEngine

Reach = Callable[[str], None]

# Longer than any test waits: what was running when a signal came must not be waited for.
_PIECE = 300


def main() -> None:
    """Wrap, then run the command line as the program does."""
    asked, _, place = sys.argv.pop(1).partition("@")
    sys.argv[0] = "curate"
    _wrap(_reach(asked, place))
    run()


def _reach(asked: str, place: str) -> Reach:
    """What to do when a checkpoint is reached: something at the first that has the name, else nothing."""
    action, _, path = asked.partition("=")
    met: set[str] = set()

    def reach(name: str) -> None:
        if name in met:
            return
        met.add(name)
        if action == "record":
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
        elif name != place:
            return
        elif action == "append":
            with Path(path).open("ab") as file:
                file.write(b" \n")
        elif action == "wait":
            Path(f"{path}.reached").touch()
            while not Path(path).exists():
                time.sleep(0.01)
        else:
            os.kill(os.getpid(), signal.Signals[action])
            time.sleep(_PIECE)

    return reach


def _wrap(reach: Reach) -> None:
    """Put the checkpoints around the functions that change what is on the disk."""
    for name in ("map", "exchange", "reduce"):
        setattr(LocalEngine, name, _pieces(reach, name, getattr(LocalEngine, name)))
    for name in ("replace", "rename"):
        setattr(Path, name, _around(reach, _renamed, getattr(Path, name)))
    for home, name in (
        (Cache, "write"),
        (memory, "remember"),
        (version, "commit"),
        (deliver, "write_lock_beside"),
        (build, "seal"),
    ):
        setattr(home, name, _around(reach, lambda *_, name=name: name, getattr(home, name)))


def _around(reach: Reach, naming: Callable[..., str], inner: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(inner)
    def outer(*given: Any, **named: Any) -> Any:
        name = naming(*given)
        reach(f"before {name}")
        result = inner(*given, **named)
        reach(f"after {name}")
        return result

    return outer


def _renamed(_: Path, target: str | Path) -> str:
    """A rename, by the kind of file that gets its name."""
    path = Path(target)
    version = len(path.name) == 16 and not path.suffix
    return f"rename to {'ID' if version else path.suffix or path.name}"


def _pieces(reach: Reach, kind: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    """The engine's method with each piece of work wrapped; threads of this process, so a wrapper need not travel."""

    def outer(engine: Any, stage: str, *given: Any) -> Any:
        # `fn` is the only function among the arguments: items, files, column and number come before it.
        place = next(place for place, one in enumerate(given) if callable(one))
        fn = _around(reach, partial(lambda name, *_: name, f"{kind} {stage}"), given[place])
        return inner(engine, stage, *given[:place], fn, *given[place + 1 :])

    return outer


if __name__ == "__main__":
    main()
