"""`ucc bench routing`: the engine through Python on workload b, and how long its state takes to come back."""

from __future__ import annotations

import argparse
import gc
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from ucc._native.engine import Engine
from ucc.bench.centre import Centre
from ucc.bench.messages import print_figures, say
from ucc.bench.schedule import share_of
from ucc.domain.engine import AnyCommand, decode_outcomes, encode_commands, encode_facts
from ucc.kit import sql
from ucc.kit.config import Settings
from ucc.kit.db import Database
from ucc.kit.embedded import EmbeddedPostgres, Place
from ucc.kit.migrate import migrate
from ucc.routing import journal

AGENTS, WAITING, WAITING_FEW = 10_000, 100_000, 1_000
SINGLES, COMMANDS, BATCH = 20_000, 100_000, 64
TENANT = 1
_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed; times of a command include the crossing from Python, not encoding and decoding."""

    p50: float  # ns of a call with one command, of the slowest kind
    p99: float
    kinds: dict[str, list[float]]  # kind of command → p50, p99, ns
    batch: float  # ns a command in batches of 64
    rate: int  # commands a second of those
    growth: float  # of that cost, from 1,000 waiting to 100,000
    replay: int  # commands a second, folded from memory
    snapshot_ms: float
    restore_ms: float
    restart_s: float  # 100,000 commands since the snapshot, from PostgreSQL
    agents: int
    waiting: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--agents", type=int, default=AGENTS, help="agents")
    parser.add_argument("--waiting", type=int, default=WAITING, help="interactions that wait")
    parser.add_argument(
        "--commands", type=int, default=COMMANDS, help="commands in batches, and of the restart"
    )


class Row(msgspec.Struct, frozen=True):
    """One batch as a journal keeps it."""

    at_ms: int
    count: int
    commands: bytes
    facts: bytes


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print."""
    few = Centre(options.agents, min(WAITING_FEW, options.waiting))
    few_ns, _ = _batches(few, options.commands // 4)
    say(f"{options.agents} agents, {few.waiting()} wait: {few_ns:.0f} ns a command in batches")
    del few
    centre = Centre(options.agents, options.waiting)
    say(f"{centre.waiting()} wait")
    kinds = _singles(centre, SINGLES)
    began = time.perf_counter()
    state = centre.engine.snapshot()
    snapshot_ms = (time.perf_counter() - began) * 1000
    batch_ns, rows = _batches(centre, options.commands)
    began = time.perf_counter()
    back = Engine.restore(state)
    restore_ms = (time.perf_counter() - began) * 1000
    replay = _replay(back, rows)
    assert back.state_hash() == centre.engine.state_hash(), "snapshot and suffix give another state"
    restart_s = await _restart(state, rows, centre.engine)
    worst = max(kinds.values(), key=lambda found: found[1])
    figures = Figures(
        p50=max(found[0] for found in kinds.values()),
        p99=worst[1],
        kinds=kinds,
        batch=round(batch_ns, 1),
        rate=round(1e9 / batch_ns),
        growth=round(batch_ns / few_ns, 2),
        replay=replay,
        snapshot_ms=round(snapshot_ms, 1),
        restore_ms=round(restore_ms, 1),
        restart_s=round(restart_s, 2),
        agents=options.agents,
        waiting=options.waiting,
    )
    print_figures(figures, as_json=options.json)
    return 0


def _singles(centre: Centre, count: int) -> dict[str, list[float]]:
    """Return p50 and p99 of calls with one command, by its kind, in ns."""
    took: dict[str, list[float]] = {}
    gc.disable()
    for _ in range(count):
        (command,) = centre.batch(1)
        given = encode_commands([command])
        began = time.perf_counter_ns()
        found = centre.engine.submit(centre.now_ms, given)
        took.setdefault(_kind(command), []).append(time.perf_counter_ns() - began)
        centre.note(decode_outcomes(found))
    gc.enable()
    return {kind: [share_of(sorted(all_ns), share) for share in (0.5, 0.99)] for kind, all_ns in took.items()}


def _kind(command: AnyCommand) -> str:
    return str(command.__struct_config__.tag)


def _batches(centre: Centre, commands: int) -> tuple[float, list[Row]]:
    """Return ns a command in batches of 64 (the middle batch), and the batches as a journal keeps them."""
    took: list[float] = []
    rows: list[Row] = []
    for _ in range(max(1, commands // BATCH)):
        given = encode_commands(centre.batch(BATCH))
        began = time.perf_counter_ns()
        found = centre.engine.submit(centre.now_ms, given)
        took.append((time.perf_counter_ns() - began) / BATCH)
        rows.append(Row(centre.now_ms, BATCH, given, found))
        centre.note(decode_outcomes(found))
    return sorted(took)[len(took) // 2], rows


def _replay(engine: Engine, rows: list[Row]) -> int:
    """Fold the rows from memory; return commands a second."""
    facts = [
        (row.at_ms, encode_facts([fact for outcome in decode_outcomes(row.facts) for fact in outcome.facts]))
        for row in rows
    ]
    began = time.perf_counter()
    for at_ms, encoded in facts:
        engine.fold(at_ms, encoded)
    return round(sum(row.count for row in rows) / (time.perf_counter() - began))


async def _restart(state: bytes, rows: list[Row], live: Engine) -> float:
    """Return the seconds from nothing to the same state out of PostgreSQL: snapshot and journal."""
    folder = Path(tempfile.mkdtemp(prefix="ucc-bench-"))
    folder.chmod(0o755)  # noqa: ASYNC240  # PostgreSQL, run as nobody under root, must get through
    place = Place(folder / "data")
    place.take()
    postgres = EmbeddedPostgres(place)
    try:
        await postgres.start()
        await migrate(postgres.url, say=lambda _: None)
        database = await Database.open(postgres.url, app_connections=1, node_connections=2)
        try:
            await _store(database, state, rows)
            began = time.perf_counter()
            found = await journal.load(database, TENANT)
            took = time.perf_counter() - began
            assert found.engine.state_hash() == live.state_hash(), "PostgreSQL gives another state"
            return took
        finally:
            await database.close()
    finally:
        await postgres.stop()
        place.release()
        shutil.rmtree(folder, ignore_errors=True)


async def _store(database: Database, state: bytes, rows: list[Row]) -> None:
    """Store a snapshot and the rows behind it."""
    given: list[dict[str, Any]] = []
    seq = 1
    for row in rows:
        given.append(
            {
                "tenant_id": TENANT,
                "first_seq": seq + 1,
                "at_ms": row.at_ms,
                "count": row.count,
                "commands": row.commands,
                "facts": row.facts,
                "previous_seq": seq,
            }
        )
        seq += row.count
    async with database.node(TENANT) as conn:
        await _queries.add_load_tenant(conn, tenant_id=TENANT)
        await _queries.add_load_snapshot(conn, tenant_id=TENANT, at_ms=rows[0].at_ms, state=state)
        await _queries.add_load_journal(conn, rows=given)
