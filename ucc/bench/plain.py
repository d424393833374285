"""The same decisions in plain Python, as one would first write them: the peer of `ucc bench routing`.

Dicts, one sorted list of all that waits, a scan of it for whoever comes free, a scan of the idle for what
arrives. It knows what the workloads ask and no more: earliest deadline first, highest levels and then longest
idle, one piece of work an agent, answer targets and one step of relaxation, each with its timer.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any

from ucc.domain.engine import (
    Accept,
    Advance,
    AnyCommand,
    ContactLeft,
    End,
    Enqueue,
    InteractionOffered,
    Outcome,
    RequirementRelaxed,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    SkillLevel,
    SlaBreached,
)

RELAXED, BREACHED, OFFERED = "relaxed", "breached", "offered"
Decision = tuple[str, int, int]  # what, of which interaction, to which agent (0: none)


def decisions_of(outcomes: list[Outcome]) -> list[Decision]:
    """Return what the engine decided, in the peer's words."""
    found: list[Decision] = []
    for outcome in outcomes:
        for fact in outcome.facts:
            if isinstance(fact, InteractionOffered):
                found.append((OFFERED, fact.interaction, fact.agent))
            elif isinstance(fact, SlaBreached):
                found.append((BREACHED, fact.interaction, 0))
            elif isinstance(fact, RequirementRelaxed):
                found.append((RELAXED, fact.interaction, 0))
    return found


class Work:
    """One interaction that waits or rings."""

    __slots__ = ("agent", "asked", "deadline_ms", "eligible", "interaction", "order", "queue")

    def __init__(self, command: Enqueue, queue: SetQueue, order: int, eligible: dict[int, int]) -> None:
        self.interaction = command.interaction
        self.queue = queue
        self.asked = command.requirement
        self.order = order
        early_ms = command.priority * queue.priority_step_ms
        self.deadline_ms = max(1, command.arrived_ms + queue.answer_target_ms - early_ms)
        self.eligible = eligible  # agent → levels
        self.agent = 0  # rings at


