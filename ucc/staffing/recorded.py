"""Recorded days as plans: contacts, people and policies of a day, played again, edited, or as a forecast."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from ucc.domain.engine import Interval, SetAgent, SetQueue, SkillLevel
from ucc.domain.errors import BadInput
from ucc.domain.simulation import AgentChanged, AgentsAdded, DayNotes, QueueChanged, SimulationWrite
from ucc.domain.states import SimulationBasis
from ucc.staffing.asking import ADDED_MAX, HOUR_S, check, check_names, time_s
from ucc.staffing.assumed import Times, arrivals_per_hour, times_of
from ucc.staffing.days import PERIOD_S, Day, Kind, Person, Window
from ucc.staffing.fields import refuse
from ucc.staffing.policies import Names, changed, check_circles
from ucc.staffing.scenario import (
    TYPES_MAX,
    Contact,
    ContactType,
    Distribution,
    Group,
    Plan,
    QueueOf,
)

CARRIED_S = 1.0  # who was there when the day began comes this long before it (router-rs/simulate/recorded.rs)
DAY_MS = 86_400_000
PLAYED_MAX = 2_000_000  # contacts × replications × policies of one question
SECONDS_MIN = 0.001
LEFT_MIN = 5  # fewer tell nothing about the patience of one type
ADDED_ID = 2**52  # ids of people who are not there; the engine knows nobody above


class Question(msgspec.Struct, frozen=True):
    """What is to be simulated."""

    plan: Plan
    edited: Plan | None
    recording: DayNotes | None  # None: assumed, or a scenario that somebody wrote


def question_of(
    write: SimulationWrite, window: Window, day: Day, names: Names, like: list[tuple[Window, Day]]
) -> Question:
    """Return the plans of a question: the day (or the forecast) as it is, and with its edits.

    Raises:
        BadInput: Names the path of the field, what was found and what is allowed.

    """
    check(write)
    check_names(write, names)
    builder = _Builder(write, window, day, names, like)
    plan = builder.plan(edited=False)
    arrived = sum(_arrivals(told, window) for told in plan.types)
    if not arrived or not plan.groups:
        if write.basis is SimulationBasis.ASSUMED:
            told = f"{len(day.queues)} queues and {len(day.agents)} agents"
            refuse("basis", told, "assumed, once there are a queue and an agent who are active")
        refuse("date", write.date, "a day on which contacts came and somebody took work")
    is_edited = write.edits != type(write.edits)()
    played = arrived * write.replications * (1 + is_edited + 3 * write.has_rivals)
    if played > PLAYED_MAX:
        refuse(
            "replications",
            write.replications,
            f"at most {PLAYED_MAX * write.replications // round(played)}: "
            f"{round(arrived)} contacts a day and policy, {PLAYED_MAX} in all",
        )
    return Question(plan, builder.plan(edited=True) if is_edited else None, builder.recording())


class _Builder:
    """Builds the plans of one question."""

    def __init__(
        self,
        write: SimulationWrite,
        window: Window,
        day: Day,
        names: Names,
        like: list[tuple[Window, Day]],
    ) -> None:
        self._write = write
        self._window = window
        self._day = day
        self._names = names
        self._days = [(window, day), *like] if write.basis is SimulationBasis.FORECAST else [(window, day)]
        self._queues = {one.queue: _queue(one.config, window) for one in day.queues}
        self._kinds = self._pooled()
        self._media = {one.medium for one in self._kinds}
        self._length_s = window.periods * PERIOD_S
        contacts = [one for kind in self._kinds for one in kind.contacts]
        self._patience_s = _patience_s(contacts, 1)
        self._all = contacts

    def _pooled(self) -> list[Kind]:
        """Return the kinds of all days together; a queue that only others overflow into has no contacts."""
        found: dict[tuple[object, ...], Kind] = {}
        for _, day in self._days:
            for kind in day.kinds:
                if kind.queue not in self._queues:
                    continue  # a queue of another day that is no more
                key = (kind.queue, kind.medium, kind.units, tuple(kind.requirement))
                known = found.setdefault(key, replace(kind, contacts=[]))
                known.contacts.extend(kind.contacts)
        targets = {
            target
            for config in self._queues.values()
            for target in (config.overflow_queue, config.redirect_queue)
        }
        edited = (one.overflow for one in self._write.edits.queues if one.overflow is not None)
        targets |= {overflow.queue_id for overflow in edited}
        for queue in sorted(target for target in self._queues if target in targets):
            if not any(kind.queue == queue for kind in found.values()):
                found[(queue,)] = Kind(queue, "chat", 1, [], [])
        if len(found) > TYPES_MAX:
            raise BadInput(
                f"date: found {len(found)} kinds of contacts on {self._window.date}, allowed are {TYPES_MAX}"
            )
        return list(found.values())

    def plan(self, *, edited: bool) -> Plan:
        """Return the plan, with or without the edits."""
        queues = dict(self._queues)
        groups = [self._group(person) for person in self._day.agents]
        if edited:
            edits = self._write.edits
            leads = {queue: config.overflow_queue for queue, config in queues.items()}
            check_circles(edits.queues, leads, self._names)
            for place, one in enumerate(edits.queues):
                queues[one.queue_id] = self._change_queue(f"edits.queues[{place}]", one, queues)
            for place, agent in enumerate(edits.agents):
                at = self._place_of(f"edits.agents[{place}]", agent)
                groups[at] = self._change_agent(f"edits.agents[{place}]", agent, groups[at])
            usual = self._usual_capacity()
            groups += [
                self._add_agents(f"edits.added[{place}]", one, place, usual)
                for place, one in enumerate(edits.added)
            ]
        return Plan(
            seed=self._write.seed,
            replications=self._write.replications,
            periods=self._window.periods,
            period_s=PERIOD_S,
            warm_up_s=CARRIED_S,
            day_factor_shape=None,
            types=[self._type(kind, queues) for kind in self._kinds],
            groups=groups,
            trunks=[],
            start_ms=self._window.from_ms,
        )

    # --- contacts -------------------------------------------------------------------------------------

    def _type(self, kind: Kind, queues: dict[int, SetQueue]) -> ContactType:
        config = queues[kind.queue]
        own = kind.contacts
        is_day = self._write.basis is SimulationBasis.DAY
        priorities = Counter(one.priority for one in own)
        times = self._times(own)
        return ContactType(
            name=self._type_name(kind),
            arrivals_per_hour=[0.0] * self._window.periods if is_day else self._rates(kind),
            service=times.service,
            wrap_up=times.wrap_up,
            patience=times.patience,
            target_s=self._queues[kind.queue].answer_target_ms / 1000,  # the same measure for both
            priority=priorities.most_common(1)[0][0] if priorities else 0,
            priority_step_s=config.priority_step_ms / 1000,
            waiting_max=config.waiting_max,
            trunk=None,
            requirement=[],
            ranks=[],
            is_listed=False,
            answer=times.answer,
            recorded=own if is_day else None,
            queue=QueueOf(_hex(config), kind.requirement, kind.medium, kind.units),
        )

    def _times(self, own: list[Contact]) -> Times:
        """Return how long contacts of a kind take and wait: as assumed, or as seen."""
        if self._write.assumed is not None:
            return times_of(self._write.assumed)
        patience_s = _patience_s(own, LEFT_MIN) or self._patience_s
        return Times(
            service=_observed([one.service_s for one in own], [one.service_s for one in self._all]),
            wrap_up=_observed([one.wrap_up_s for one in own], [one.wrap_up_s for one in self._all]),
            patience=None if patience_s is None else Distribution("exponential", mean_s=patience_s),
            answer=_observed(
                [one.answer_s for one in own if one.ending == "served"],
                [one.answer_s for one in self._all if one.ending == "served"],
            ),
        )

    def _type_name(self, kind: Kind) -> str:
        name = self._names.queues.get(kind.queue, f"queue {kind.queue}")
        asked = [self._names.skills.get(skill, str(skill)) for skill, _ in kind.requirement]
        media = {one.medium for one in self._kinds if one.queue == kind.queue}
        return " · ".join([name, *asked, *([kind.medium] if len(media) > 1 else [])])

    def _rates(self, kind: Kind) -> list[float]:
        """Return how many contacts an hour come in each period: as assumed, or as the mean of the days."""
        if self._write.assumed is not None:
            return arrivals_per_hour(self._write.assumed, self._window.periods, len(self._kinds))
        counts = [0.0] * self._window.periods
        for _, day in self._days:
            for other in day.kinds:
                if (other.queue, other.medium, other.units, other.requirement) == (
                    kind.queue, kind.medium, kind.units, kind.requirement,
                ):  # fmt: skip
                    for one in other.contacts:
                        period = math.floor(one.at_s / PERIOD_S)
                        if 0 <= period < len(counts):
                            counts[period] += 1
        each = self._write.volume / len(self._days) * HOUR_S / PERIOD_S
        return [count * each for count in counts]

    def recording(self) -> DayNotes | None:
        """Return what is known, and what is drawn; None of a day that is assumed."""
        if self._write.assumed is not None:
            return None
        left = sum(one.ending == "left" for one in self._all)
        return DayNotes(
            date=self._window.date,
            from_ms=self._window.from_ms,
            until_ms=self._window.until_ms,
            time_zone=self._window.time_zone,
            contacts=len(self._all),
            agents=len(self._day.agents),
            patience_seen=left,
            patience_censored=len(self._all) - left,
            patience_mean_s=self._patience_s,
            service_drawn=sum(one.service_s is None for one in self._all),
            transfers=sum(day.named for _, day in self._days),
        )

    # --- people ---------------------------------------------------------------------------------------

    def _group(self, person: Person) -> Group:
        config = _agent(person.config)
        return self._group_of(
            self._names.agents.get(person.agent, f"agent {person.agent}"), config, 1, person.presence
        )

    def _group_of(
        self, name: str, config: SetAgent, count: int, presence: list[tuple[float, float]]
    ) -> Group:
        return Group(
            name=name,
            staff=[count] * self._window.periods,
            capacity=max([1, *(units for medium, units in config.capacity if medium in self._media)]),
            skills=[],
            serves=[],
            agent=_hex(config),
            presence=presence,
        )

    def _usual_capacity(self) -> list[tuple[str, int]]:
        """Return what most of the day's agents can have in hand."""
        found = Counter(tuple(_agent(person.config).capacity) for person in self._day.agents)
        return list(found.most_common(1)[0][0]) if found else [("chat", 1)]

    def _add_agents(self, path: str, one: AgentsAdded, place: int, capacity: list[tuple[str, int]]) -> Group:
        hours = self._hours(f"{path}.from_time", one.from_time, one.until_time)
        skills = _levels(one.skills)
        config = SetAgent(agent=ADDED_ID + place * ADDED_MAX, skills=skills, capacity=capacity)
        told = ", ".join(f"{self._names.skills[skill]} {level}" for skill, level in skills)
        name = f"+{one.count}{' ' if told else ''}{told} {one.from_time}–{one.until_time}"
        return self._group_of(name, config, one.count, [hours])

    def _change_agent(self, path: str, one: AgentChanged, group: Group) -> Group:
        assert group.agent is not None
        assert group.presence is not None
        config = _agent(group.agent)
        if one.skills is not None:
            config = replace(config, skills=_levels(one.skills))
        presence = group.presence
        if one.away_from_time is not None and one.away_until_time is not None:
            away = self._hours(f"{path}.away_from_time", one.away_from_time, one.away_until_time)
            presence = list(_without(presence, away))
        return replace(group, agent=_hex(config), presence=presence)

    def _place_of(self, path: str, one: AgentChanged) -> int:
        found = [place for place, person in enumerate(self._day.agents) if person.agent == one.agent_id]
        if not found:
            refuse(f"{path}.agent_id", one.agent_id, f"an agent who took work on {self._window.date}")
        return found[0]

    def _hours(self, path: str, from_time: str, until_time: str) -> Interval:
        from_s, until_s = (self._window.since_begin_s(time_s(one) or 0) for one in (from_time, until_time))
        if from_s >= self._length_s:
            refuse(path, from_time, f"before the recording ends, after {self._length_s} s")
        return from_s, min(until_s, self._length_s)

    # --- policies -------------------------------------------------------------------------------------

    def _change_queue(self, path: str, one: QueueChanged, queues: dict[int, SetQueue]) -> SetQueue:
        if one.queue_id not in queues:
            refuse(f"{path}.queue_id", one.queue_id, f"a queue of {self._window.date}")
        target = None if one.overflow is None else one.overflow.queue_id
        if target is not None and target not in queues:
            refuse(f"{path}.overflow.queue_id", target, f"a queue of {self._window.date}")
        return changed(path, queues[one.queue_id], one)


