from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tiny_lm import save_tiny_model

from alphatex_eval.harness.endpoint import Endpoint, endpoint
from alphatex_eval.harness.errors import HarnessError
from alphatex_eval.harness.folders import read_summary
from alphatex_eval.harness.generators import load_generator
from alphatex_eval.harness.runs import requests, run_suite
from alphatex_eval.harness.samples import read_samples
from alphatex_eval.scorers.results import FinishReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Answer = Callable[[dict[str, Any], int], tuple[int, Any]]


class Server:
    """A completions server on this machine whose answers a test decides; counts how often each prompt was asked."""

    def __init__(self, answer: Answer) -> None:
        asked: Counter[str] = Counter()
        self.asked, self.received = asked, []
        received: list[dict[str, Any]] = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked[body["prompt"]] += 1
                received.append({**body, "path": self.path, "key": self.headers.get("Authorization")})
                status, answered = answer(body, asked[body["prompt"]])
                content = answered if isinstance(answered, bytes) else json.dumps(answered).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Retry-After", "7")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    servers: list[Server] = []

    def start(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def text(content: str, reason: str | None = "stop") -> tuple[int, dict[str, Any]]:
    return 200, {"choices": [{"text": content, "finish_reason": reason}]}


def test_a_run_against_a_server_gets_every_completion(serve, suite, rubric, out: Path, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sesame")
    server = serve(lambda body, _: text(f" {body['seed'] % 9}.1 |", "length"))
    (folder,) = run_suite(suite, [load_generator(f"openai:tabs@{server.url}")], [rubric], out)
    assert read_summary(folder).rubrics["full-bar"].score.n == 6
    asked = {request.prompt.text: request for request in requests(suite, {})}
    first = server.received[0]
    assert (first["path"], first["key"], first["model"]) == ("/v1/completions", "Bearer sesame", "tabs")
    assert (first["temperature"], first["top_k"], first["max_tokens"]) == (0.8, 50, 160)
    assert set(server.asked) == set(asked)


def test_a_busy_server_is_asked_again_after_the_time_it_wishes(serve, suite) -> None:
    waits: list[float] = []
    server = serve(lambda body, count: text(" 3.3") if count > 4 else (429, {"error": {"message": "busy"}}))
    model = Endpoint("tabs", server.url, pause=waits.append)
    found = list(model.generate(requests(suite, {})[:1]))
    assert [completion.text for completion in found] == [" 3.3"]
    assert waits == [7.0] * 4


def test_a_request_that_always_fails_is_a_failed_sample_and_the_others_are_not(serve, suite) -> None:
    server = serve(lambda body, _: (500, b"oops") if body["prompt"] == ":4 2.1" else text(" 3.3", "length"))
    found = list(Endpoint("tabs", server.url, pause=lambda _: None).generate(requests(suite, {})))
    failed = [completion for completion in found if completion.finish_reason is FinishReason.ERROR]
    assert [completion.error for completion in failed] == ["500 oops (5 attempts)"] * 2
    assert len(found) == 12


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, {"choices": []}), "the answer is no completion"),
        ((200, b"<html>"), "the answer is no completion"),
        ((200, {"choices": [{"text": None}]}), "the answer is no completion"),
        (text("", "content_filter"), "the server broke the text off: content_filter"),
        (text(" 3.3", "content_filter"), "the server broke the text off: content_filter"),
        (text("", "tired\nof it"), "the server broke the text off: tired of it"),
    ],
)
def test_an_answer_that_is_no_completion_is_a_failed_sample(serve, suite, answer, error: str) -> None:
    server = serve(lambda body, _: answer)
    (found,) = Endpoint("tabs", server.url).generate(requests(suite, {})[:1])
    assert (found.finish_reason, found.error) == (FinishReason.ERROR, error)


@pytest.mark.parametrize("reason", ["stop", "eos", "eos_token", "stop_sequence", None])
def test_a_text_may_be_ended_by_the_model_before_it_begins(serve, suite, reason: str | None) -> None:
    server = serve(lambda body, _: text("", reason))
    (found,) = Endpoint("tabs", server.url).generate(requests(suite, {})[:1])
    assert (found.text, found.finish_reason, found.error) == ("", FinishReason.STOP, "")


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        ({"error": {"message": "top_k is\nunknown"}}, "422 top_k is unknown (--top-k 0 leaves top_k out)."),
        ({"detail": "no such model"}, "422 no such model."),
        ({"error": "too hot"}, "422 too hot."),
    ],
)
def test_a_server_that_rejects_everything_ends_the_run_and_keeps_no_failed_sample(
    serve, suite, rubric, out: Path, complaint: dict[str, Any], line: str
) -> None:
    server = serve(lambda body, _: (422, complaint))
    with pytest.raises(HarnessError) as caught:
        run_suite(suite, [Endpoint("tabs", server.url)], [rubric], out)
    assert str(caught.value) == f"{server.url} rejects every request: {line}"
    assert (out / "tabs/samples.jsonl").read_text() == ""


def test_a_rejected_request_among_others_is_a_failed_sample(serve, suite) -> None:
    server = serve(lambda body, _: (400, {"error": "too long"}) if body["prompt"] == ":4 0.1" else text(" 3.3"))
    found = list(Endpoint("tabs", server.url, concurrency=1).generate(requests(suite, {})))
    assert [completion.error for completion in found] == ["400 too long"] * 2 + [""] * 10