class PlainRouter:
    """Takes commands as the engine does; `decisions` grows."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self._queues: dict[int, SetQueue] = {}
        self._holders: dict[int, dict[int, int]] = {}  # skill → agent → level
        self._everybody: dict[int, int] = {}
        self._idle: dict[int, int] = {}  # agent → since when
        self._away: dict[int, int] = {}  # ringing or busy
        self._work: dict[int, Work] = {}
        self._waiting: list[tuple[int, int, Work]] = []  # deadline, order
        self._timers: list[tuple[int, int, int]] = []  # when, interaction, 0 relaxation or 1 breach
        self._eligible: dict[tuple[SkillLevel, ...], dict[int, int]] = {}
        self._order = 0
        self._acts: dict[type, Callable[[int, Any], None]] = {
            SetQueue: self._set_queue,
            SetAgent: self._set_agent,
            SetSession: self._nothing,
            SetStatus: self._set_status,
            Enqueue: self._enqueue,
            Accept: self._accept,
            End: self._end,
            ContactLeft: self._contact_left,
            Advance: self._nothing,
        }

    def submit(self, now_ms: int, command: AnyCommand) -> None:
        """Carry one command out, and before it what is due."""
        while self._timers and self._timers[0][0] <= now_ms:
            self._fire(*heapq.heappop(self._timers))
        self._acts[type(command)](now_ms, command)

    def _nothing(self, now_ms: int, command: AnyCommand) -> None:
        """Time passed, which `submit` has seen to; sessions never end here."""

    def _set_queue(self, now_ms: int, command: SetQueue) -> None:
        self._queues[command.queue] = command

    def _set_agent(self, now_ms: int, command: SetAgent) -> None:
        for skill, level in command.skills:
            self._holders.setdefault(skill, {})[command.agent] = level
        self._everybody[command.agent] = 0

    def _set_status(self, now_ms: int, command: SetStatus) -> None:
        self._idle[command.agent] = now_ms

    def _enqueue(self, now_ms: int, command: Enqueue) -> None:
        queue = self._queues[command.queue]
        self._order += 1
        asked = self._asked(queue.requirement, command.requirement, 0)
        work = Work(command, queue, self._order, asked)
        self._work[work.interaction] = work
        heapq.heappush(self._timers, (command.arrived_ms + queue.answer_target_ms, work.interaction, 1))
        if queue.relaxation:
            due_ms = now_ms + queue.relaxation[0].after_ms
            heapq.heappush(self._timers, (due_ms, work.interaction, 0))
        if not self._offer_to_best(work):
            insort(self._waiting, (work.deadline_ms, work.order, work))

    def _accept(self, now_ms: int, command: Accept) -> None:
        del self._work[command.interaction]

    def _end(self, now_ms: int, command: End) -> None:
        self._free(command.agent, now_ms)

    def _contact_left(self, now_ms: int, command: ContactLeft) -> None:
        work = self._work.pop(command.interaction)
        if work.agent:
            self._free(work.agent, self._away[work.agent])
        else:
            del self._waiting[bisect_left(self._waiting, (work.deadline_ms, work.order))]

    def _free(self, agent: int, since_ms: int) -> None:
        """Give the agent the first that waits and may be theirs, or leave them idle."""
        for place, (_, _, work) in enumerate(self._waiting):
            if agent in work.eligible:
                del self._waiting[place]
                self._away[agent] = since_ms
                self._offer(work, agent)
                return
        self._away.pop(agent, None)
        self._idle[agent] = since_ms

    def _offer_to_best(self, work: Work) -> bool:
        """Offer it to the idle agent with the highest levels, then the longest idle, if there is one."""
        eligible, best, best_levels, best_since_ms = work.eligible, 0, 0, 0
        for agent, since_ms in self._idle.items():
            levels = eligible.get(agent)
            if levels is None or levels < best_levels:
                continue
            is_better = levels > best_levels or since_ms < best_since_ms
            if not best or is_better or (since_ms == best_since_ms and agent < best):
                best, best_levels, best_since_ms = agent, levels, since_ms
        if best:
            self._away[best] = self._idle.pop(best)
            self._offer(work, best)
        return best > 0

    def _offer(self, work: Work, agent: int) -> None:
        work.agent = agent
        self.decisions.append((OFFERED, work.interaction, agent))

    def _fire(self, due_ms: int, interaction: int, what: int) -> None:
        work = self._work.get(interaction)
        if work is None:
            return
        if what:
            self.decisions.append((BREACHED, interaction, 0))
        elif not work.agent:
            step = work.queue.relaxation[0]
            work.eligible = self._asked(step.requirement, work.asked, step.lower_by)
            self.decisions.append((RELAXED, interaction, 0))
            if self._offer_to_best(work):
                del self._waiting[bisect_left(self._waiting, (work.deadline_ms, work.order))]

    def _asked(self, queue: list[SkillLevel], own: list[SkillLevel], lower_by: int) -> dict[int, int]:
        """Return who meets what queue and work ask, with the sum of their levels; found once, then known."""
        levels = dict(queue)
        for skill, level in own:
            levels[skill] = max(levels.get(skill, 0), max(1, level - lower_by))
        asked = tuple(sorted(levels.items()))
        found = self._eligible.get(asked)
        if found is None:
            found = self._eligible[asked] = self._meet(asked)
        return found

    def _meet(self, asked: tuple[SkillLevel, ...]) -> dict[int, int]:
        if not asked:
            return self._everybody
        holders = [(self._holders.get(skill, {}), level) for skill, level in asked]
        holders.sort(key=lambda one: len(one[0]))
        return {
            agent: sum(levels[agent] for levels, _ in holders)
            for agent in holders[0][0]
            if all(levels.get(agent, 0) >= level for levels, level in holders)
        }
