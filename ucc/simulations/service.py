"""The one class of this room: questions taken, answered in the background, looked at and taken away."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import msgspec

from ucc.domain.actor import Actor
from ucc.domain.engine import SetAgent, SetQueue
from ucc.domain.errors import NotFound, TooMany, UccError, Unavailable
from ucc.domain.simulation import RecordedDay, Simulation, SimulationReport, SimulationWrite
from ucc.domain.states import SimulationBasis, SimulationState
from ucc.kit import log
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.simulations.days import Days, queries
from ucc.staffing.asking import check, check_names
from ucc.staffing.assumed import assumed_day
from ucc.staffing.recorded import Question, question_of
from ucc.staffing.simulation import Run

OPEN_MAX = 4  # unanswered questions of a tenant
KEPT_MAX = 30  # answers of a tenant
BEAT_MS = 1_000  # how often a node says how far it is, and hears whether it is still wanted
LOST_MS = 60_000  # after which a node that said nothing is gone
TRIES_MAX, AGAIN_MS = 5, 2_000  # of reading the days, where the database does not answer
THREADS = 1  # a node routes work beside it

_logger = log.get("simulations")


class Configured(Protocol):
    """What a day that is assumed asks of routing."""

    async def configured(self, tenant_id: int) -> tuple[list[SetQueue], list[SetAgent]]:
        """Return the active queues and the active agents, as the engine is told of them."""


class Simulations:
    """Questions of supervisors: one at a time on each node, beside its event loop."""

    def __init__(self, db: Database, ids: Ids, tasks: Tasks, routing: Configured) -> None:
        self._db = db
        self._ids = ids
        self._tasks = tasks
        self._routing = routing
        self._turn = asyncio.Semaphore(1)
        self._runs: dict[int, Run] = {}
        self.days = Days(db)

    # --- what the API asks ------------------------------------------------------------------------------

    async def list_days(self, actor: Actor) -> list[RecordedDay]:
        """Return the days that can be played, the latest first."""
        return await self.days.list_days(actor.tenant_id, now_ms())

    async def add(self, actor: Actor, write: SimulationWrite) -> Simulation:
        """Take a question; it is answered in the background.

        Raises:
            BadInput: a field that no day could make right, a day the journal does not hold, an unknown id.
            TooMany: too many questions wait.
        """
        at_ms = now_ms()
        check(write)
        if write.assumed is not None:
            self.days.named(write.date)
        for path, day in _days_of(write):
            await self.days.window(actor.tenant_id, day, path, at_ms)
        check_names(write, await self.days.names(actor.tenant_id))
        await self._ids.ensure(1)
        simulation_id = self._ids.take()
        async with self._db.tenant(actor.tenant_id) as conn:
            await queries.lock_simulations(conn, tenant_id=actor.tenant_id)
            waiting = await queries.count_open(conn, tenant_id=actor.tenant_id, alive_ms=at_ms - LOST_MS)
            if waiting >= OPEN_MAX:
                raise TooMany(f"{waiting} simulations are not done, allowed are {OPEN_MAX} at a time")
            await queries.add_simulation(
                conn,
                tenant_id=actor.tenant_id,
                id=simulation_id,
                write=msgspec.to_builtins(write),
                created_by=actor.name,
                at_ms=at_ms,
            )
            await queries.prune_simulations(conn, tenant_id=actor.tenant_id, kept=KEPT_MAX)
        self._tasks.start("simulations: answer", self._answer(actor.tenant_id, simulation_id, write))
        return await self.get(actor, simulation_id)

    async def get(self, actor: Actor, simulation_id: int) -> Simulation:
        """Return a question and, once it is there, its answer.

        Raises:
            NotFound: there is none, or it was taken away.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            row = await queries.find_simulation(conn, tenant_id=actor.tenant_id, id=simulation_id)
        if row is None:
            raise NotFound(f"there is no simulation {simulation_id}")
        return _shown(row, now_ms())

    async def list_page(self, actor: Actor, *, before: tuple[int, int], count: int) -> list[Simulation]:
        """Return questions without their answers before (created_at_ms, id), the latest first."""
        async with self._db.tenant(actor.tenant_id) as conn:
            rows = await queries.list_simulations(
                conn, tenant_id=actor.tenant_id, before_ms=before[0], before_id=before[1], count=count
            )
        at_ms = now_ms()
        return [_shown(row, at_ms) for row in rows]

    async def remove(self, actor: Actor, simulation_id: int) -> None:
        """Take a question away; if it is being answered, the work ends.

        Raises:
            NotFound: there is none.
        """
        async with self._db.tenant(actor.tenant_id) as conn:
            if not await queries.delete_simulation(conn, tenant_id=actor.tenant_id, id=simulation_id):
                raise NotFound(f"there is no simulation {simulation_id}")
        if run := self._runs.get(simulation_id):
            run.cancel()

    # --- the work -----------------------------------------------------------------------------------------

    async def ask(self, tenant_id: int, write: SimulationWrite) -> Question:
        """Return the plans of a question about a tenant's days.

        Raises:
            BadInput: names the path of the field, what was found and what is allowed.
        """
        check(write)
        if write.assumed is not None:
            window = self.days.named(write.date)
            queues, agents = await self._routing.configured(tenant_id)
            staff = await self.days.staff(tenant_id)
            day = assumed_day(write.assumed, queues, [one for one in agents if one.agent in staff])
            names = await self.days.names(tenant_id)
            return await asyncio.to_thread(question_of, write, window, day, names, [])
        at_ms = now_ms()
        windows = [await self.days.window(tenant_id, day, path, at_ms) for path, day in _days_of(write)]
        days = [await self.days.read(tenant_id, window) for window in windows]
        names = await self.days.names(tenant_id)
        like = list(zip(windows[1:], days[1:], strict=True))
        return await asyncio.to_thread(question_of, write, windows[0], days[0], names, like)

    async def _answer(self, tenant_id: int, simulation_id: int, write: SimulationWrite) -> None:
        """Wait for a turn, simulate beside the event loop and store the answer."""
        work = self._tasks.start("simulations: run", self._work(tenant_id, simulation_id, write))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=BEAT_MS / 1000)
                if not work.done() and not await self._beat(tenant_id, simulation_id):
                    break  # taken away, perhaps at another node
        finally:
            if run := self._runs.get(simulation_id):
                run.cancel()
            if not work.done():
                work.cancel()

    async def _beat(self, tenant_id: int, simulation_id: int) -> bool:
        """Say how far it is, and return whether it is still wanted."""
        run = self._runs.get(simulation_id)
        try:
            async with self._db.tenant(tenant_id) as conn:
                found = await queries.note_progress(
                    conn,
                    tenant_id=tenant_id,
                    id=simulation_id,
                    state="queued" if run is None else "running",
                    progress=0.0 if run is None else run.progress,
                    at_ms=now_ms(),
                )
        except Unavailable:
            return True  # nobody took it away as far as anybody can tell
        return found is not None

    async def _work(self, tenant_id: int, simulation_id: int, write: SimulationWrite) -> None:
        async with self._turn:
            try:
                question = await self._patiently(tenant_id, write)
                run = await asyncio.to_thread(
                    Run, question.plan, question.edited, has_rivals=write.has_rivals
                )
                self._runs[simulation_id] = run
                report = await asyncio.to_thread(run.work, THREADS)
            except UccError as error:
                await self._end(tenant_id, simulation_id, "failed", None, str(error))
            except RuntimeError as error:
                _logger.error("simulation broke", tenant=tenant_id, simulation=simulation_id, exc_info=error)
                await self._end(tenant_id, simulation_id, "failed", None, "the engine broke; see the log")
            else:
                if report is not None:
                    report = msgspec.structs.replace(report, recording=question.recording)
                    await self._end(tenant_id, simulation_id, "done", report, None)
            finally:
                self._runs.pop(simulation_id, None)

    async def _patiently(self, tenant_id: int, write: SimulationWrite) -> Question:
        """Return the plans of a question; a database that does not answer is asked again, a few times."""
        for _ in range(TRIES_MAX - 1):
            try:
                return await self.ask(tenant_id, write)
            except Unavailable:
                await asyncio.sleep(AGAIN_MS / 1000)
        return await self.ask(tenant_id, write)

    async def _end(
        self,
        tenant_id: int,
        simulation_id: int,
        state: str,
        report: SimulationReport | None,
        error: str | None,
    ) -> None:
        async with self._db.tenant(tenant_id) as conn:
            await queries.end_simulation(
                conn,
                tenant_id=tenant_id,
                id=simulation_id,
                state=state,
                report=None if report is None else msgspec.json.encode(report),
                error=error,
                at_ms=now_ms(),
            )


def _days_of(write: SimulationWrite) -> list[tuple[str, str]]:
    """Return the paths and dates of the days a question needs, the one with the people first."""
    if write.assumed is not None:
        return []
    like = write.like if write.basis is SimulationBasis.FORECAST else []
    return [("date", write.date), *((f"like[{place}]", day) for place, day in enumerate(like))]


def _shown(row: Any, at_ms: int) -> Simulation:
    state, error = SimulationState(row["state"]), row["error"]
    if state in (SimulationState.QUEUED, SimulationState.RUNNING) and row["seen_at_ms"] < at_ms - LOST_MS:
        state, error = SimulationState.FAILED, "the node that was at work on it is gone; ask again"
    return Simulation(
        id=row["id"],
        state=state,
        progress=row["progress"],
        write=msgspec.convert(row["write"], SimulationWrite),
        created_at_ms=row["created_at_ms"],
        created_by=row["created_by"],
        ended_at_ms=row["ended_at_ms"],
        error=error,
        report=None if row["report"] is None else msgspec.json.decode(row["report"], type=SimulationReport),
    )
