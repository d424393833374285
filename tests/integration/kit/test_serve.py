"""`ucc serve` as people run it: whole, in order, killed, joined, refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.kit.node import ROOT, ServedNode, are_gone, free_port


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ucc-serve-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[ServedNode]:
    """A node with its own servers, shared by the tests that leave it as it was."""
    node = ServedNode(folder / "node.log", UCC_DATA_DIR=str(folder / "data")).start()
    yield node
    assert node.stop() == 0, node.log.read_text()


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("UCC_")}
    return subprocess.run(
        [sys.executable, "-m", "ucc", *arguments],
        env=environ | settings, cwd=ROOT, capture_output=True, text=True, timeout=90,
    )  # fmt: skip


def eventually(condition: Callable[[], bool], timeout_s: float = 30) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


# --- one node that lives on ------------------------------------------------------------------------------


def test_it_is_alive_ready_and_measured(node: ServedNode) -> None:
    assert node.get("/healthz").text == "ok\n"
    ready = node.get("/readyz").json()
    assert (ready["is_ready"], ready["database"], ready["nats"]) == (True, True, True)
    figures = node.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    for name in (
        "ucc_requests_total",
        "ucc_request_seconds",
        "ucc_commit_seconds",
        "ucc_bus_gaps_total",
        "ucc_sockets",
    ):
        assert name in figures.text


def test_figures_are_not_shown_to_whom_a_proxy_forwards(node: ServedNode) -> None:
    assert node.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_answers_of_the_api_are_private_and_carry_the_headers(node: ServedNode) -> None:
    headers = node.get("/v1/auth/me").headers
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/v1/nothing", None, 404, "not_found"),
        ("PUT", "/v1/auth/login", b"{}", 405, "method_not_allowed"),
        ("POST", "/v1/auth/login", b'{"email": ', 400, "bad_json"),
        ("POST", "/v1/auth/login", b'{"email": 5, "password": "x"}', 422, "bad_input"),
        ("POST", "/v1/auth/login", b"[]", 422, "bad_input"),
        ("POST", "/v1/auth/login", b'{"email": "' + b"x" * 1_100_000 + b'"}', 413, "too_large"),
        ("GET", "/v1/auth/me", None, 401, "not_signed_in"),
    ],
)
def test_every_refusal_is_a_problem_document(
    node: ServedNode, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    answer = httpx.request(
        method,
        node.origin + path,
        content=content,
        headers={"content-type": "application/json"},
        trust_env=False,
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert {"type", "title", "detail", "found"} <= problem.keys()


def test_a_page_that_points_its_own_name_at_us_is_refused(node: ServedNode) -> None:
    answer = node.get("/healthz", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")
    assert node.get("/healthz", headers={"Host": f"localhost:{node.port}"}).status_code == 200


def test_the_api_describes_itself_with_examples(node: ServedNode) -> None:
    document = node.get("/docs/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert all(path.startswith("/v1/") for path in document["paths"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "4XX" in operation["responses"], f"{method} {path}"
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            assert body is None or body["examples"], f"{method} {path}"
    page = node.get("/docs")
    assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "/v1/auth/login" in page.text


def test_a_second_start_on_the_same_port_is_refused_by_name(node: ServedNode, folder: Path) -> None:
    done = run("serve", UCC_PORT=str(node.port), UCC_DATA_DIR=str(folder / "other"))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {node.port}" in done.stderr
    assert "set UCC_PORT" in done.stderr
    assert not (folder / "other").exists()


def test_a_second_start_in_the_same_folder_is_told_how_to_join(node: ServedNode, folder: Path) -> None:
    done = run("serve", UCC_PORT=str(free_port()), UCC_DATA_DIR=str(folder / "data"))
    assert done.returncode == 1
    assert "in use by another ucc" in done.stderr
    assert "UCC_DATABASE_URL" in done.stderr


def test_a_second_node_joins_by_the_addresses_the_first_printed(node: ServedNode, folder: Path) -> None:
    second = ServedNode(
        folder / "second.log",
        UCC_DATA_DIR=str(folder / "data"),
        UCC_DATABASE_URL=node.setting("UCC_DATABASE_URL"),
        UCC_NATS_URL=node.setting("UCC_NATS_URL"),
    ).start()
    try:
        assert second.family() == [], "it starts no servers of its own"
        assert eventually(lambda: node.get("/readyz").json()["peers"] == 1)
        assert eventually(lambda: second.get("/readyz").json()["peers"] == 1)
    finally:
        assert second.stop() == 0, second.log.read_text()
    assert eventually(lambda: node.get("/readyz").json()["peers"] == 0)
    assert node.is_ready()


def test_with_nats_killed_it_stays_ready_and_gets_it_back(node: ServedNode) -> None:
    os.kill(node.child("nats-server"), signal.SIGKILL)
    assert eventually(lambda: not node.get("/readyz").json()["nats"])
    assert node.is_ready()
    assert eventually(lambda: bool(node.get("/readyz").json()["nats"]))


def test_with_postgres_killed_it_answers_again_without_a_restart(node: ServedNode) -> None:
    os.kill(node.child("postgres"), signal.SIGKILL)
    assert eventually(node.is_ready)
    assert node.process is not None
    assert node.process.poll() is None


def test_short_commands_work_beside_a_running_node(node: ServedNode, folder: Path) -> None:
    told = run(
        "tenant", "create", "--name", "Acme", "--slug", "acme", "--email", "admin@acme.test",
        UCC_DATA_DIR=str(folder / "data"), UCC_PORT=str(node.port),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    password = told.stdout.partition("shown once: ")[2].strip()
    answer = httpx.post(
        node.origin + "/v1/auth/login",
        json={"email": "admin@acme.test", "password": password},
        trust_env=False,
    )
    assert answer.status_code == 200
    assert answer.json()["tenant_name"] == "Acme"
    assert run("migrate", UCC_DATA_DIR=str(folder / "data")).stdout == "nothing to migrate\n"


def test_the_doctor_lists_every_setting_and_hides_secrets(node: ServedNode, folder: Path) -> None:
    told = run("doctor", UCC_DATA_DIR=str(folder / "data"), UCC_NATS_URL=node.setting("UCC_NATS_URL"))
    assert "UCC_DATA_DIR" in told.stdout
    assert "environment" in told.stdout
    token = node.setting("UCC_NATS_URL").partition("://")[2].partition("@")[0]
    assert token not in told.stdout
    assert "NATS answers" in told.stdout
    told = run(
        "doctor", UCC_DATA_DIR=str(folder / "data"), UCC_DATABASE_URL="postgresql://ucc@127.0.0.1:1/ucc"
    )
    assert told.returncode == 1
    assert "FAULT  database does not answer" in told.stdout
    assert "check UCC_DATABASE_URL" in told.stdout


# --- nodes that end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_order(folder: Path, number: signal.Signals) -> None:
    node = ServedNode(folder / f"stop-{number}.log", UCC_DATA_DIR=str(folder / "stopped")).start()
    family = node.family()
    assert len(family) >= 2
    assert node.stop(number) == 0, node.log.read_text()
    assert are_gone(family, timeout_s=1), "the servers were stopped before it ended"
    server_log = (folder / "stopped" / "postgres" / "log").read_text()
    assert server_log.rstrip().endswith("database system is shut down")
    assert "not properly shut down" not in server_log
    assert not (folder / "stopped" / "running.json").exists()
    assert "error" not in node.log.read_text().lower(), node.log.read_text()


def test_i17_kill_9_leaves_no_orphan_and_loses_nothing(folder: Path) -> None:
    data = str(folder / "killed")
    node = ServedNode(folder / "killed.log", UCC_DATA_DIR=data).start()
    create = ("tenant", "create", "--name", "Kept", "--slug", "kept", "--email", "a@kept.test")
    assert run(*create, UCC_DATA_DIR=data).returncode == 0
    family = node.family()
    assert node.process is not None
    node.process.kill()
    node.process.wait()
    assert are_gone(family), "a server outlived the node"
    node.start()
    again = run(*create, UCC_DATA_DIR=data)
    assert "the slug kept is in use" in again.stderr
    assert node.stop() == 0


def test_a_node_started_by_make_ends_with_it(folder: Path) -> None:
    log = folder / "parent.log"
    port = str(free_port())
    script = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-m', 'ucc', 'serve', '--with-parent']); time.sleep(600)"
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith("UCC_")}
    with log.open("wb") as output:
        parent = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, stdout=output, stderr=output,
            env=environ | {"UCC_PORT": port, "UCC_DATA_DIR": str(folder / "with-parent")},
        )  # fmt: skip
    assert eventually(lambda: "ready in" in log.read_text(), timeout_s=90), log.read_text()
    family = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
    parent.kill()
    parent.wait()
    assert are_gone(family)
    assert "stopping" in log.read_text()


def test_an_unsafe_start_is_refused_by_name(folder: Path) -> None:
    done = run("serve", UCC_HOST="0.0.0.0", UCC_DATA_DIR=str(folder / "unsafe"))
    assert done.returncode == 1
    assert "__Host-" in done.stderr
    assert "UCC_PUBLIC_URL=https://" in done.stderr
    done = run(
        "serve", UCC_DEMO="1", UCC_PUBLIC_URL="https://ucc.example", UCC_DATA_DIR=str(folder / "unsafe")
    )
    assert done.returncode == 1
    assert "UCC_DEMO=1 is refused off loopback" in done.stderr
