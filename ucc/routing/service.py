"""The one class of this room: commands, presence, work, queues, and the node's share of owning."""

from __future__ import annotations

import os
import socket
from functools import partial
from typing import Any, Protocol

from ucc.agents.store import AgentProfile
from ucc.domain.conversation import Interaction
from ucc.domain.engine import AnyCommand, Command, Enqueue, Outcome, RemoveAgent, SetAgent, SetQueue
from ucc.domain.policy import team_number
from ucc.domain.states import OverflowExit
from ucc.kit import log
from ucc.kit.bus import Bus
from ucc.kit.clock import monotonic_ms
from ucc.kit.config import Settings
from ucc.kit.db import Conn, Database
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing import journal
from ucc.routing.acts import ActsDesk
from ucc.routing.consults import ConsultDesk
from ucc.routing.dispatch import Dispatch, Place, add_command, owner_subject
from ucc.routing.explaining import ExplainDesk
from ucc.routing.ground import Ground
from ucc.routing.hours import HOURS, HoursDesk
from ucc.routing.journal import Verdict
from ucc.routing.lease import CHANGED, SHARDS, Lease, Sight
from ucc.routing.live import FiguresDesk, figures_subject
from ucc.routing.owner import Owner, commands_hint
from ucc.routing.plans import PlanDesk
from ucc.routing.policies import Recorder
from ucc.routing.presence import PresenceDesk
from ucc.routing.projector import Projector, RoutingProjector
from ucc.routing.projector import Threads as ThreadsProjector
from ucc.routing.queues import Queues
from ucc.routing.refusals import Refused
from ucc.routing.sessions import Sessions
from ucc.routing.sla import SLA_POLICIES, SlaDesk
from ucc.routing.store import queries
from ucc.routing.streams import ListHints
from ucc.routing.upkeep import Upkeep
from ucc.routing.work import Threads, WorkDesk

SPARE_CONNECTIONS = 2  # of the node's pool, which appends leave to snapshots and to other rooms

_logger = log.get("routing")


class Profiles(Protocol):
    """What routing asks of agents."""

    async def profile(self, conn: Conn, tenant_id: int, agent_id: int) -> AgentProfile | None:
        """Return an active agent's skills and capacity, or None."""

    async def profiles(self, conn: Conn, tenant_id: int) -> list[AgentProfile]:
        """Return the profiles of every active agent."""


