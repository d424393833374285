"""The same engine in plain Python, as one would first write it: the peer of `ucc bench routing`.

Dicts, one sorted list of all that waits, a scan of it for whoever comes free, a scan of the idle for what
arrives; each look asks the dict of the agent's skills, and nothing is remembered of it. The same commands in,
the same facts out. It knows what the workloads ask and no more: earliest deadline first, highest levels and
then longest idle, one piece of work an agent, queues nobody staffs, answer targets and one step of
relaxation, each with its timer. Offers are answered there before they could time out, so they have none.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
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


class Work:
    """One interaction that waits or rings."""

    __slots__ = (
        "agent", "agents", "arrived_ms", "asked", "deadline_ms", "epoch", "interaction", "order", "queue",
        "requirement", "step",
    )  # fmt: skip
    agents: dict[int, int]  # who meets the requirement, with the sum of their levels: where that is known
    requirement: list[SkillLevel]  # of queue and work together, by skill

    def __init__(self, command: Enqueue, queue: SetQueue, order: int) -> None:
        self.interaction = command.interaction
        self.queue = queue
        self.asked = command.requirement
        self.arrived_ms = command.arrived_ms
        self.order = order
        early_ms = command.priority * queue.priority_step_ms
        self.deadline_ms = max(1, command.arrived_ms + queue.answer_target_ms - early_ms)
        self.step = 0  # of relaxation
        self.epoch = 0  # of its latest offer
        self.agent = 0  # rings at


def together(queue: list[SkillLevel], own: list[SkillLevel], lower_by: int) -> list[SkillLevel]:
    """Return what queue and work ask, by skill; the work's own levels lowered."""
    levels = dict(queue)
    for skill, level in own:
        levels[skill] = max(levels.get(skill, 0), max(1, level - lower_by))
    return sorted(levels.items())


class PlainRouter:
    """Takes commands as the engine does."""

    def __init__(self) -> None:
        self._facts: list[AnyFact] = []  # of the command that is carried out
        self._queues: dict[int, SetQueue] = {}
        self._sessions: dict[int, str] = {}
        self._skills: dict[int, dict[int, int]] = {}  # agent → skill → level
        self._idle: dict[int, int] = {}  # agent → since when
        self._away: dict[int, int] = {}  # ringing or busy
        self._work: dict[int, Work] = {}
        self._waiting: list[tuple[int, int, Work]] = []  # deadline, order
        self._counts: Counter[int] = Counter()  # of what waits in each queue
        self._timers: list[tuple[int, int, int, int]] = []  # when, whose, its id, what for
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
        if not any(self._meet(self._skills, one) for one in asked):
            unstaffed_ms = now_ms + command.unstaffed_ms
            heapq.heappush(self._timers, (unstaffed_ms, QUEUE, command.queue, UNSTAFFED))

    def _set_agent(self, now_ms: int, command: SetAgent) -> None:
        self._skills[command.agent] = dict(command.skills)
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
        work = Work(command, queue, self._order)
        self._ask(work, queue.requirement, 0)
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
        place = self._find_work(agent)
        if place is None:
            self._away.pop(agent, None)
            self._idle[agent] = since_ms
        else:
            _, _, work = self._waiting.pop(place)
            # Who else may have it is busy: it would not wait otherwise.
            self._offer(now_ms, work, agent, since_ms, 1)

    def _offer_to_best(self, now_ms: int, work: Work) -> bool:
        """Offer it to the idle agent with the highest levels, then the longest idle, if there is one."""
        eligible = self._find_idle(work)
        if eligible:
            _, since_ms, agent = min(eligible)
            del self._idle[agent]
            self._offer(now_ms, work, agent, since_ms, len(eligible))
        return bool(eligible)

    def _offer(self, now_ms: int, work: Work, agent: int, since_ms: int, eligible: int) -> None:
        self._away[agent] = since_ms
        work.agent = agent
        work.epoch += 1
        queue = work.queue.queue
        self._counts[queue] -= 1
        skills = self._skills[agent]
        why = Why(
            rule="best_level_then_longest_idle",
            requirement=work.requirement,
            levels=[(skill, skills[skill]) for skill, _ in work.requirement],
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
            self._ask(work, step.requirement, step.lower_by)
            self._facts.append(RequirementRelaxed(whose, queue.queue, work.step, None))
            if self._offer_to_best(now_ms, work):
                self._leave_line(work)

    def _leave_line(self, work: Work) -> None:
        del self._waiting[bisect_left(self._waiting, (work.deadline_ms, work.order))]

    # --- who meets what ---------------------------------------------------------------------------------

    def _ask(self, work: Work, queue: list[SkillLevel], lower_by: int) -> None:
        """Let the work ask what it and its queue do."""
        work.requirement = together(queue, work.asked, lower_by)

    def _find_work(self, agent: int) -> int | None:
        """Return the place of the first that waits and may be the agent's."""
        skills = self._skills[agent]
        for place, (_, _, work) in enumerate(self._waiting):
            for skill, level in work.requirement:
                if skill not in skills or skills[skill] < level:
                    break
            else:
                return place
        return None

    def _find_idle(self, work: Work) -> list[tuple[int, int, int]]:
        """Return the idle who may have it, the best the least: levels below 0, idle since, agent."""
        return [
            (-sum(self._skills[agent][skill] for skill, _ in work.requirement), self._idle[agent], agent)
            for agent in self._meet(self._idle, work.requirement)
        ]

    def _meet(self, agents: Iterable[int], requirement: list[SkillLevel]) -> list[int]:
        """Return those of the agents who have what is asked."""
        every = self._skills
        for skill, level in requirement:
            agents = [one for one in agents if skill in every[one] and every[one][skill] >= level]
        return list(agents)
