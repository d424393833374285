"""Plays a day in minutes: visitors who tell stories and agents who answer, over the public API alone."""

from __future__ import annotations

import argparse
import asyncio

from ucc.demo.agent import Agent
from ucc.demo.company import Company, Story, read_company, read_stories
from ucc.demo.stage import Script, Stage
from ucc.demo.visitor import Visitor
from ucc.kit.clock import now_ms
from ucc.kit.config import Settings

VISITORS_MAX = 2_000
MINUTES_MAX = 24 * 60
AGENTS_MAX = 4  # agent2 … agent5; agent1 is for whoever watches
ARRIVALS = 0.7  # of the run; the rest lets the last ones finish
GRACE_S = 60.0
NAMES = {
    "en": ["Dana", "Priya", "Daniel", "Grace", "Tom", "Ana", "Lucas", "Maya"],
    "zh-CN": ["晓雯", "雨桐", "梓涵", "志强", "小敏", "子轩", "雅婷", "思远"],
    "ms": ["Aisyah", "Kamal", "Siti", "Azlan"],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say how much and how long."""
    count, agents = _bounded(int, 1, VISITORS_MAX), _bounded(int, 0, AGENTS_MAX)
    parser.add_argument("--visitors", type=count, default=20, help="how many come")
    parser.add_argument("--minutes", type=_bounded(float, 0.2, MINUTES_MAX), default=5.0, help="how long")
    parser.add_argument("--agents", type=agents, default=AGENTS_MAX, help="how many of agent2…5 are played")
    parser.add_argument("--url", help="where the demo runs; this node's address by default")
    parser.add_argument(
        "--pace", type=_bounded(float, 0.01, 10), default=1.0, help="0.5: twice as fast as people"
    )
    parser.add_argument("--seed", type=int, help="the same number plays the same visitors")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Play, then print what happened; 1 when there were errors."""
    seed = now_ms() if options.seed is None else options.seed
    stage = Stage(options.url or settings.origin, options.pace, options.minutes * 60, seed)
    say(f"{options.visitors} visitors in {options.minutes:g} min at {stage.url}, {options.agents} agents")
    await play(stage, visitors=options.visitors, agents=options.agents)
    for line in stage.score.lines():
        say(line)
    return 1 if stage.score.error_count else 0


async def play(stage: Stage, *, visitors: int, agents: int) -> None:
    """Let the agents sign in, the visitors come one by one, and everybody finish."""
    company, stories = read_company(), read_stories()
    tasks = stage.tasks
    try:
        people = [person.email for person in company.people if person.email.startswith("agent")]
        scripts = {script.contact_lines[0]: script for script in map(Script, stories)}
        for email in people[1 : agents + 1]:
            tasks.start(f"agent: {email}", Agent(stage, email, company.password, scripts).play())
        await asyncio.sleep(1)  # agents are on queue before the first visitor, as in the morning
        await _come(stage, company, stories, visitors)
    finally:
        await tasks.close()


async def _come(stage: Stage, company: Company, stories: list[Story], count: int) -> None:
    times = sorted(stage.dice.uniform(0, stage.seconds * ARRIVALS) for _ in range(count))
    begun = asyncio.get_running_loop().time()
    deck: list[Story] = []
    visits: list[asyncio.Task[None]] = []
    for at_s in times:
        await asyncio.sleep(max(0.0, begun + at_s - asyncio.get_running_loop().time()))
        deck = deck or stage.dice.sample(stories, len(stories))
        story = deck.pop()
        name = stage.dice.choice(NAMES[story.language])
        visitor = Visitor(stage, Script(story), company.inbox_key, name)
        visits.append(stage.tasks.start("visitor", _within(stage, visitor)))
    await asyncio.gather(*visits)


async def _within(stage: Stage, visitor: Visitor) -> None:
    """Let a visit last no longer than the run and a minute."""
    try:
        async with asyncio.timeout(stage.left_s + GRACE_S):
            await visitor.play()
    except TimeoutError:
        stage.score.fail("a visitor was still talking when the run ended")


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)  # noqa: T201  # the command's own words


def _bounded(kind: type[int] | type[float], low: float, high: float):  # type: ignore[no-untyped-def]
    def parse(text: str) -> int | float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is outside {low:g} to {high:g}")
        return value

    return parse