class Routing:
    """Routing of one node: owner of its shards, and the way to the owner of the others."""

    def __init__(
        self,
        db: Database,
        ids: Ids,
        bus: Bus,
        tasks: Tasks,
        settings: Settings,
        *,
        profiles: Profiles,
        recorder: Recorder,
    ) -> None:
        self._db = db
        self._bus = bus
        self._tasks = tasks
        self._profiles = profiles
        self._projector = RoutingProjector()
        self.node_id = ids.take()
        self._lease = Lease(
            db.url,
            self.node_id,
            f"{socket.gethostname()}:{os.getpid()}",
            on_sight=self._see,
            on_register=self._registered,
        )
        self._ground = Ground(
            db,
            bus,
            tasks,
            self._lease,
            self._projector,
            transactions_max=max(1, settings.node_connections - SPARE_CONNECTIONS),
        )
        self._owner = Owner(self._ground, tasks)
        self._dispatch = Dispatch(db, bus, self._lease, self._owner)
        self.sessions = Sessions(db, tasks, self._dispatch, self.node_id)
        self.presence = PresenceDesk(db, self._dispatch, recorder)
        self.work = WorkDesk(db, ids, bus, self._dispatch)
        self.consults = ConsultDesk(ids, self.work)
        self.plans = PlanDesk(db, self._dispatch, recorder)
        self.queues = Queues(db, ids, recorder, self._ground.hints, self._dispatch.wake)
        self.hours = HoursDesk(db, ids, recorder, self.queues, HOURS)
        self.sla_policies = SlaDesk(db, ids, recorder, self.queues, SLA_POLICIES)
        self.explain = ExplainDesk(db, self.work, self.queues)
        self.figures = FiguresDesk(db, bus, self._lease, self._owner)
        self.acts = ActsDesk(db)
        self._upkeep = Upkeep(
            db, self._ground, self._owner, self.queues.configure_all, journal_days=settings.journal_days
        )
        self._keeper: Any = None
        self._ends: list[Any] = []

    @property
    def hints(self) -> ListHints:
        """Return what tells consoles to ask lists again, at most twice a second and tenant."""
        return self._ground.hints

    # --- the node's share ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take part: hold a lease, take what is free, answer other nodes."""
        await self._lease.open()
        await self._owner.warm()
        self._ends.append(self._bus.serve(owner_subject(self.node_id), self._dispatch.serve))
        self._ends.append(self._bus.serve(figures_subject(self.node_id), self.figures.serve))
        self._ends.append(self._bus.on_hint(CHANGED, self._lease.look_soon))
        for shard in range(SHARDS):
            self._ends.append(self._bus.on_hint(commands_hint(shard), partial(self._owner.hinted, shard)))
        self._keeper = self._tasks.start("routing: lease", self._lease.keep(), is_vital=True)
        self._tasks.start("routing: snapshots", self._upkeep.keep_snapshots())
        self._tasks.start("routing: upkeep", self._upkeep.keep_rounds())
        self._tasks.start("routing: warm", self._owner.keep_warm())

    async def close(self) -> None:
        """Drain, give the shards and the lease back, and hint at the successor."""
        if self._keeper is None:
            return  # never took part
        started_ms = monotonic_ms()
        await self._owner.close()
        self._keeper.cancel()
        await self._lease.close()
        for end in self._ends:
            end()
        self._ends.clear()
        self._bus.hint(CHANGED)
        _logger.info("routing left", after_ms=monotonic_ms() - started_ms)

    async def _see(self, sight: Sight) -> None:
        await self._owner.see(sight)

    async def _registered(self) -> None:
        self._tasks.start("routing: announce consoles", self.sessions.announce())

    # --- commands -------------------------------------------------------------------------------------------

    async def command(self, conn: Conn, tenant_id: int, command: Command) -> None:
        """Store a command with the facts of the caller's transaction; call `wake` after its commit."""
        await add_command(conn, tenant_id, command)

    async def prepare(
        self,
        conn: Conn,
        tenant_id: int,
        order: Enqueue,
        *,
        conversation_id: int,
        contact_id: int,
        audience: str | None,
        reason: str,
        is_reopened: bool,
        left_by: OverflowExit | None,
        callback_to: str | None,
    ) -> None:
        """Make the row of work whose command the caller stores in the same transaction."""
        await queries.add_interaction(
            conn,
            tenant_id=tenant_id,
            id=order.interaction,
            conversation_id=conversation_id,
            contact_id=contact_id,
            medium=order.medium,
            queue_id=order.queue,
            priority=order.priority,
            audience=audience,
            reason=reason,
            now_ms=order.arrived_ms,
            is_reopened=is_reopened,
            exit=left_by,
            callback_to=callback_to,
        )

    async def set_audience(
        self, conn: Conn, tenant_id: int, interaction_id: int, audience: str | None
    ) -> None:
        """Say by which audience work that stands ready has its priority."""
        await queries.set_audience(conn, tenant_id=tenant_id, id=interaction_id, audience=audience)

    def wake(self, tenant_id: int) -> None:
        """Tell the owner that stored commands wait."""
        self._dispatch.wake(tenant_id)

    async def submit(self, tenant_id: int, command: AnyCommand) -> Outcome:
        """Return what the owner made of a command, after its commit.

        Raises:
            Refused: the engine refused; the code is its word for the rule.
            Unavailable: no owner answered in time.
        """
        outcome = await self._dispatch.submit(tenant_id, command)
        if outcome.refusal is not None:
            raise Refused(outcome.refusal)
        return outcome

    def add_projector(self, projector: Projector) -> None:
        """Run a projector with statements of its own at the end of each append's transaction."""
        self._projector.add(projector)

    def project_threads(self, threads: ThreadsProjector) -> None:
        """Let conversations follow the facts, in the append's own statements."""
        self._projector.attach(threads)

    def attach(self, threads: Threads) -> None:
        """Let acts on work reach its conversation."""
        self.work.attach(threads)

    async def ask_callback(
        self, tenant_id: int, interaction_id: int, callback_to: str, not_before_ms: int | None
    ) -> Interaction:
        """Let a waiting contact be called back, in the place of the waiting work, and not before then."""
        return await self.work.ask_callback(tenant_id, interaction_id, callback_to, not_before_ms)

    # --- what others ask -----------------------------------------------------------------------------------

    async def agent_changed(self, conn: Conn, tenant_id: int, agent_id: int) -> None:
        """Tell the engine of an agent as they are in this transaction; an inactive one is taken out."""
        profile = await self._profiles.profile(conn, tenant_id, agent_id)
        if profile is None:
            await add_command(conn, tenant_id, RemoveAgent(agent=agent_id))
            return
        await add_command(conn, tenant_id, _command_of(profile))

    async def configured(self, tenant_id: int) -> tuple[list[SetQueue], list[SetAgent]]:
        """Return the active queues and agents as the engine is told of them (ucc.simulations)."""
        async with self._db.tenant(tenant_id) as conn:
            queues = await self.queues.configured(conn, tenant_id)
            profiles = await self._profiles.profiles(conn, tenant_id)
        return queues, [_command_of(one) for one in profiles]

    async def configure(self, conn: Conn, tenant_id: int, queue_id: int) -> None:
        """Tell the engine of a queue as it is in this transaction."""
        await self.queues.configure(conn, tenant_id, queue_id)

    async def follow_merge(self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int) -> list[int]:
        """Let work follow when contacts are merged (ucc.contacts.merging.Follower)."""
        await queries.move_interactions(conn, tenant_id=tenant_id, kept_id=kept_id, merged_id=merged_id)
        return []

    async def return_merged(
        self, conn: Conn, tenant_id: int, kept_id: int, merged_id: int, conversation_ids: list[int]
    ) -> None:
        """Give the work of these conversations back when a merge is undone."""
        await queries.return_interactions(
            conn, tenant_id=tenant_id, kept_id=kept_id, merged_id=merged_id, ids=conversation_ids
        )

    async def place(self, tenant_id: int, interaction_id: int) -> Place | None:
        """Return where waiting work stands and how long it may still wait, at most a second old."""
        return await self._dispatch.place(tenant_id, interaction_id)

    async def verify(self, tenant_id: int) -> Verdict:
        """Decide and fold a tenant's journal again and compare bit for bit with what was recorded.

        Raises:
            BrokenJournal: it differs; the text says where.
        """
        return await journal.verify(self._db, tenant_id)

    def state_hash(self, tenant_id: int) -> str | None:
        """Return the hash of the tenant's live engine, None if it does not live here."""
        engine = self._owner.engine(tenant_id)
        return None if engine is None else str(engine.state_hash())

    def owns(self, tenant_id: int) -> bool:
        """Say whether this node owns the tenant's routing now."""
        return self._owner.shard(tenant_id) is not None


def _command_of(profile: AgentProfile) -> SetAgent:
    """Return what the engine is told of an agent."""
    return SetAgent(
        agent=profile.agent_id,
        skills=profile.skills,
        capacity=sorted(profile.capacity.items()),
        voice_exclusive=profile.handling.voice_exclusive,
        teams=[] if profile.team is None else [team_number(profile.team)],
        weight=profile.handling.weight,
        interruptible=[medium.value for medium in profile.handling.interruptible],
    )
