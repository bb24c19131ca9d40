"""What a recipe may say of a `score` step."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from curate import metric, sandbox
from curate.metric import Metric
from curate.score.prompt import TEMPLATE
from curate.stage import Settings
from curate.template import TEMPLATES

# Measured by a model's log-probabilities of the output, not on a prediction.
LIKELIHOODS = ("loss", "ifd")
BLANK_LINE = "\n\n"


class Endpoint(Settings):
    """A service that completes prompts: vLLM, llama.cpp's server, `transformers serve`, or a provider."""

    url: str = Field(description="base URL: `/completions` is added to it, as in http://localhost:8000/v1")
    api_key_env: str | None = Field(None, description="the environment variable that holds the key; never the key")
    concurrency: int = Field(8, ge=1, le=1024, description="requests at a time")
    requests_per_minute: float | None = Field(None, gt=0, description="no more than these are begun in a minute")
    timeout: float = Field(120.0, gt=0, description="seconds that one request may take")
    retries: int = Field(6, ge=0, le=100, description="more tries of a request that may yet succeed")

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"expected a URL such as http://localhost:8000/v1, found {url!r}")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the URL holds a user, a password or a query: name the key's variable in api_key_env")
        return url.rstrip("/")

    @field_validator("api_key_env")
    @classmethod
    def _variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("expected the name of an environment variable")  # what was given may be the key itself
        return name


def _url(given: object) -> object:
    return {"url": given} if isinstance(given, str) else given


def _paths(given: object) -> object:
    return [given] if isinstance(given, str) else given


class Model(Settings):
    """Which model answers, and how it is asked. The same for recipes and for finished versions."""

    model: str | None = Field(
        None, min_length=1, description="a folder or owner/name of a transformers model; the served name at an endpoint"
    )
    revision: str | None = Field(None, description="of a model on the Hub: a branch, a tag or a commit")
    adapter: str | None = Field(None, min_length=1, description="a folder with a PEFT adapter on top of the model")
    endpoint: Annotated[Endpoint, BeforeValidator(_url, json_schema_input_type=str | Endpoint)] | None = Field(
        None, description="an OpenAI-compatible service that serves the model: its URL, or url and limits"
    )
    until: str | None = Field(
        None,
        description="a prediction ends before this text; of a model the first blank line unless told; '' ends none",
    )
    max_new_tokens: int = Field(64, ge=1, description="tokens that an answer may have")
    temperature: float = Field(0.0, ge=0, description="0 takes the likeliest token each time")
    top_p: float = Field(1.0, gt=0, le=1, description="with a temperature: only the likeliest tokens up to this mass")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="of the weights; auto: bfloat16 on a GPU, float32 on a CPU"
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="auto: a GPU where there is one")
    batch_tokens: int | None = Field(
        None, ge=1, description="tokens of one batch; unless told as many as memory has been seen to hold"
    )

    @property
    def stop(self) -> str:
        """Where an answer of a model ends; empty: only where the model ends it."""
        return BLANK_LINE if self.until is None else self.until

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.endpoint is not None:
            if self.model is None:
                raise ValueError("endpoint needs 'model': the name under which the service knows it")
            said = [name for name in ("revision", "adapter", "batch_tokens") if getattr(self, name) is not None]
            if said:
                raise ValueError(f"{said[0]!r} is the service's own business: it goes with a model here")
        if self.model is None and (self.revision or self.adapter):
            raise ValueError("revision and adapter need 'model'")
        return self


class ScoreSettings(Model):
    """What is measured, on whose answers."""

    metric: str | dict[str, dict[str, Any]] = Field(
        description="exact_match, or another metric; with its own settings: {rouge_l: {stemmer: true}}; loss and ifd"
    )
    predictions: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_paths, json_schema_input_type=str | list[str])
    ] = Field((), description="instead of a model: files of predictions made elsewhere, or patterns")
    template: str | None = Field(None, description=f"how the prompt is written; {TEMPLATE} unless told")
    jinja: str | None = Field(None, min_length=1, description="or a template of your own, as in the format")
    shots: int = Field(0, ge=0, le=64, description="so many solved examples stand before the question")
    shots_from: Literal["task", "pool"] = Field(
        "task", description="the positive examples of the task (meta.examples), or other records of the same task"
    )
    per_task: int | None = Field(None, ge=1, description="measure so many records of a task, chosen by hashed rank")
    limit: int | None = Field(None, ge=1, description="measure so many records in all, chosen by hashed rank")

    @property
    def metric_name(self) -> str:
        """Which metric."""
        return self.metric if isinstance(self.metric, str) else next(iter(self.metric))

    def measure(self) -> Metric:
        """The metric with its settings; not for LIKELIHOODS."""
        kind = metric.find(self.metric_name)
        said = {} if isinstance(self.metric, str) else self.metric[self.metric_name]
        return kind(kind.Settings.model_validate(said))

    @field_validator("metric")
    @classmethod
    def _known(cls, given: str | dict[str, dict[str, Any]]) -> str | dict[str, dict[str, Any]]:
        if isinstance(given, dict) and len(given) != 1:
            raise ValueError("expected one metric: {rouge_l: {stemmer: true}}; write a step for each")
        name = given if isinstance(given, str) else next(iter(given))
        if name in LIKELIHOODS:
            if isinstance(given, dict) and given[name]:
                raise ValueError(f"{name} has no settings")
            return given
        try:
            metric.find(name).Settings.model_validate({} if isinstance(given, str) else given[name])
        except KeyError as error:
            raise ValueError(f"{error.args[0]}; and {', '.join(LIKELIHOODS)}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise ValueError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return given

    @field_validator("template")
    @classmethod
    def _named(cls, name: str | None) -> str | None:
        if name is not None and name not in TEMPLATES:
            raise ValueError(f"unknown template {name!r} (known: {', '.join(TEMPLATES)})")
        return name

    @field_validator("jinja")
    @classmethod
    def _sound(cls, source: str | None) -> str | None:
        if source is not None:
            try:
                _, used = sandbox.compiled(source)
            except sandbox.SandboxError as error:
                raise ValueError(f"template: {error}") from None
            if found := used & {"output", "references"}:
                raise ValueError(f"the prompt would give the answer away: it uses {', '.join(sorted(found))}")
        return source

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.predictions) == (self.model is not None):
            raise ValueError("give either 'predictions', or 'model' (with 'endpoint' where a service runs it)")
        if self.template is not None and self.jinja is not None:
            raise ValueError("give either 'template' or 'jinja'")
        if self.predictions:
            said = self.model_fields_set - {"metric", "predictions", "until", "per_task", "limit"}
            if said:
                raise ValueError(f"predictions are there already: leave out {', '.join(sorted(said))}")
        if self.metric_name in LIKELIHOODS and (self.predictions or self.endpoint is not None):
            raise ValueError(
                f"{self.metric_name} needs log-probabilities: give a transformers model, without 'endpoint'"
            )
        return self
