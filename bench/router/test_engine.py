"""What a command costs through Python, with 1,000 agents and 10,000 waiting.

Unit: one `submit` call of 1 or of 64 commands that fit, encoded before and decoded after the clock.
Floor: what the same call would cost if deciding were a look-up in a dict.
"""

from __future__ import annotations

import random

import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ucc._native.engine import Engine
from ucc.domain.engine import (
    Accept,
    AnyCommand,
    End,
    Enqueue,
    InteractionOffered,
    Outcome,
    SetAgent,
    SetQueue,
    SetSession,
    SetStatus,
    decode_outcomes,
    encode_commands,
)

AGENTS, WAITING, QUEUES, SKILLS, LANGUAGES = 1_000, 10_000, 50, 100, 5
START_MS = 1_700_000_000_000


class Centre:
    """A busy centre that answers its own offers: every batch is the next thing that would happen."""

    def __init__(self) -> None:
        """Set up agents with 8 skills and a language each, and fill the queues."""
        self.chance, self.engine = random.Random(1), Engine()
        self.now_ms, self.next_interaction = START_MS, 1
        self.in_hand: list[tuple[int, int]] = []
        self.offers: list[InteractionOffered] = []
        languages = range(1_001, 1_001 + LANGUAGES)
        policy = SetQueue(0, [], wrap_up_ms=0, open=[(0, 2 * START_MS)], waiting_max=WAITING, offer_ms=10**9)
        for queue in range(1, QUEUES + 1):
            self.submit([msgspec.structs.replace(policy, queue=queue, requirement=[(queue, 3)])])
        for agent in range(1, AGENTS + 1):
            skills = [
                (skill, self.chance.randint(1, 10)) for skill in self.chance.sample(range(1, SKILLS + 1), 8)
            ]
            skills += [(language, 5) for language in self.chance.sample(languages, 2)]
            self.submit([SetAgent(agent, skills, [("chat", 1)])])
            self.submit([SetSession(agent, "online"), SetStatus(agent, "on_queue")])
        while self.waiting() < WAITING:
            self.submit([self.enqueue() for _ in range(500)])

    def submit(self, commands: list[AnyCommand]) -> list[Outcome]:
        """Submit as the shell does: encode, decide, decode."""
        outcomes = decode_outcomes(self.engine.submit(self.now_ms, encode_commands(commands)))
        self.note(outcomes)
        return outcomes

    def note(self, outcomes: list[Outcome]) -> None:
        """Remember the offers, to answer them."""
        facts = (fact for outcome in outcomes for fact in outcome.facts)
        self.offers += [fact for fact in facts if isinstance(fact, InteractionOffered)]

    def waiting(self) -> int:
        """Return how many wait in all queues."""
        figures = [self.engine.queue_figures(queue) for queue in range(1, QUEUES + 1)]
        return sum(found[0] for found in figures if found is not None)

    def enqueue(self) -> Enqueue:
        """Return the next arrival."""
        self.next_interaction += 1
        queue, language = self.chance.randint(1, QUEUES), 1_000 + self.chance.randint(1, LANGUAGES)
        return Enqueue(self.next_interaction, queue, "chat", self.now_ms, requirement=[(language, 1)])

    def batch(self, size: int) -> bytes:
        """Return `size` commands that fit: answer an offer, end what is in hand, or a new arrival."""
        self.now_ms += 10
        commands: list[AnyCommand] = []
        while len(commands) < size:
            if self.offers:
                offer = self.offers.pop()
                commands.append(Accept(offer.interaction, offer.agent, offer.epoch))
                self.in_hand.append((offer.interaction, offer.agent))
            elif self.in_hand and self.chance.random() < 0.5:
                commands.append(End(*self.in_hand.pop(0)))
            else:
                commands.append(self.enqueue())
        return encode_commands(commands)


@pytest.fixture(scope="module")
def centre() -> Centre:
    """One centre for all benchmarks of this file."""
    return Centre()


@pytest.mark.parametrize("size", [1, 64])
def test_submit(benchmark: BenchmarkFixture, centre: Centre, size: int) -> None:
    answers: list[bytes] = []

    def setup() -> tuple[tuple[int, bytes], dict[str, object]]:
        while answers:
            centre.note(decode_outcomes(answers.pop()))
        return (centre.now_ms, centre.batch(size)), {}

    def submit(now_ms: int, commands: bytes) -> None:
        answers.append(centre.engine.submit(now_ms, commands))

    benchmark.pedantic(submit, setup=setup, rounds=20_000 // size)
    benchmark.extra_info["commands"] = size


@pytest.mark.parametrize("size", [1, 64])
def test_floor_of_a_dict(benchmark: BenchmarkFixture, size: int) -> None:
    table = {number: number for number in range(WAITING)}

    def look_up() -> None:
        for number in range(size):
            table[number] = number + 1

    benchmark(look_up)
