"""Models behind an OpenAI-compatible completions endpoint: vLLM, llama.cpp, text-generation-inference, OpenAI.

Written `openai:MODEL@URL`, say `openai:tabs-7b@http://localhost:8000/v1`. A key is read from OPENAI_API_KEY.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alphatex_eval.harness.errors import HarnessError, extra
from alphatex_eval.harness.generators import Completion, Request, failure
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx

RETRIED = {408, 409, 425, 429, 500, 502, 503, 504}
REFUSED = {401, 403, 404}
REJECTED = {400, 413, 415, 422}
FILTERED = "content_filter"
ENDED = {"stop", "eos", "eos_token", "stop_sequence"}
"""Reasons to finish that servers give where the model ended the text."""
TELLING = 8
"""So many rejected requests and no answer mean that it is not the prompts."""
LONGEST_WAIT = 30.0


class UnavailableError(Exception):
    """A request failed in a way that may pass; `wait` is the server's wish in seconds, if it told one."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class UnreachableError(UnavailableError):
    """No connection to the server."""


class Endpoint:
    """Asks `concurrency` requests at a time, each up to `attempts` times, each time `timeout` seconds at most.

    A server that cannot be reached, refuses us or rejects all it is asked ends the run with a HarnessError; a request
    that it fails to answer, or whose text it filters, is a failed sample.
    """

    def __init__(
        self,
        model: str,
        url: str,
        *,
        concurrency: int = 8,
        attempts: int = 5,
        timeout: float = 120.0,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        with extra("endpoint"):
            import httpx
        self.name = model
        self._url = url.rstrip("/")
        self._address = _without_credentials(self._url)
        self._concurrency = concurrency
        self._attempts = attempts
        self._pause = pause
        key = os.environ.get("OPENAI_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=httpx.Timeout(timeout, connect=10.0), headers=headers)

    def identity(self) -> dict[str, object]:
        """Model and address without credentials; what the server loads under that name is its own affair."""
        return {"generator": "openai", "model": self.name, "url": self._address}

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        """The completions as they come; rejections wait for a first answer, which shows that it is the prompts.

        Where none comes, a prompt that any server takes is asked as well.
        """
        rejected: list[Completion] = []
        answered = False
        for completion in self._answers(requests):
            answered = answered or not _is_rejection(completion)
            rejected.append(completion)
            if not answered and len(rejected) == min(TELLING, len(requests)):
                if _is_rejection(self._complete(_harmless(requests[0]), Event())):
                    raise HarnessError(
                        f"{self._address} rejects every request: {completion.error}{_advice(completion)}."
                    )
                answered = True
            if answered:
                yield from rejected
                rejected.clear()

    def _answers(self, requests: Sequence[Request]) -> Iterator[Completion]:
        pool = ThreadPoolExecutor(self._concurrency)
        given_up = Event()
        try:
            for future in as_completed([pool.submit(self._complete, request, given_up) for request in requests]):
                yield future.result()
        finally:
            given_up.set()
            pool.shutdown(cancel_futures=True)

    def _complete(self, request: Request, given_up: Event) -> Completion:
        """The answer after as many attempts as it takes; nobody waits for it any more once it is `given_up`."""
        pause = self._pause or given_up.wait
        for attempt in range(1, self._attempts):
            try:
                return self._ask(request)
            except UnavailableError as error:
                pause(_backoff(attempt, error.wait))
            if given_up.is_set():
                return failure(request, "given up")
        try:
            return self._ask(request)
        except UnreachableError as error:
            raise HarnessError(f"{self._address} cannot be reached ({error}); is the server up?") from None
        except UnavailableError as error:
            return failure(request, f"{error} ({self._attempts} attempts)")

    def _ask(self, request: Request) -> Completion:
        import httpx

        try:
            response = self._client.post(f"{self._url}/completions", json=_payload(self.name, request))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise UnreachableError(str(error)) from None
        except httpx.TimeoutException:
            raise UnavailableError("the server did not answer in time") from None
        except httpx.HTTPError as error:
            raise UnavailableError(f"the connection broke ({type(error).__name__})") from None
        return self._read(request, response)

    def _read(self, request: Request, response: httpx.Response) -> Completion:
        status = response.status_code
        if status in REFUSED:
            raise HarnessError(f"{self._address} refuses model {self.name!r}: {status} {_complaint(response)}.")
        if status in RETRIED:
            raise UnavailableError(f"{status} {_complaint(response)}", _retry_after(response))
        if status != 200:
            return failure(request, f"{status} {_complaint(response)}")
        try:
            choice = response.json()["choices"][0]
            reason = choice.get("finish_reason")
            if _is_broken_off(reason, choice["text"]):
                return failure(request, f"the server broke the text off: {_one_line(reason)}")
            ended = FinishReason.LENGTH if reason == "length" else FinishReason.STOP
            return Completion(id=request.id, text=choice["text"], finish_reason=ended)
        except (ValueError, LookupError, TypeError, AttributeError):
            return failure(request, "the answer is no completion")


def endpoint(reference: str) -> Endpoint:
    """The endpoint `MODEL@URL`. Raises HarnessError for anything else."""
    model, _, url = reference.partition("@")
    if not model or not url.startswith(("http://", "https://")):
        raise HarnessError(f"An endpoint is written openai:MODEL@URL, not openai:{reference}.")
    return Endpoint(model, url)


def _payload(model: str, request: Request) -> dict[str, Any]:
    """`top_k` is no parameter of OpenAI's own servers; it is sent unless 0, so that it is never silently dropped."""
    sampling = request.sampling
    payload = {
        "model": model,
        "prompt": request.prompt.text,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": request.seed,
    }
    return payload | ({"top_k": sampling.top_k} if sampling.top_k else {})


def _complaint(response: httpx.Response) -> str:
    """The server's own words in at most 200 characters of one line: OpenAI's `error`, or `detail` as FastAPI has it."""
    try:
        found = response.json()
        found = found.get("error") or found["detail"]
        text = str(found["message"] if isinstance(found, dict) else found)
    except (ValueError, LookupError, TypeError, AttributeError):
        text = response.text or response.reason_phrase
    return _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _is_broken_off(reason: str | None, text: str) -> bool:
    """Whether it was not the model that ended the text: a filter did, or there is none, for a reason we do not know."""
    known = not reason or reason == "length" or reason in ENDED
    return reason == FILTERED or not (known or text)


def _is_rejection(completion: Completion) -> bool:
    return completion.error.startswith(tuple(map(str, REJECTED)))


def _harmless(request: Request) -> Request:
    """The same request with a prompt of one character."""
    return request.model_copy(update={"prompt": request.prompt.model_copy(update={"text": "\\"})})


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _advice(completion: Completion) -> str:
    return " (--top-k 0 leaves top_k out)" if "top_k" in completion.error else ""


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _backoff(attempt: int, wish: float | None) -> float:
    return min(LONGEST_WAIT, wish if wish is not None else 0.25 * 2.0**attempt)
