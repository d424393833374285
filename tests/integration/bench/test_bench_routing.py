"""`ucc bench routing` at a tiny size: every figure is there, and the peers say the same. Not how fast."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ucc.bench import peer, routing
from ucc.bench.indexed import IndexedRouter
from ucc.bench.plain import PlainRouter, Work
from ucc.bench.workloads import NAMES, SINGLES, Program, Size
from ucc.domain.engine import (
    AnyCommand,
    AnyFact,
    Enqueue,
    InteractionOffered,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
)
from ucc.kit.config import Settings

TINY = (
    *("--agents", "100", "--waiting", "1500", "--commands", "1000", "--cold", "10"),
    *("--runs", "1", "--contacts", "2000", "--idle-seconds", "1"),
)
# Figures of the contract, and those of the peer with an index, by their path in the JSON.
FIGURES = {
    *(f"workloads.{name}.{figure}" for name in ("a", "b", "b0", "c", "c0", "d", "d0")
      for figure in ("p50", "p99", "p99_cold", "rate")),
    *(f"workloads.{name}.{figure}" for name in ("a", "b", "b0")
      for figure in ("python_rate", "ratio", "indexed_rate", "indexed_ratio")),
    *(f"workloads.{name}.growth" for name in ("b", "c", "d")),
    *(f"python.{figure}" for figure in ("single_p50", "batch_16", "batch_64", "batch_256")),
    "replay", "restore_ms", "restart_s", "bytes_waiting", "bytes_agent",
    "simulate.rate", "simulate.simpy_rate", "simulate.ratio", "idle.waiting",
}  # fmt: skip
AIMED = {
    "b p99", "b p99_cold", "b rate", "b growth", "b ratio", "b0 ratio", "a ratio", "python batches",
    "python single_p50", "replay", "restore_ms", "restart_s", "idle wake_ups", "simulate rate",
    "simulate ratio", "bytes_waiting", "bytes_agent",
}  # fmt: skip
PEERS = (PlainRouter, IndexedRouter)
PEERED_AIMS = {"a ratio", "b ratio", "b0 ratio"}


@pytest.fixture(scope="module")
def program() -> Program:
    """The workloads, compiled once."""
    return Program.build(Size(agents=200, waiting=1_200, commands=2_000, cold=0, runs=1))


@pytest.mark.timeout(900)  # it compiles
async def test_every_figure_is_there_beside_its_aim(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    routing.add_arguments(parser)
    options = parser.parse_args([*TINY, "--json"])
    code = await routing.run(options, Settings.from_environ({}, is_root=True))
    # The log stands on the same page here: the command writes it to standard error.
    told = msgspec.json.decode(capsys.readouterr().out.splitlines()[-1])
    for path in FIGURES:
        found = told
        for name in path.split("."):
            found = found[name]
        assert found > 0, path
    assert told["idle"]["wake_ups"] == 0, "a shard woke between deadlines"
    assert {aim["figure"] for aim in told["aims"]} == AIMED
    assert set(told["workloads"]["a"]["occupancies"]) == {"0.5", "0.9", "1.05"}
    for aim in told["aims"]:
        assert aim["beside"].endswith(" over the peer with an index") is (aim["figure"] in PEERED_AIMS)
    assert set(told["workloads"]["b"]["kinds"]) == {"enqueue", "accept", "end", "advance"}
    assert code == (1 if told["void"] else 0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_both_peers_give_every_fact_as_the_engine_does(program: Program, name: str) -> None:
    recording = program.record(name)
    duel = peer.Duel()
    duel.tell(list(recording.before(SINGLES)))
    duel.tell(recording[SINGLES])
    assert duel.facts > 2 * 2_000


@pytest.mark.timeout(900)
@pytest.mark.parametrize("router", PEERS)
@pytest.mark.parametrize(("found", "name"), [("_find_idle", "a 0.5"), ("_find_work", "b")])
def test_a_peer_that_decides_otherwise_is_found_out(
    program: Program, monkeypatch: pytest.MonkeyPatch, router: type[PlainRouter], found: str, name: str
) -> None:
    # The idle agent found first, not the best; whoever comes free is given nothing of what waits.
    find: Callable[[PlainRouter, Any], Any] = getattr(router, found)

    def otherwise(self: PlainRouter, whose: Any) -> Any:
        return find(self, whose)[:1] if found == "_find_idle" else None

    monkeypatch.setattr(router, found, otherwise)
    with pytest.raises(peer.Differs, match=rf"the peer {router.__name__} .* the engine"):
        peer.measure(program.record(name))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("router", PEERS)
def test_a_peer_that_decides_alike_and_says_otherwise_is_found_out(
    program: Program, monkeypatch: pytest.MonkeyPatch, router: type[PlainRouter]
) -> None:
    offer = router._offer

    def alone(self: PlainRouter, now_ms: int, work: Work, agent: int, since_ms: int, eligible: int) -> None:
        offer(self, now_ms, work, agent, since_ms, min(eligible, 2))

    monkeypatch.setattr(router, "_offer", alone)
    with pytest.raises(peer.Differs, match=rf"{router.__name__} .*eligible=2.* the engine .*eligible="):
        peer.measure(program.record("a 0.5"))


@pytest.mark.parametrize(("router", "is_offered"), [(PlainRouter, True), (IndexedRouter, False)])
def test_the_plain_peer_remembers_of_no_agent_what_they_meet(
    router: type[PlainRouter], is_offered: bool
) -> None:
    told = router()

    def facts(command: AnyCommand) -> list[AnyFact]:
        return told.submit(1_000, command).facts

    facts(SetAgent(agent=1, skills=[(7, 2)], capacity=[("web", 1)]))
    facts(SetQueue(queue=1, requirement=[(7, 3)]))
    facts(SetSession(agent=1, session="connected"))
    facts(SetStatus(agent=1, status="on_queue"))
    assert len(facts(Enqueue(interaction=1, queue=1, medium="web", arrived_ms=1_000))) == 1
    facts(SetAgent(agent=1, skills=[(7, 3)], capacity=[("web", 1)]))
    latest = facts(Enqueue(interaction=2, queue=1, medium="web", arrived_ms=1_000))[-1]
    assert isinstance(latest, InteractionOffered) is is_offered


def test_the_void_is_of_the_plain_peer_by_name() -> None:
    least = routing.PEER_RATE_MIN
    assert routing.void({"b": peer.Rates(plain=least, indexed=least)}) == []
    (reason,) = routing.void({"b": peer.Rates(plain=14_999, indexed=60_000)})
    assert "python_rate on b is 14,999" in reason