def _levels(skills: dict[str, int]) -> list[SkillLevel]:
    return sorted((int(skill), level) for skill, level in skills.items())


def _queue(text: str, window: Window) -> SetQueue:
    """Return a queue with the opening hours around the day alone."""
    config = msgspec.msgpack.decode(bytes.fromhex(text), type=SetQueue)
    from_ms, until_ms = window.from_ms - DAY_MS, window.until_ms + DAY_MS
    return replace(config, open=[one for one in config.open if one[0] < until_ms and one[1] > from_ms])


def _agent(text: str) -> SetAgent:
    return msgspec.msgpack.decode(bytes.fromhex(text), type=SetAgent)


def _hex(config: SetAgent | SetQueue) -> str:
    return msgspec.msgpack.encode(config).hex()


def _observed(own: list[float | None], others: list[float | None]) -> Distribution:
    """Return the times that were seen, of other kinds where there are none."""
    seen = [value for value in own if value is not None] or [value for value in others if value is not None]
    return Distribution("observed", values_s=seen or [0.0])


def _patience_s(contacts: list[Contact], left_min: int) -> float | None:
    """Return the mean patience: all waiting ÷ those who left, which is right for censored exponentials."""
    left = sum(one.ending == "left" for one in contacts)
    waited_s = sum(one.waited_s for one in contacts if one.ending != "blocked")
    return max(SECONDS_MIN, waited_s / left) if left >= left_min else None


def _arrivals(told: ContactType, window: Window) -> float:
    if told.recorded is not None:
        return len(told.recorded)
    return sum(told.arrivals_per_hour) * PERIOD_S / HOUR_S


def _without(presence: list[tuple[float, float]], away: Interval) -> Iterator[tuple[float, float]]:
    """Yield what is left of the presence."""
    for from_s, until_s in presence:
        # Away from the first minute on means also the moment before it.
        if from_s < away[0] and not (away[0] == 0 and from_s < 0):
            yield from_s, min(until_s, away[0])
        if until_s > away[1]:
            yield max(from_s, away[1]), until_s
