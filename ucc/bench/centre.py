"""Workload b, a busy centre that answers its own offers: each command is what would happen next."""

from __future__ import annotations

import random

import msgspec

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

SKILLS, SKILLS_EACH, QUEUES, LANGUAGES = 200, 10, 500, 10
START_MS = 1_700_000_000_000
STEP_MS = 1
FILL = 500  # arrivals of one batch while the queues fill


class Centre:
    """Agents with ten skills and a language, queues that ask for a skill, work that asks for a language."""

    def __init__(self, agents: int, waiting: int) -> None:
        """Make the agents, all on queue, and let arrivals wait until `waiting` do."""
        self._chance, self.engine = random.Random(1), Engine()  # noqa: S311  # a load that is the same each time
        self.now_ms, self.next_interaction = START_MS, 1
        self._in_hand: list[tuple[int, int]] = []
        self._offers: list[InteractionOffered] = []
        always = [(0, 2 * START_MS)]
        policy = SetQueue(0, [], wrap_up_ms=0, open=always, waiting_max=200_000, offer_ms=10**9)
        for queue in range(1, QUEUES + 1):
            asked = [(queue % SKILLS + 1, 3)]
            self.submit([msgspec.structs.replace(policy, queue=queue, requirement=asked)])
        for agent in range(1, agents + 1):
            own = self._chance.sample(range(1, SKILLS + 1), SKILLS_EACH)
            skills = [(skill, self._chance.randint(1, 10)) for skill in own]
            skills.append((1_001 + self._chance.randrange(LANGUAGES), 5))
            self.submit([SetAgent(agent, skills, [("chat", 1)])])
            self.submit([SetSession(agent, "online"), SetStatus(agent, "on_queue")])
        self.fill(waiting)

    def fill(self, waiting: int) -> None:
        """Let more come until so many wait; offers on the way are accepted."""
        while self.waiting() < waiting:
            self.submit([self._next() for _ in range(FILL)])

    def waiting(self) -> int:
        """Return how many wait in all queues."""
        figures = [self.engine.queue_figures(queue) for queue in range(1, QUEUES + 1)]
        return sum(found[0] for found in figures if found is not None)

    def submit(self, commands: list[AnyCommand]) -> list[Outcome]:
        """Submit as the shell does: encode, decide, decode."""
        outcomes = decode_outcomes(self.engine.submit(self.now_ms, encode_commands(commands)))
        self.note(outcomes)
        return outcomes

    def note(self, outcomes: list[Outcome]) -> None:
        """Remember the offers, to answer them."""
        facts = (fact for outcome in outcomes for fact in outcome.facts)
        self._offers += [fact for fact in facts if isinstance(fact, InteractionOffered)]

    def batch(self, size: int) -> list[AnyCommand]:
        """Return commands that fit: answer an offer, end what is in hand, or as many new arrivals."""
        self.now_ms += STEP_MS
        return [self._next_turn() for _ in range(size)]

    def _next_turn(self) -> AnyCommand:
        if not self._offers and self._in_hand and self._chance.random() < 0.5:
            return End(*self._in_hand.pop(self._chance.randrange(len(self._in_hand))))
        return self._next()

    def _next(self) -> AnyCommand:
        if self._offers:
            offer = self._offers.pop()
            self._in_hand.append((offer.interaction, offer.agent))
            return Accept(offer.interaction, offer.agent, offer.epoch)
        self.next_interaction += 1
        queue, language = self._chance.randint(1, QUEUES), 1_001 + self._chance.randrange(LANGUAGES)
        return Enqueue(self.next_interaction, queue, "chat", self.now_ms, requirement=[(language, 1)])