def test_a_slow_server_is_given_up(serve, suite) -> None:
    release = threading.Event()
    server = serve(lambda body, _: (200 if release.wait(5) else 500, b""))
    model = Endpoint("tabs", server.url, attempts=2, timeout=0.1, pause=lambda _: None)
    (found,) = model.generate(requests(suite, {})[:1])
    release.set()
    assert found.error == "the server did not answer in time (2 attempts)"


def test_a_server_that_refuses_us_ends_the_run_in_one_line(serve, suite) -> None:
    server = serve(lambda body, _: (404, {"error": {"message": "no model tabs"}}))
    with pytest.raises(HarnessError, match=r"refuses model 'tabs': 404 no model tabs\."):
        list(Endpoint("tabs", server.url).generate(requests(suite, {})))


def test_an_unreachable_server_ends_the_run_in_one_line_and_loses_nothing(serve, suite, rubric, out: Path) -> None:
    server = serve(lambda body, count: text(" 3.3"))
    url = server.url
    model = Endpoint("tabs", url, concurrency=1, pause=lambda _: None)
    answers = model.generate

    def then_gone(wanted):  # type: ignore[no-untyped-def]
        yield from answers(wanted[:3])
        server.close()
        model._client.close()
        yield from Endpoint("tabs", url, pause=lambda _: None).generate(wanted[3:])

    model.generate = then_gone  # type: ignore[method-assign]
    with pytest.raises(HarnessError, match=r"cannot be reached .* is the server up\?"):
        run_suite(suite, [model], [rubric], out)
    assert len((out / "tabs/samples.jsonl").read_text().splitlines()) == 3


def test_an_endpoint_without_model_or_address_is_refused() -> None:
    with pytest.raises(HarnessError, match="openai:MODEL@URL"):
        endpoint("http://localhost:8000")


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`transformers serve`, an OpenAI-compatible server, with a tiny model: gives `openai:MODEL@URL`."""
    import httpx
    from transformers.cli.serve import Serve

    folder = save_tiny_model(tmp_path_factory.mktemp("served") / "tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Serve(str(folder), device="cpu", host="127.0.0.1", port=port, log_level="error", non_blocking=True)
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/health")
            break
        time.sleep(0.05)
    yield f"openai:{folder}@http://127.0.0.1:{port}/v1"
    server.kill_server()


def test_a_real_server_answers_all_prompts(real_server: str, suite, rubric, out: Path) -> None:
    asked = suite.resampled(max_tokens=8, top_k=0)
    (folder,) = run_suite(asked, [load_generator(real_server)], [rubric], out)
    samples = read_samples(folder / "samples.jsonl").values()
    assert len(samples) == 12
    assert not any(sample.failed for sample in samples)
    assert {sample.finish_reason for sample in samples} == {FinishReason.LENGTH}
    assert all(len(sample.completion) == 8 for sample in samples)


def test_a_real_server_that_knows_no_top_k_says_so(real_server: str, suite) -> None:
    with pytest.raises(HarnessError, match=r"rejects every request: 422 .*'top_k'.* \(--top-k 0 leaves top_k out\)\."):
        list(load_generator(real_server).generate(requests(suite, {})))


def test_a_server_that_takes_no_connection_in_time_is_unreachable(suite) -> None:
    import httpx

    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out")

    model = Endpoint("tabs", "http://far/v1", pause=lambda _: None)
    model._client = httpx.Client(transport=httpx.MockTransport(silent))
    with pytest.raises(HarnessError, match=r"http://far/v1 cannot be reached \(timed out\)"):
        list(model.generate(requests(suite, {})))


def test_prompts_that_are_rightly_rejected_are_failed_samples_even_where_nothing_else_is_asked(
    serve, suite, rubric, out: Path
) -> None:
    server = serve(lambda body, _: (400, {"error": "too long"}) if body["prompt"][3:] >= "1" else text(" 3.3"))
    (folder,) = run_suite(suite, [Endpoint("tabs", server.url)], [rubric], out)
    run_suite(suite, [Endpoint("tabs", server.url)], [rubric], out, retry_failed=True)
    samples = read_samples(folder / "samples.jsonl").values()
    assert sorted(sample.error for sample in samples) == [""] * 2 + ["400 too long"] * 10


def test_a_refusal_ends_the_run_without_waiting_for_the_patience_of_the_others(serve, suite) -> None:
    refused = threading.Event()

    def answer(body: dict[str, Any], _: int) -> tuple[int, dict[str, str]]:
        if body["prompt"] == ":4 0.1":
            refused.wait(5)
            return 401, {"error": "no key"}
        refused.set()
        return 429, {"error": "busy"}

    server = serve(answer)  # which wishes for seven seconds between attempts
    started = time.monotonic()
    with pytest.raises(HarnessError, match="refuses model 'tabs': 401 no key"):
        list(Endpoint("tabs", server.url).generate(requests(suite, {})))
    assert time.monotonic() - started < 5


def test_credentials_in_an_address_are_sent_and_not_recorded(serve, suite, rubric, out: Path) -> None:
    server = serve(lambda body, _: text(" 3.3"))
    model = endpoint(f"tabs@{server.url.replace('//', '//user:secret@')}")
    (folder,) = run_suite(suite, [model], [rubric], out)
    assert server.received[0]["key"].startswith("Basic ")
    assert model.identity()["url"] == server.url
    assert not any("secret" in path.read_text() for path in folder.glob("*.json*"))
