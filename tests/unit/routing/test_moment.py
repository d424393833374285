"""A moment replayed says what the engine decided; a change of it is the engine's to judge."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from ucc._native.engine import Engine
from ucc.domain.engine import (
    Accept,
    Advance,
    AgentWrote,
    AllOf,
    AnyCommand,
    AnyFact,
    AnyOf,
    Consult,
    Decline,
    End,
    Enqueue,
    HasSkill,
    InteractionOffered,
    NotSo,
    OneOfAgents,
    OneOfTeams,
    Outcome,
    Relaxation,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    SlaTarget,
    TransferToAgent,
    TransferToQueue,
    decode_outcomes,
    encode_commands,
    encode_facts,
)
from ucc.domain.states import AgentChoice, AgentVerdict, QueueOrder
from ucc.routing.moment import Change, Stood, otherwise, prospect, replayed, stood
from ucc.routing.snapshot import decode_snapshot, encode_snapshot

START_MS = 1_700_000_000_000
ALWAYS = [(0, 2**53 - 1)]
CHINESE, BILLING = 5, 6


def submit(engine: Engine, at_ms: int, *commands: AnyCommand) -> list[Outcome]:
    return decode_outcomes(engine.submit(at_ms, encode_commands(list(commands))))


def copy(engine: Engine) -> Engine:
    return Engine.restore(engine.snapshot())


def online(engine: Engine, at_ms: int, agent: SetAgent) -> None:
    outcomes = submit(
        engine, at_ms, agent, SetSession(agent.agent, "online"), SetStatus(agent.agent, "on_queue")
    )
    assert [one.refusal for one in outcomes] == [None] * 3


def decided(engine: Engine, at_ms: int, command: AnyCommand) -> tuple[Engine, list[AnyFact]]:
    """Carry out a command; return the engine of before and the facts."""
    before = copy(engine)
    [outcome] = submit(engine, at_ms, command)
    return before, outcome.facts


def verdicts(found: Stood) -> dict[int, AgentVerdict]:
    return {one.agent.config.agent: one.verdict for one in found.standings}


# --- what the engine decided, on random worlds ----------------------------------------------------------


class Walk:
    """A small company under random commands, as the engine takes them."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.engine = Engine()
        self.at_ms = START_MS
        self.next_id = 100
        for queue in (1, 2, 3):
            submit(self.engine, self.at_ms, self.queue(queue))
        for agent in range(11, 17):
            online(self.engine, self.at_ms, self.agent(agent))

    def queue(self, queue: int) -> SetQueue:
        dice = self.dice
        condition = dice.choice(
            [
                None,
                AnyOf([HasSkill(CHINESE, 4), OneOfTeams([1])]),
                NotSo(OneOfAgents([dice.randint(11, 16)])),
                AllOf([HasSkill(CHINESE, 2), AnyOf([HasSkill(BILLING, 3), OneOfTeams([2])])]),
            ]
        )
        return SetQueue(
            queue,
            dice.choice([[], [(CHINESE, 5)], [(CHINESE, 3), (BILLING, 2)]]),
            offer_ms=20_000,
            wrap_up_ms=dice.choice([0, 10_000]),
            overflow_after_ms=60_000 if queue < 3 else None,
            overflow_queue=queue + 1 if queue < 3 else None,
            open=ALWAYS,
            condition=condition,
            relaxation=dice.choice(
                [[], [Relaxation(8_000, [(CHINESE, 1)], lower_by=3), Relaxation(20_000, [], lower_by=9)]]
            ),
            order_by=dice.choice(["earliest_deadline", "strict_priority"]),
            agent_choice=dice.choice(list(AgentChoice)).value,
            reserve=dice.choice([0, 0, 1]),
            agent_units_max=dice.choice([None, 1]),
            broadcast=dice.choice([1, 1, 1, 3]),
            sla=[
                SlaTarget("first_response", 15_000, dice.choice([None, 9_000])),
                SlaTarget("resolution", 600_000, 300_000, ["answered", "wrapping"]),
            ],
        )

    def agent(self, agent: int) -> SetAgent:
        dice = self.dice
        skills = [(skill, dice.randint(1, 10)) for skill in (CHINESE, BILLING) if dice.random() < 0.8]
        return SetAgent(
            agent, skills, [("chat", 2), ("voice", 1)], teams=[dice.randint(1, 2)], weight=dice.randint(1, 5)
        )

    def command(self) -> AnyCommand:
        dice = self.dice
        work = list(decode_snapshot(self.engine.snapshot()).work())
        held = [one for one in work if one.holder is not None]
        kind = dice.random()
        if kind < 0.35 or not held:
            self.next_id += 1
            return Enqueue(
                self.next_id,
                dice.randint(1, 3),
                dice.choice(["chat", "chat", "chat", "voice"]),
                self.at_ms,
                priority=dice.choice([0, 0, 0, 3, 9]),
                requirement=dice.choice([[], [(CHINESE, 7)]]),
                preferred_agent=dice.choice([None, None, dice.randint(11, 16)]),
            )
        one = dice.choice(held)
        agent = dice.choice(one.holders)
        if one.stage == "offered":
            taken = Accept(one.interaction, agent, one.epoch)
            return taken if kind < 0.75 else Decline(one.interaction, agent, one.epoch)
        if kind < 0.75:
            return AgentWrote(one.interaction, agent)
        if kind < 0.8:
            return End(one.interaction, agent)
        self.next_id += 1
        if kind < 0.85:
            return TransferToQueue(one.interaction, agent, self.next_id, dice.randint(1, 3))
        if kind < 0.9:
            return TransferToAgent(one.interaction, agent, self.next_id, dice.randint(11, 16))
        if kind < 0.95:
            return SetStatus(dice.randint(11, 16), dice.choice(["on_queue", "off_queue"]))
        return self.queue(dice.randint(1, 3))


@pytest.mark.parametrize("seed", range(12))
def test_the_agent_on_top_of_every_moment_is_the_one_who_was_offered_the_work(seed: int) -> None:
    walk = Walk(seed)
    seen: set[str] = set()
    for _ in range(150):
        walk.at_ms += walk.dice.choice([0, 500, 3_000, 9_000])
        before, facts = decided(walk.engine, walk.at_ms, walk.command())
        for at, fact in enumerate(facts):
            if not isinstance(fact, InteractionOffered):
                continue
            earlier = copy(before)
            first = next(n for n, one in enumerate(facts) if is_offer_of(one, fact.interaction))
            if first < at:  # a broadcast, or offered twice by late timers: the first is the moment
                continue
            found = replayed(earlier, walk.at_ms, facts, fact.interaction)
            assert found is not None
            eligible = [one for one in found.standings if one.verdict is AgentVerdict.ELIGIBLE]
            assert (found.agent, found.rule) == (fact.agent, fact.why.rule)
            assert eligible[0].agent.config.agent == fact.agent
            assert len(eligible) == fact.why.eligible
            assert found.work.step == fact.why.step
            assert eligible[0].units == fact.why.load
            if fact.why.rule != "named":
                assert found.requirement == sorted(fact.why.requirement)
                assert found.waiting == fact.why.waiting + 1
            seen.add(fact.why.rule)
    assert len(seen) >= 2


def is_offer_of(fact: AnyFact, interaction: int) -> bool:
    return isinstance(fact, InteractionOffered) and fact.interaction == interaction


def test_a_snapshot_read_and_written_again_is_the_same_bytes() -> None:
    walk = Walk(3)
    for _ in range(60):
        walk.at_ms += 1_000
        submit(walk.engine, walk.at_ms, walk.command())
    written = walk.engine.snapshot()
    state = decode_snapshot(written)
    assert encode_snapshot(state) == written
    again = [msgspec.msgpack.encode(one) for one in state.work()]
    assert again == [bytes(raw) for raw in state.interactions] != []
    clocks = [clock for one in state.work() for clock in one.clocks]
    assert {clock.is_paused for clock in clocks} == {True, False}
    assert any(one.is_answered for one in state.work())


# --- who was barred, and by what ------------------------------------------------------------------------


def company() -> Engine:
    """Queue 1 asks Chinese 5; 11 is the best, 12 will do, 13 does not know Chinese."""
    engine = Engine()
    submit(engine, START_MS, SetQueue(1, [(CHINESE, 5)], open=ALWAYS, agent_choice="most_skilled"))
    online(engine, START_MS, SetAgent(11, [(CHINESE, 9)], [("chat", 1)]))
    online(engine, START_MS + 1, SetAgent(12, [(CHINESE, 6)], [("chat", 1)]))
    online(engine, START_MS + 2, SetAgent(13, [(BILLING, 9)], [("chat", 1)]))
    return engine


def test_who_declined_is_named_as_excluded_until_then_and_not_as_able() -> None:
    engine = company()
    submit(engine, START_MS + 10, Enqueue(101, 1, "chat", START_MS + 10))
    before, facts = decided(engine, START_MS + 1_000, Decline(101, 11, 1))
    found = replayed(before, START_MS + 1_000, facts, 101)
    assert found is not None
    assert found.agent == 12
    assert verdicts(found) == {
        12: AgentVerdict.ELIGIBLE,
        11: AgentVerdict.EXCLUDED,
        13: AgentVerdict.NOT_MET,
    }
    assert {one.agent.config.agent: one.until_ms for one in found.standings}[11] == START_MS + 31_000


def test_a_relaxation_step_in_force_is_told_with_what_it_asks() -> None:
    engine = company()
    relaxed = [Relaxation(5_000, [], HasSkill(BILLING, 2))]
    submit(engine, START_MS + 10, SetQueue(1, [(CHINESE, 10)], open=ALWAYS, relaxation=relaxed))
    submit(engine, START_MS + 20, Enqueue(101, 1, "chat", START_MS + 20))
    waits = stood(copy(engine), 101)
    assert waits is not None
    assert (waits.work.step, waits.agent, waits.requirement) == (0, None, [(CHINESE, 10)])
    assert set(verdicts(waits).values()) == {AgentVerdict.NOT_MET}
    before, facts = decided(engine, START_MS + 6_000, Advance())
    found = replayed(before, START_MS + 6_000, facts, 101)
    assert found is not None
    assert (found.work.step, found.agent) == (1, 13)
    assert (found.requirement, found.conditions) == ([], [HasSkill(BILLING, 2)])


def test_work_in_somebodys_hands_has_no_moment() -> None:
    engine = company()
    submit(engine, START_MS + 10, Enqueue(101, 1, "chat", START_MS + 10), Accept(101, 11, 1))
    before, facts = decided(engine, START_MS + 20, End(101, 11))
    assert replayed(before, START_MS + 20, facts, 101) is None


# --- the same moment otherwise --------------------------------------------------------------------------


def with_choice(choice: AgentChoice) -> Change:
    return Change(queue=lambda config: msgspec.structs.replace(config, agent_choice=choice.value))


def test_another_choice_of_agent_would_have_rung_elsewhere_and_nothing_is_changed_by_asking() -> None:
    engine = company()
    kept = engine.state_hash()
    arrival = Enqueue(101, 1, "chat", START_MS + 10)
    least = otherwise(copy(engine), START_MS + 10, arrival, 1, 101, with_choice(AgentChoice.LEAST_SKILLED))
    most = otherwise(copy(engine), START_MS + 10, arrival, 1, 101, with_choice(AgentChoice.MOST_SKILLED))
    assert least is not None
    assert most is not None
    assert (least.agent, least.rule, most.agent) == (12, "least_skilled", 11)
    assert engine.state_hash() == kept


def test_a_level_or_a_requirement_otherwise_lets_somebody_else_take_it() -> None:
    engine = company()
    arrival = Enqueue(101, 1, "chat", START_MS + 10)
    learned = Change(agent=13, skills=lambda skills: [*skills, (CHINESE, 10)])
    asks_billing = Change(queue=lambda config: msgspec.structs.replace(config, requirement=[(BILLING, 1)]))
    nobody = Change(queue=lambda config: msgspec.structs.replace(config, requirement=[(BILLING, 10)]))
    found = [
        otherwise(copy(engine), START_MS + 10, arrival, 1, 101, change)
        for change in (learned, asks_billing, nobody)
    ]
    assert [one and one.agent for one in found] == [13, 13, None]
    assert found[2] is not None
    assert set(verdicts(found[2]).values()) == {AgentVerdict.NOT_MET}


def waiting_room() -> tuple[Engine, AnyCommand]:
    """Nobody is free: 101 waits since long, 102 with priority 3 since just now; then an agent comes free."""
    engine = Engine()
    submit(engine, START_MS, SetQueue(1, [], open=ALWAYS, priority_step_ms=1_000, wrap_up_ms=0))
    online(engine, START_MS, SetAgent(11, [], [("chat", 1)]))
    submit(engine, START_MS, Enqueue(100, 1, "chat", START_MS), Accept(100, 11, 1))
    submit(engine, START_MS + 1, Enqueue(101, 1, "chat", START_MS + 1))
    submit(engine, START_MS + 60_000, Enqueue(102, 1, "chat", START_MS + 60_000, priority=3))
    return engine, End(100, 11)


def test_another_order_or_priority_gives_the_work_another_place() -> None:
    engine, ends = waiting_room()
    at_ms = START_MS + 61_000
    strict = Change(
        queue=lambda config: msgspec.structs.replace(config, order_by=QueueOrder.STRICT_PRIORITY.value),
        is_reordered=True,
    )
    was = replayed(*_decided(engine, at_ms, ends), 102)
    assert was is not None
    assert (was.agent, was.place, was.waiting) == (None, 1, 1)  # 101 was offered; 102 is next
    would = otherwise(copy(engine), at_ms, ends, 1, 102, strict)
    assert would is not None
    assert (would.agent, would.place, would.waiting) == (11, 1, 2)
    raised = otherwise(copy(engine), at_ms, ends, 1, 101, Change(priority=9))
    lowered = otherwise(copy(engine), at_ms, ends, 1, 102, Change(priority=0))
    assert raised is not None
    assert lowered is not None
    assert (raised.agent, lowered.agent) == (11, None)


def _decided(engine: Engine, at_ms: int, command: AnyCommand) -> Any:
    before, facts = decided(copy(engine), at_ms, command)
    return before, at_ms, facts


# --- nobody yet -----------------------------------------------------------------------------------------


def test_a_prospect_is_ranked_under_the_policy_given_and_after_the_waiting_given() -> None:
    engine = company()
    relaxed = [Relaxation(30_000, [(BILLING, 1)])]
    state = decode_snapshot(engine.snapshot())
    config = msgspec.structs.replace(state.queues[0].config, relaxation=relaxed)
    order = Enqueue(1, 1, "chat", START_MS + 50)
    now = prospect(decode_snapshot(engine.snapshot()), order, 0, config)
    later = prospect(decode_snapshot(engine.snapshot()), order, 30_000, config)
    assert (now.agent, now.place, now.work.step) == (11, 1, 0)
    assert (later.agent, later.work.step) == (13, 1)
    folded = copy(engine)
    folded.fold(START_MS, encode_facts([]))
    assert folded.state_hash() == engine.state_hash()


def test_r79_a_consult_in_a_queue_is_barred_to_who_asks_however_the_queue_is_ordered() -> None:
    engine = Engine()
    submit(engine, START_MS, SetQueue(2, [(BILLING, 3)], open=ALWAYS))
    for agent, units in ((11, 2), (12, 1)):
        online(engine, START_MS, SetAgent(agent, [(BILLING, 5)], [("chat", units)]))
    held = {}
    for work in (1, 2):
        [outcome] = submit(engine, START_MS, Enqueue(work, 2, "chat", START_MS))
        offer = next(fact for fact in outcome.facts if isinstance(fact, InteractionOffered))
        submit(engine, START_MS, Accept(work, offer.agent, offer.epoch))
        held[offer.agent] = work
    [outcome] = submit(engine, START_MS + 5, Consult(held[11], 11, 3, queue=2))
    assert outcome.refusal is None
    found = stood(engine, 3)
    assert found is not None
    assert verdicts(found) == {11: AgentVerdict.ASKS, 12: AgentVerdict.NO_UNITS}
    strict = Change(
        queue=lambda config: msgspec.structs.replace(config, order_by="strict_priority"), is_reordered=True
    )
    other = otherwise(copy(engine), START_MS + 10, Advance(), 2, 3, strict)
    assert other is not None
    assert verdicts(other) == {11: AgentVerdict.NOT_MET, 12: AgentVerdict.NO_UNITS}
    assert other.work.arrived_ms == START_MS, "it has the place of its contact"
