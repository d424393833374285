"""The same engine in plain Python, as one would first write it: the peer of `ucc bench routing`.

Dicts, one sorted list of all that waits, a scan of it for whoever comes free, a scan of the idle for what
arrives. The same commands in, the same facts out. It knows what the workloads ask and no more: earliest
deadline first, highest levels and then longest idle, one piece of work an agent, queues nobody staffs, answer
targets and one step of relaxation, each with its timer. Offers are answered there before they could time out,
so they have none.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable
from typing import Any

from ucc.domain.engine import (
    Accept,
    Advance,
    AgentSet,
    AnyCommand,
    AnyFact,
    ContactLeft,
    End,
    Enqueue,
    InteractionAbandoned,
    InteractionActivated,
    InteractionClosed,
    InteractionOffered,
    InteractionQueued,
    OfferAccepted,
    OfferRevoked,
    Outcome,
    PresenceChanged,
    QueueSet,
    QueueUnstaffed,
    RequirementRelaxed,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    SkillLevel,
    SlaBreached,
    Why,
)

QUEUE, WORK = 0, 1  # whose timer it is; at one moment in this order
UNSTAFFED, RELAXATION, BREACH = 0, 1, 2  # what it is for; those of one piece of work in this order


class Demand:
    """What some work asks, and who meets it; found once, then known."""

    __slots__ = ("agents", "requirement")

    def __init__(self, requirement: list[SkillLevel], agents: dict[int, int]) -> None:
        self.requirement = requirement
        self.agents = agents  # the sum of their levels in it


class Work:
    """One interaction that waits or rings."""

    __slots__ = (
        "agent", "arrived_ms", "asked", "deadline_ms", "demand", "epoch", "interaction", "order", "queue",
        "step",
    )  # fmt: skip

    def __init__(self, command: Enqueue, queue: SetQueue, order: int, demand: Demand) -> None:
        self.interaction = command.interaction
        self.queue = queue
        self.asked = command.requirement
        self.arrived_ms = command.arrived_ms
        self.order = order
        early_ms = command.priority * queue.priority_step_ms
        self.deadline_ms = max(1, command.arrived_ms + queue.answer_target_ms - early_ms)
        self.demand = demand
        self.step = 0  # of relaxation
        self.epoch = 0  # of its latest offer
        self.agent = 0  # rings at


class PlainRouter:
    """Takes commands as the engine does."""

    def __init__(self) -> None:
        self._facts: list[AnyFact] = []  # of the command that is carried out
        self._queues: dict[int, SetQueue] = {}
        self._sessions: dict[int, str] = {}
        self._skills: dict[int, dict[int, int]] = {}  # agent → skill → level
        self._holders: dict[int, dict[int, int]] = {}  # skill → agent → level
        self._idle: dict[int, int] = {}  # agent → since when
        self._away: dict[int, int] = {}  # ringing or busy
        self._work: dict[int, Work] = {}
        self._waiting: list[tuple[int, int, Work]] = []  # deadline, order
        self._counts: Counter[int] = Counter()  # of what waits in each queue
        self._timers: list[tuple[int, int, int, int]] = []  # when, whose, its id, what for
        self._demands: dict[tuple[SkillLevel, ...], Demand] = {}
        self._order = 0
        self._acts: dict[type, Callable[[int, Any], None]] = {
            SetQueue: self._set_queue,
            SetAgent: self._set_agent,
            SetSession: self._set_session,
            SetStatus: self._set_status,
            Enqueue: self._enqueue,
            Accept: self._accept,
            End: self._end,
            ContactLeft: self._contact_left,
            Advance: self._advance,
        }

    def submit(self, now_ms: int, command: AnyCommand) -> Outcome:
        """Carry one command out, and before it what is due."""
        self._facts = []
        while self._timers and self._timers[0][0] <= now_ms:
            _, _, whose, what = heapq.heappop(self._timers)
            self._fire(now_ms, whose, what)
        self._acts[type(command)](now_ms, command)
        return Outcome(None, self._facts)

    # --- commands ---------------------------------------------------------------------------------------

    def _advance(self, now_ms: int, command: Advance) -> None:
        """Time passed, which `submit` has seen to."""

    def _set_queue(self, now_ms: int, command: SetQueue) -> None:
        self._queues[command.queue] = command
        self._facts.append(QueueSet(command))
        asked = [command.requirement, *(step.requirement for step in command.relaxation)]
        if not any(self._demand(one, [], 0).agents for one in asked):
            unstaffed_ms = now_ms + command.unstaffed_ms
            heapq.heappush(self._timers, (unstaffed_ms, QUEUE, command.queue, UNSTAFFED))

    def _set_agent(self, now_ms: int, command: SetAgent) -> None:
        self._skills[command.agent] = dict(command.skills)
        for skill, level in command.skills:
            self._holders.setdefault(skill, {})[command.agent] = level
        self._facts.append(AgentSet(command))

    def _set_session(self, now_ms: int, command: SetSession) -> None:
        self._sessions[command.agent] = command.session
        self._tell_presence(now_ms, command.agent, "off_queue")

    def _set_status(self, now_ms: int, command: SetStatus) -> None:
        self._idle[command.agent] = now_ms
        self._tell_presence(now_ms, command.agent, command.status)

    def _tell_presence(self, now_ms: int, agent: int, status: str) -> None:
        self._facts.append(
            PresenceChanged(
                agent=agent,
                session=self._sessions[agent],
                status=status,
                reason=None,
                next_status=None,
                next_reason=None,
                is_blocked=False,
                since_ms=now_ms,
                idle_since_ms=now_ms,
            )
        )

    def _enqueue(self, now_ms: int, command: Enqueue) -> None:
        queue = self._queues[command.queue]
        self._order += 1
        demand = self._demand(queue.requirement, command.requirement, 0)
        work = Work(command, queue, self._order, demand)
        self._work[work.interaction] = work
        breach_ms = command.arrived_ms + queue.answer_target_ms
        heapq.heappush(self._timers, (breach_ms, WORK, work.interaction, BREACH))
        relax_ms = None
        if queue.relaxation:
            relax_ms = now_ms + queue.relaxation[0].after_ms
            heapq.heappush(self._timers, (relax_ms, WORK, work.interaction, RELAXATION))
        self._facts.append(
            InteractionQueued(
                interaction=work.interaction,
                queue=queue.queue,
                medium=command.medium,
                units=command.units,
                priority=command.priority,
                requirement=command.requirement,
                arrived_ms=command.arrived_ms,
                deadline_ms=work.deadline_ms,
                order=work.order,
                preferred_agent=None,
                preferred_until_ms=None,
                is_abandonable=command.is_abandonable,
                parent=None,
                originator=None,
                return_at_ms=None,
                sla_at_ms=breach_ms,
                relax_at_ms=relax_ms,
            )
        )
        self._counts[queue.queue] += 1
        if not self._offer_to_best(now_ms, work):
            insort(self._waiting, (work.deadline_ms, work.order, work))

    def _accept(self, now_ms: int, command: Accept) -> None:
        interaction, agent = command.interaction, command.agent
        work = self._work.pop(interaction)
        self._facts += (
            OfferAccepted(interaction, agent, work.epoch),
            InteractionActivated(interaction, agent, "accepted", None, False),
        )

    def _end(self, now_ms: int, command: End) -> None:
        self._facts.append(InteractionClosed(command.interaction, command.agent, "completed"))
        self._free(now_ms, command.agent, now_ms)

    def _contact_left(self, now_ms: int, command: ContactLeft) -> None:
        work = self._work.pop(command.interaction)
        queue, waited_ms = work.queue.queue, now_ms - work.arrived_ms
        abandoned = InteractionAbandoned(work.interaction, queue, waited_ms, "left")
        if work.agent:
            self._facts += (
                OfferRevoked(work.interaction, work.agent, work.epoch, "contact_left"),
                abandoned,
            )
            self._free(now_ms, work.agent, self._away[work.agent])
        else:
            self._facts.append(abandoned)
            self._leave_line(work)
            self._counts[queue] -= 1

    # --- decisions --------------------------------------------------------------------------------------

    def _free(self, now_ms: int, agent: int, since_ms: int) -> None:
        """Give the agent the first that waits and may be theirs, or leave them idle."""
        for place, (_, _, work) in enumerate(self._waiting):
            if agent in work.demand.agents:
                del self._waiting[place]
                # Who else may have it is busy: it would not wait otherwise.
                self._offer(now_ms, work, agent, since_ms, 1)
                return
        self._away.pop(agent, None)
        self._idle[agent] = since_ms

    def _offer_to_best(self, now_ms: int, work: Work) -> bool:
        """Offer it to the idle agent with the highest levels, then the longest idle, if there is one."""
        agents, best, best_levels, best_since_ms, eligible = work.demand.agents, 0, 0, 0, 0
        for agent, since_ms in self._idle.items():
            levels = agents.get(agent)
            if levels is None:
                continue
            eligible += 1
            if levels < best_levels:
                continue
            is_better = levels > best_levels or since_ms < best_since_ms
            if not best or is_better or (since_ms == best_since_ms and agent < best):
                best, best_levels, best_since_ms = agent, levels, since_ms
        if best:
            del self._idle[best]
            self._offer(now_ms, work, best, best_since_ms, eligible)
        return best > 0

    def _offer(self, now_ms: int, work: Work, agent: int, since_ms: int, eligible: int) -> None:
        self._away[agent] = since_ms
        work.agent = agent
        work.epoch += 1
        queue = work.queue.queue
        self._counts[queue] -= 1
        skills = self._skills[agent]
        why = Why(
            rule="best_level_then_longest_idle",
            requirement=work.demand.requirement,
            levels=[(skill, skills[skill]) for skill, _ in work.demand.requirement],
            eligible=eligible,
            idle_since_ms=since_ms,
            waited_ms=now_ms - work.arrived_ms,
            waiting=self._counts[queue],
            step=work.step,
        )
        expires_ms = now_ms + work.queue.offer_ms
        self._facts.append(InteractionOffered(work.interaction, queue, agent, work.epoch, expires_ms, why))

    def _fire(self, now_ms: int, whose: int, what: int) -> None:
        if what == UNSTAFFED:
            self._facts.append(QueueUnstaffed(whose))
            return
        work = self._work.get(whose)
        if work is None:
            return
        queue = work.queue
        if what == BREACH:
            self._facts.append(SlaBreached(whose, queue.queue, queue.answer_target_ms))
        elif not work.agent:
            step = queue.relaxation[0]
            work.step = 1
            work.demand = self._demand(step.requirement, work.asked, step.lower_by)
            self._facts.append(RequirementRelaxed(whose, queue.queue, work.step, None))
            if self._offer_to_best(now_ms, work):
                self._leave_line(work)

    def _leave_line(self, work: Work) -> None:
        del self._waiting[bisect_left(self._waiting, (work.deadline_ms, work.order))]

    # --- who meets what ---------------------------------------------------------------------------------

    def _demand(self, queue: list[SkillLevel], own: list[SkillLevel], lower_by: int) -> Demand:
        """Return what queue and work ask together, and who meets it."""
        levels = dict(queue)
        for skill, level in own:
            levels[skill] = max(levels.get(skill, 0), max(1, level - lower_by))
        asked = tuple(sorted(levels.items()))
        found = self._demands.get(asked)
        if found is None:
            found = self._demands[asked] = Demand(list(asked), self._meet(asked))
        return found

    def _meet(self, asked: tuple[SkillLevel, ...]) -> dict[int, int]:
        if not asked:
            return dict.fromkeys(self._skills, 0)
        holders = [(self._holders.get(skill, {}), level) for skill, level in asked]
        holders.sort(key=lambda one: len(one[0]))
        return {
            agent: sum(levels[agent] for levels, _ in holders)
            for agent in holders[0][0]
            if all(levels.get(agent, 0) >= level for levels, level in holders)
        }
