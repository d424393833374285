"""`ucc bench routing`: what deciding costs, in Rust and through Python, beside peers written in Python.

Every figure stands beside its aim; docs/benchmarks.md says what each means and how it is taken.
"""

from __future__ import annotations

import argparse
import os
import platform

import msgspec

from ucc.bench import contacts, idle, peer, restart, through
from ucc.bench.aims import Aim, least, most, print_aims
from ucc.bench.messages import say
from ucc.bench.workloads import HELD, NAMES, Kind, Measured, Program, Recording, Size, one_core
from ucc.kit.config import Settings

AGENTS, WAITING = 10_000, 100_000
COMMANDS, COLD, RUNS = 100_000, 1_000, 5
IDLE_SECONDS = 20.0
PEER_RATE_MIN = 15_000  # commands a second on b: a slower plain peer is no peer
PEERED = ("a 0.5", "a 0.9", "a 1.05", "b", "b0 0.5", "b0 0.9")


class Workload(msgspec.Struct, kw_only=True):
    """One workload; where it has occupancies, the worst of them, and each."""

    p50: int  # ns a command, of the slowest kind
    p99: int
    p99_cold: int
    rate: int  # commands a second
    python_rate: int | None = None  # of the plain peer
    ratio: float | None = None
    indexed_rate: int | None = None  # of the peer with an index
    indexed_ratio: float | None = None
    growth: float | None = None  # of a command's cost, from 1,000 waiting
    agents: int
    waiting: int
    kinds: dict[str, Kind] = {}
    occupancies: dict[str, Workload] = {}


class Figures(msgspec.Struct, kw_only=True):
    """What is printed."""

    workloads: dict[str, Workload]
    python: through.Figures
    replay: int  # commands a second, folded from the bytes of a journal in memory
    restore_ms: float
    restart_s: float
    restart_commands: int
    bytes_waiting: int | None
    bytes_agent: int
    idle: idle.Figures
    simulate: contacts.Figures
    clock_ns: int  # in each p50 and p99
    core: int | None
    machine: str
    load_average: float  # when it began; above 0 others worked too
    void: list[str]
    aims: list[Aim]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--agents", type=int, default=AGENTS, help="agents of a workload, at most")
    parser.add_argument("--waiting", type=int, default=WAITING, help="interactions that wait, at most")
    parser.add_argument("--commands", type=int, default=COMMANDS, help="measured in each run")
    parser.add_argument("--cold", type=int, default=COLD, help="of them with cold caches")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each workload; the middle one counts")
    parser.add_argument("--contacts", type=int, default=contacts.CONTACTS, help="of the simulation")
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS, help="of many who only wait")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print; 1: a peer was too slow to be one, or decided otherwise."""
    try:
        figures = await _measure(options)
    except peer.Differs as error:
        say(f"void: {error}")
        return 1
    if options.json:
        print(msgspec.json.encode(figures).decode())
    else:
        _print(figures)
    for reason in figures.void:
        say(f"void: {reason}")
    return 1 if figures.void else 0


async def _measure(options: argparse.Namespace) -> Figures:
    load_average = round(os.getloadavg()[0], 2)
    program = Program.build(
        Size(
            agents=options.agents,
            waiting=options.waiting,
            commands=options.commands,
            cold=options.cold,
            runs=options.runs,
        )
    )
    with one_core() as core:
        measured, peers, recording = _decisions(program)
        say("through Python")
        crossing, journal = through.measure(recording)
        say("simulations")
        simulated = contacts.measure(options.contacts)
        say("many who only wait")
        idled = await idle.measure(program, recording, options.idle_seconds)
    say("a restart from PostgreSQL")
    restart_s = await restart.measure(journal)
    held = measured[HELD]
    figures = Figures(
        workloads=_workloads(measured, peers),
        python=crossing,
        replay=held.replay,
        restore_ms=held.restore_ms,
        restart_s=round(restart_s, 2),
        restart_commands=sum(row.count for row in journal.rows),
        bytes_waiting=held.bytes_waiting,
        bytes_agent=held.bytes_agent,
        idle=idled,
        simulate=simulated,
        clock_ns=held.clock_ns,
        core=core,
        machine=_machine(),
        load_average=load_average,
        void=void(peers),
        aims=[],
    )
    figures.aims = _aims(figures)
    return figures


def _decisions(program: Program) -> tuple[dict[str, Measured], dict[str, peer.Rates], Recording]:
    """Return each workload in Rust, the peers' commands a second, and what b tells the engine."""
    measured: dict[str, Measured] = {}
    peers: dict[str, peer.Rates] = {}
    kept: Recording | None = None
    for name in NAMES:
        measured[name] = program.measure(name)
        if name in PEERED:
            recording = program.record(name)
            peers[name] = peer.measure(recording)
            kept = recording if name == HELD else kept
        told = f"{name}: {measured[name].rate:,} commands a second"
        if name in peers:
            told += f", plain Python {peers[name].plain:,}, with an index {peers[name].indexed:,}"
        say(told)
    assert kept is not None
    return measured, peers, kept


def void(peers: dict[str, peer.Rates]) -> list[str]:
    """Return why figures say nothing: a plain peer that is too slow is none."""
    rate = peers[HELD].plain
    if rate >= PEER_RATE_MIN:
        return []
    return [
        f"python_rate on {HELD} is {rate:,} commands a second, a peer makes {PEER_RATE_MIN:,} or more: "
        f"this machine is too slow or too busy (a loop of a million takes {peer.loop_ms():.0f} ms)"
    ]


