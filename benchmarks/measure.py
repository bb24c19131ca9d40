"""Measure a command as a whole process tree: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and CPU time, children included; peak memory of the tree in MB (PSS)."""

    wall: float
    cpu: float
    peak_mb: float
    output: str


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; the message holds the end of what it printed.
    """
    before = os.times()
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    output, errors = process.communicate()
    wall = time.monotonic() - started
    after = os.times()
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, peak[0], output)


def _watch(pid: int, peak: list[float]) -> None:
    """Sample the memory of a process tree 20 times a second until it is gone."""
    while (held := resident(pid)) is not None:
        peak[0] = max(peak[0], held)
        time.sleep(0.05)


def resident(pid: int) -> float | None:
    """Megabytes of memory of a process tree now (PSS: shared pages are shared out); None when it is gone."""
    try:
        root = psutil.Process(pid)
        if root.status() == psutil.STATUS_ZOMBIE:
            return None
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return None
    total = 0
    for process in tree:
        try:
            total += process.memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total / 1e6


def medians(runs: Sequence[Run]) -> dict[str, float]:
    """Median of each figure."""
    return {name: round(median(getattr(one, name) for one in runs), 2) for name in ("wall", "cpu", "peak_mb")}


def machine() -> dict[str, str | int | float]:
    """What the figures were taken on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }
