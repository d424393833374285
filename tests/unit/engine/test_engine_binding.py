"""The binding: batches, folding, snapshots, and what happens when the engine breaks inside."""

from __future__ import annotations

import random

import msgspec
import pytest

from ucc._native.engine import BadRow, Engine, EngineBroken
from ucc.domain.engine import (
    Accept,
    Advance,
    AnyCommand,
    AnyFact,
    AnyOf,
    Complete,
    Decline,
    End,
    Enqueue,
    HasSkill,
    InteractionClosed,
    InteractionOffered,
    InteractionQueued,
    Outcome,
    Prospect,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    decode_outcomes,
    decode_prospect,
    encode_command,
    encode_commands,
    encode_facts,
)

START_MS = 1_700_000_000_000
ALWAYS = [(0, 2 * START_MS)]


def submit(engine: Engine, now_ms: int, *commands: AnyCommand) -> list[Outcome]:
    return decode_outcomes(engine.submit(now_ms, encode_commands(list(commands))))


def staffed(*agents: int) -> Engine:
    """An engine with queue 1 (English, skill 5) and these agents on it."""
    engine = Engine()
    submit(engine, START_MS, SetQueue(1, [(5, 3)], open=ALWAYS))
    for agent in agents:
        outcomes = submit(
            engine,
            START_MS,
            SetAgent(agent, [(5, 8)], [("chat", 3), ("voice", 1)]),
            SetSession(agent, "online"),
            SetStatus(agent, "on_queue"),
        )
        assert all(outcome.refusal is None for outcome in outcomes)
    return engine


def test_a_chat_is_offered_accepted_wrapped_up_and_closed() -> None:
    engine = staffed(7)
    (queued,) = submit(engine, START_MS, Enqueue(100, 1, "chat", START_MS))
    offer = queued.facts[1]
    assert isinstance(offer, InteractionOffered)
    assert (offer.agent, offer.expires_ms, offer.why.levels) == (7, START_MS + 15_000, [(5, 8)])
    assert engine.next_deadline() == START_MS + 15_000
    submit(engine, START_MS + 1_000, Accept(100, 7, offer.epoch), End(100, 7))
    (over,) = submit(engine, START_MS + 61_000, Advance())
    assert over.facts == [InteractionClosed(100, 7, "wrap_up_timed_out")]


def test_outcomes_come_one_for_each_command_in_order() -> None:
    engine = staffed(7)
    first, refused, last = submit(
        engine,
        START_MS,
        Enqueue(100, 1, "chat", START_MS),
        Enqueue(100, 1, "chat", START_MS),
        Enqueue(101, 1, "chat", START_MS),
    )
    assert (first.refusal, refused.refusal, last.refusal) == (None, "interaction_exists", None)
    assert refused.facts == []
    assert isinstance(last.facts[0], InteractionQueued)


def test_i13_folding_the_journal_and_a_snapshot_with_its_suffix_equal_the_live_engine() -> None:
    chance, live, folded = random.Random(7), staffed(), staffed()
    now_ms, suffix_from = START_MS, None
    journal: list[tuple[int, list[AnyFact]]] = []
    for step in range(400):
        now_ms += chance.choice([0, 10, 1_000, 20_000])
        agent, work = chance.randint(1, 6), chance.randint(1, step + 2)
        commands: list[AnyCommand] = [
            SetAgent(agent, [(5, chance.randint(1, 10))], [("chat", 2), ("voice", 1)]),
            SetSession(agent, chance.choice(["online", "online", "reconnecting", "offline"])),
            SetStatus(agent, chance.choice(["on_queue", "on_queue", "off_queue"])),
            Enqueue(step, 1, chance.choice(["chat", "voice"]), now_ms, priority=chance.randint(0, 2)),
            Accept(work, agent, 1),
            Decline(work, agent, 1),
            End(work, agent),
            Complete(work, agent),
            Advance(),
        ]
        (outcome,) = submit(live, now_ms, chance.choice(commands))
        journal.append((now_ms, [outcome]))
        folded.fold(now_ms, encode_facts(outcome.facts))
        assert folded.state_hash() == live.state_hash()
        assert folded.next_deadline() == live.next_deadline()
        if step == 200:
            suffix_from = live.snapshot()
    assert suffix_from is not None
    restored = Engine.restore(suffix_from)
    restored.replay([(at_ms, msgspec.msgpack.encode(outcomes)) for at_ms, outcomes in journal[201:]])
    assert restored.snapshot() == live.snapshot()
    assert restored.next_deadline() == live.next_deadline()


def test_a_row_that_is_none_is_named_and_those_before_it_are_folded() -> None:
    (queued,) = submit(staffed(7), START_MS, Enqueue(1, 1, "chat", START_MS))
    row = (START_MS, msgspec.msgpack.encode([queued]))
    engine, expected = staffed(7), staffed(7)
    expected.replay([row])
    with pytest.raises(BadRow) as told:
        engine.replay([row, (START_MS, row[1] + b"\xc0"), row])
    assert told.value.args == (f"offset {len(row[1])}: found 1 more bytes, allowed is the end", 1)
    assert engine.snapshot() == expected.snapshot()


def test_position_and_figures_answer_without_changing_anything() -> None:
    engine = staffed(7)
    submit(engine, START_MS, *(Enqueue(work, 1, "chat", START_MS + work) for work in range(100, 106)))
    before = engine.state_hash()
    assert engine.position(100, START_MS) == (0, 3, 0, 0)
    assert engine.position(104, START_MS) == (2, 3, None, None)
    assert engine.position(999, START_MS) is None
    assert engine.queue_figures(1) == (3, START_MS, 1, 1, 0, True)
    assert engine.queue_figures(2) is None
    assert engine.state_hash() == before


def test_who_would_get_it_says_what_comes_and_changes_nothing() -> None:
    engine = staffed(7, 8)
    before = engine.state_hash()
    arrival = Enqueue(100, 1, "chat", START_MS)
    prospect = decode_prospect(engine.who_would_get(encode_command(arrival)))
    assert engine.state_hash() == before
    assert (prospect.agent, prospect.agents) == (7, [(7, "eligible"), (8, "eligible")])
    (outcome,) = submit(engine, START_MS, arrival)
    offer = outcome.facts[1]
    assert isinstance(offer, InteractionOffered)
    assert (offer.agent, offer.why.rule) == (prospect.agent, prospect.rule)
    again = decode_prospect(engine.who_would_get(encode_command(arrival)))
    assert again == Prospect("interaction_exists")
    with pytest.raises(ValueError, match="allowed is one of enqueue"):
        engine.who_would_get(encode_command(Advance()))


def test_a_snapshot_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="offset 0: found an integer, allowed is an array"):
        Engine.restore(b"\x01")
    with pytest.raises(ValueError, match="found version 9, allowed is version 1 to 5"):
        Engine.restore(b"\x97\x09")


def test_a_refusal_names_the_field_what_was_found_and_what_is_allowed() -> None:
    engine = staffed(7)
    (outcome,) = submit(
        engine,
        START_MS,
        Enqueue(100, 1, "chat", START_MS, condition=AnyOf([HasSkill(5, 1), HasSkill(5, 12)])),
    )
    assert outcome.refusal == "bad_requirement"
    assert str(outcome.fault) == "condition.of[1].level: found 12, allowed is 1 to 10"
    assert outcome.facts == []


def test_facts_that_do_not_follow_break_the_engine_and_it_stays_broken() -> None:
    engine = staffed(7)
    with pytest.raises(EngineBroken, match="names live work"):
        engine.fold(START_MS, encode_facts([InteractionClosed(404, 7, "completed")]))
    with pytest.raises(EngineBroken, match="broke before"):
        engine.submit(START_MS, encode_commands([Advance()]))
    with pytest.raises(EngineBroken, match="broke before"):
        engine.next_deadline()
