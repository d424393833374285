"""Python and Rust speak one vocabulary: every command and fact is the same bytes on both sides."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.engine.samples import COMMANDS, CONDITIONS, FACTS, make, samples, tag_of
from ucc._native import engine as native
from ucc.domain import engine
from ucc.domain.states import AgentChoice, Medium, OverflowExit, QueueOrder, SlaClock, SlaPause


def test_rust_and_python_know_the_same_tags_media_and_refusals() -> None:
    commands, facts, media, refusals = native.vocabulary()
    assert commands == [tag_of(kind) for kind in COMMANDS]
    assert facts == [tag_of(kind) for kind in FACTS]
    assert media == [medium.value for medium in Medium]
    assert refusals == [refusal.value for refusal in engine.Refusal]


def test_every_command_makes_the_round_trip_byte_for_byte() -> None:
    commands = list(samples(COMMANDS))
    written = engine.encode_commands(commands)
    assert native.echo_commands(written) == written
    assert engine.decode_commands(native.echo_commands(written)) == commands


def test_every_fact_makes_the_round_trip_byte_for_byte() -> None:
    facts = list(samples(FACTS))
    written = engine.encode_facts(facts)
    assert native.echo_facts(written) == written
    assert engine.decode_facts(native.echo_facts(written)) == facts


def test_every_condition_makes_the_round_trip_inside_a_command() -> None:
    parts = [make(kind, 7, is_full=True) for kind in CONDITIONS]
    whole = engine.AllOf([engine.NotSo(engine.AnyOf(parts)), *parts])
    written = engine.encode_commands([engine.Enqueue(1, 1, "chat", 1, condition=whole)])
    assert native.echo_commands(written) == written
    (read,) = engine.decode_commands(native.echo_commands(written))
    assert isinstance(read, engine.Enqueue)
    assert read.condition == whole


def test_rust_knows_every_order_and_choice_a_queue_may_have() -> None:
    commands = [
        engine.SetQueue(1, [], order_by=order, agent_choice=choice)
        for order in QueueOrder
        for choice in AgentChoice
    ]
    written = engine.encode_commands(commands)
    assert native.echo_commands(written) == written


def test_rust_knows_every_exit_a_queue_may_have() -> None:
    written = engine.encode_commands([engine.SetQueue(1, [], overflow_exit=way) for way in OverflowExit])
    assert native.echo_commands(written) == written


def test_rust_knows_every_clock_and_every_pause() -> None:
    pauses = [pause.value for pause in SlaPause]
    targets = [engine.SlaTarget(clock, 60_000, 30_000, pauses) for clock in SlaClock]
    written = engine.encode_commands([engine.SetQueue(1, [], sla=targets)])
    assert native.echo_commands(written) == written
    (outcome,) = engine.decode_outcomes(native.Engine().submit(1, written))
    assert outcome.refusal is None


def test_a_condition_nested_beyond_reason_is_refused_before_the_stack_is() -> None:
    nested = b"\x92\xa6not_so" * 100_000 + msgspec.msgpack.encode(["has_skill", 1, 1])
    command = ["enqueue", 1, 1, "chat", 1, 1, 0, [], None, True]
    head = b"\x9b" + msgspec.msgpack.encode(command)[1:]
    with pytest.raises(ValueError, match="found a deeper value, allowed is at most 32 levels"):
        native.echo_commands(b"\x91" + head + nested)


@pytest.mark.parametrize("kind", FACTS + COMMANDS, ids=tag_of)
def test_a_record_of_an_older_version_takes_the_defaults_python_gives(kind: type[msgspec.Struct]) -> None:
    whole = msgspec.msgpack.decode(msgspec.msgpack.encode(make(kind, 5, is_full=True)))
    required = len(whole) - len(kind.__struct_defaults__)
    short = msgspec.msgpack.encode([whole[:required]])
    echo, decode = (
        (native.echo_commands, engine.decode_commands)
        if issubclass(kind, engine.Command)
        else (native.echo_facts, engine.decode_facts)
    )
    assert decode(echo(short)) == decode(short)
    with pytest.raises(ValueError, match=r"found the end of the record|at least 1 elements"):
        echo(msgspec.msgpack.encode([whole[: required - 1]]))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (["take", "one", 2], r"offset 7 \(take.interaction\): found a text, allowed is an integer"),
        (["take", -1, 2], "found -1, allowed is an integer that is not negative"),
        (["take", 1, 2, 3], "found 3 fields, allowed is at most 2 fields in take"),
        (["take", 1], r"\(take.agent\): found the end of the record, allowed is the field"),
        (["takes", 1, 2], 'found "takes", allowed is one of set_queue, '),
        (["set_session", 1, "gone"], 'found "gone", allowed is one of offline, online, reconnecting'),
        (["take", 1.5, 2], "found a float, allowed is an integer"),
        ({"take": 1}, "found a map, allowed is an array"),
        (None, "found nil, allowed is an array"),
    ],
)
def test_malformed_commands_are_refused_by_place_found_and_allowed(value: object, told: str) -> None:
    before = native.Engine()
    with pytest.raises(ValueError, match=told):
        before.submit(0, msgspec.msgpack.encode([value]))
    assert before.state_hash() == native.Engine().state_hash()


def test_a_batch_is_limited() -> None:
    commands = engine.encode_commands([engine.Advance()] * 1_025)
    with pytest.raises(ValueError, match="found 1025 commands, allowed is at most 1024"):
        native.Engine().submit(0, commands)