# --- one figure of many ---------------------------------------------------------------------------------


def _workloads(measured: dict[str, Measured], peers: dict[str, peer.Rates]) -> dict[str, Workload]:
    """Return the workloads by their names without the occupancy."""
    found: dict[str, dict[str, Workload]] = {}
    for full_name, one in measured.items():
        name, _, occupancy = full_name.partition(" ")
        found.setdefault(name, {})[occupancy] = _workload(one, peers.get(full_name))
    return {name: _worst(occupancies) for name, occupancies in found.items()}


def _workload(one: Measured, rates: peer.Rates | None) -> Workload:
    plain, indexed = (rates.plain, rates.indexed) if rates else (None, None)
    return Workload(
        p50=max(kind.p50 for kind in one.kinds.values()),
        p99=max(kind.p99 for kind in one.kinds.values()),
        p99_cold=max(kind.p99_cold for kind in one.kinds.values()),
        rate=one.rate,
        python_rate=plain,
        ratio=round(one.rate / plain, 1) if plain else None,
        indexed_rate=indexed,
        indexed_ratio=round(one.rate / indexed, 1) if indexed else None,
        growth=one.growth,
        agents=one.agents,
        waiting=one.waiting,
        kinds=one.kinds,
    )


def _worst(occupancies: dict[str, Workload]) -> Workload:
    """Return the worst figure of each kind; a peer's rate is of the occupancy with its least ratio."""
    every = list(occupancies.values())
    if len(every) == 1:
        return every[0]
    hardest = min(every, key=lambda one: one.ratio or 0)
    hardest_indexed = min(every, key=lambda one: one.indexed_ratio or 0)
    return Workload(
        p50=max(one.p50 for one in every),
        p99=max(one.p99 for one in every),
        p99_cold=max(one.p99_cold for one in every),
        rate=min(one.rate for one in every),
        python_rate=hardest.python_rate,
        ratio=hardest.ratio,
        indexed_rate=hardest_indexed.indexed_rate,
        indexed_ratio=hardest_indexed.indexed_ratio,
        agents=every[0].agents,
        waiting=every[0].waiting,
        occupancies=occupancies,
    )


def _aims(figures: Figures) -> list[Aim]:
    """Return the figures that have one, with their aims."""
    a, b, b0 = (figures.workloads[name] for name in ("a", HELD, "b0"))
    python = figures.python
    batch_ns = max(python.batch_16, python.batch_64, python.batch_256)
    return [
        most("b p99", "ns", b.p99, 1_000),
        most("b p99_cold", "ns", b.p99_cold, 12_000),
        least("b rate", "commands/s", b.rate, 5_000_000),
        most("b growth", "", b.growth, 2.5),
        least("b ratio", "", b.ratio, 300, _beside(b)),
        least("b0 ratio", "", b0.ratio, 500, _beside(b0)),
        least("a ratio", "", a.ratio, 200, _beside(a)),
        most("python batches", "ns/command", batch_ns, 200),
        most("python single_p50", "ns", python.single_p50, 400),
        least("replay", "commands/s", figures.replay, 4_000_000),
        most("restore_ms", "ms", figures.restore_ms, 100),
        most("restart_s", "s", figures.restart_s, 2),
        most("idle wake_ups", "", figures.idle.wake_ups, 0),
        least("simulate rate", "contacts/s", figures.simulate.rate, 1_000_000),
        least("simulate ratio", "", figures.simulate.ratio, 10),
        most("bytes_waiting", "bytes", figures.bytes_waiting, 200),
        most("bytes_agent", "bytes", figures.bytes_agent, 1_024),
    ]


def _beside(workload: Workload) -> str:
    return f"{workload.indexed_ratio:,} over the peer with an index"


# --- what people read -----------------------------------------------------------------------------------


def _print(figures: Figures) -> None:
    print(f"{figures.machine}, core {figures.core}, load average {figures.load_average} when it began")
    print(f"\n{'ns a command':<10} {'slowest':<13}{'p50':>8}{'p99':>8}{'cold p99':>10}", end="")
    print(f"{'commands/s':>13}{'python/s':>10}{'ratio':>9}{'indexed/s':>11}{'ratio':>9}{'growth':>8}")
    for name, workload in figures.workloads.items():
        rows = workload.occupancies or {"": workload}
        for occupancy, one in rows.items():
            _print_workload(f"{name} {occupancy}", one)
    print()
    print_aims(figures.aims)
    print(f"\nthrough Python, ns: {msgspec.to_builtins(figures.python)}")
    print(f"reading the clock: {figures.clock_ns} ns")
    print(f"idle: {msgspec.to_builtins(figures.idle)}")
    print(f"simulate: {msgspec.to_builtins(figures.simulate)}")


def _print_workload(name: str, one: Workload) -> None:
    slowest = max(one.kinds, key=lambda kind: one.kinds[kind].p99)
    print(f"{name:<12} {slowest:<13}{one.p50:>8,}{one.p99:>8,}{one.p99_cold:>10,}{one.rate:>13,}", end="")
    beside = (one.python_rate, one.ratio, one.indexed_rate, one.indexed_ratio, one.growth)
    print(
        "".join(
            f"{'' if found is None else f'{found:,}':>{width}}"
            for found, width in zip(beside, (10, 9, 11, 9, 8), strict=True)
        )
    )


def _machine() -> str:
    """Return what the machine calls its processor."""
    try:
        with open("/proc/cpuinfo") as told:
            names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
