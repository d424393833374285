"""`ucc bench routing` at a tiny size: every figure is there, and the peer says the same. Not how fast."""

from __future__ import annotations

import argparse

import msgspec
import pytest

from ucc.bench import peer, routing
from ucc.bench.plain import PlainRouter, Work
from ucc.bench.workloads import NAMES, SINGLES, Program, Size
from ucc.kit.config import Settings

TINY = (
    *("--agents", "100", "--waiting", "1500", "--commands", "1000", "--cold", "10"),
    *("--runs", "1", "--contacts", "2000", "--idle-seconds", "1"),
)
# Figures of the contract, by their path in the JSON.
FIGURES = {
    *(f"workloads.{name}.{figure}" for name in ("a", "b", "b0", "c", "c0", "d", "d0")
      for figure in ("p50", "p99", "p99_cold", "rate")),
    *(f"workloads.{name}.{figure}" for name in ("a", "b", "b0") for figure in ("python_rate", "ratio")),
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
    assert set(told["workloads"]["b"]["kinds"]) == {"enqueue", "accept", "end", "advance"}
    assert code == (1 if told["void"] else 0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_the_peer_gives_every_fact_as_the_engine_does(program: Program, name: str) -> None:
    recording = program.record(name)
    duel = peer.Duel()
    duel.tell(list(recording.before(SINGLES)))
    duel.tell(recording[SINGLES])
    assert duel.facts > 2_000


@pytest.mark.timeout(900)
def test_a_peer_that_decides_otherwise_is_found_out(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_eligible(self: PlainRouter, now_ms: int, work: Work) -> bool:
        best = next((agent for agent in self._idle if agent in work.demand.agents), 0)
        if best:
            self._offer(now_ms, work, best, self._idle.pop(best), 1)
        return best > 0

    monkeypatch.setattr(PlainRouter, "_offer_to_best", first_eligible)
    with pytest.raises(peer.Differs, match="the engine"):
        peer.measure(program.record("a 0.5"))


@pytest.mark.timeout(900)
def test_a_peer_that_decides_alike_and_says_otherwise_is_found_out(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = PlainRouter._offer

    def alone(self: PlainRouter, now_ms: int, work: Work, agent: int, since_ms: int, eligible: int) -> None:
        offer(self, now_ms, work, agent, since_ms, min(eligible, 2))

    monkeypatch.setattr(PlainRouter, "_offer", alone)
    with pytest.raises(peer.Differs, match=r"the peer .*eligible=2.* the engine .*eligible="):
        peer.measure(program.record("a 0.5"))


def test_a_slow_peer_is_void_by_name() -> None:
    assert routing.void({"b": routing.PEER_RATE_MIN}) == []
    (reason,) = routing.void({"b": 14_999})
    assert "python_rate on b is 14,999" in reason
