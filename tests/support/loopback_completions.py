"""A service that speaks OpenAI's `/v1/completions` on the loopback interface, with faults to order.

It answers each prompt with `reply(prompt)` and writes down what it was asked.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[[BaseHTTPRequestHandler], None]


def echo(prompt: str) -> str:
    """The last line of the prompt, and what a model would go on with."""
    return f"{prompt.rstrip().splitlines()[-1] if prompt.strip() else ''}\n\n### Input:"


@dataclass
class Completions:
    """What is served, and what was asked.

    Args:
        reply: the answer to a prompt.
        faults: what happens to the next requests, one each; then all is well.
        delay: seconds before each answer.
    """

    reply: Callable[[str], str] = echo
    faults: list[Fault] = field(default_factory=list)
    delay: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    open: int = 0
    most: int = 0  # requests at one time
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


def status(code: int, body: str = "", **headers: str) -> Fault:
    """Answer with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = body.encode()
        handler.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')
    handler.close_connection = True


def slow(seconds: float) -> Fault:
    """Say nothing for a while, then hang up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


@contextmanager
def serving(service: Completions) -> Iterator[Completions]:
    """Serve while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with service.lock:
                service.asked.append(body)
                service.headers.append(dict(self.headers))
                service.at.append(time.monotonic())
                fault = service.faults.pop(0) if service.faults else None
                service.open += 1
                service.most = max(service.most, service.open)
            try:
                if self.path != "/v1/completions":
                    status(404, "no such path")(self)
                elif fault is not None:
                    fault(self)
                else:
                    time.sleep(service.delay)
                    self._reply(body["prompt"])
            except ConnectionError:
                pass  # the client is gone: killed, or out of patience
            finally:
                with service.lock:
                    service.open -= 1

        def _reply(self, prompt: str) -> None:
            text = service.reply(prompt)
            with service.lock:
                service.answered.append(prompt)
            usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(text.split())}
            said = {"choices": [{"text": text, "index": 0}], "usage": usage}
            status(200, json.dumps(said), Content_Type="application/json")(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
