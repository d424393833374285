"""The past of the demo tenant, purely: which stories happened when, with whom, and every line of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ucc.demo.company import Company, Person, Story
from ucc.domain.conversation import SystemEvent
from ucc.domain.states import Author, EntryKind

SEED = "lintwick"
CONVERSATIONS = 48
DAYS = 24
DAY_MS = 86_400_000
ABANDONED_EACH = 12  # one conversation in so many ends before anybody answers
BUSY = (1, 1, 1, 2, 4, 5, 6, 6, 6, 5, 4, 4, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1)  # of a day's hours, UTC
CONTACTS_FREE = 1  # the last contact never wrote here: the duplicate


class Line(NamedTuple):
    """One entry of the past."""

    kind: EntryKind
    author: Author
    at_ms: int
    text: str = ""
    person: str | None = None  # address of the agent
    system: SystemEvent | None = None


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation of the past."""

    story: Story
    contact: int  # place in the company's list
    agent: Person | None  # None: the contact left before anybody answered
    started_at_ms: int
    answered_at_ms: int | None
    ended_at_ms: int
    closed_at_ms: int
    lines: list[Line]


def episodes(company: Company, stories: list[Story], now_ms: int) -> list[Episode]:
    """Return the conversations of the last weeks, oldest first; the same for the same `now_ms`."""
    dice = random.Random(SEED)  # noqa: S311  # invents a past, keeps no secret
    starts = sorted(_start_ms(dice, now_ms, number) for number in range(CONVERSATIONS))
    tellers = _tellers(company, dice)
    told: list[Episode] = []
    for number, start_ms in enumerate(starts):
        story = stories[number % len(stories)]
        contact = next(tellers[story.language])
        agent = None if number % ABANDONED_EACH == ABANDONED_EACH - 1 else _agent(company, story, dice)
        told.append(_episode(story, contact, agent, start_ms, dice))
    return told


def _start_ms(dice: random.Random, now_ms: int, number: int) -> int:
    """Return a time in the past: spread over the weeks, denser in the shop's daytime."""
    day = number * DAYS // CONVERSATIONS
    hour = dice.choices(range(24), weights=BUSY)[0]
    midnight_ms = now_ms - now_ms % DAY_MS
    return midnight_ms - (day + 1) * DAY_MS + hour * 3_600_000 + dice.randrange(3_600_000)


def _tellers(company: Company, dice: random.Random) -> dict[str, Iterator[int]]:
    """Return for each language an endless row of contacts who speak it."""
    found: dict[str, list[int]] = {}
    for place, contact in enumerate(company.contacts[:-CONTACTS_FREE]):
        found.setdefault(contact.locale.partition("-")[0], []).append(place)
    return {language: _endless(found[language.partition("-")[0]], dice) for language in ("en", "zh-CN", "ms")}


def _endless(places: list[int], dice: random.Random) -> Iterator[int]:
    while True:
        yield from dice.sample(places, len(places))


def _agent(company: Company, story: Story, dice: random.Random) -> Person:
    """Return somebody who could have been routed to: language and the queue's skills."""
    language = next(
        (skill.name for skill in company.skills if skill.locale == story.language), "Bahasa Melayu"
    )
    needed = next(queue.requirement for queue in company.queues if queue.name == story.queue) | {language: 1}
    able = [
        person
        for person in company.people
        if person.role == "agent"
        and all(person.levels.get(name, 0) >= level for name, level in needed.items())
    ]
    return dice.choice(able)


def _episode(story: Story, contact: int, agent: Person | None, start_ms: int, dice: random.Random) -> Episode:
    lines = [Line(EntryKind.MESSAGE, Author.CONTACT, start_ms, story.lines[0][1])]
    lines.append(_said(start_ms + 40, "queued"))
    if agent is None:
        end_ms = start_ms + dice.randrange(150_000, 400_000)
        lines.append(_said(end_ms, "abandoned"))
        return Episode(
            story=story,
            contact=contact,
            agent=None,
            started_at_ms=start_ms,
            answered_at_ms=None,
            ended_at_ms=end_ms,
            closed_at_ms=end_ms,
            lines=lines,
        )
    at_ms = answered_ms = start_ms + int(dice.lognormvariate(9.4, 0.6))
    lines.append(_said(at_ms, "joined", agent))
    for who, text in story.lines[1:]:
        at_ms += dice.randrange(6_000, 20_000) + len(text) * dice.randrange(120, 320)
        kind = EntryKind.NOTE if who == "n" else EntryKind.MESSAGE
        author = Author.CONTACT if who == "c" else Author.AGENT
        lines.append(Line(kind, author, at_ms, text, None if who == "c" else agent.email))
    end_ms = at_ms + dice.randrange(15_000, 60_000)
    lines.append(_said(end_ms, "resolved", agent))
    if story.stars is not None:
        lines.append(_said(end_ms + 9_000, "rated", detail={"stars": str(story.stars)}))
    return Episode(
        story=story,
        contact=contact,
        agent=agent,
        started_at_ms=start_ms,
        answered_at_ms=answered_ms,
        ended_at_ms=end_ms,
        closed_at_ms=end_ms + dice.randrange(12_000, 55_000),
        lines=lines,
    )


def _said(at_ms: int, code: str, agent: Person | None = None, detail: dict[str, str] | None = None) -> Line:
    """Return a system line; who did it is filled in when it is stored."""
    event = SystemEvent(code=code, agent_name=agent.name if agent else None, detail=detail or {})
    return Line(EntryKind.SYSTEM, Author.SYSTEM, at_ms, person=agent.email if agent else None, system=event)
