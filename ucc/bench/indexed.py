"""The peer with an index: who meets a requirement is found once and then known, so no look asks for a skill.

All else is as in `plain`: the sorted list is walked, and the idle are scanned.
"""

from __future__ import annotations

from ucc.bench.plain import PlainRouter, Work, together
from ucc.domain.engine import SetAgent, SkillLevel


class IndexedRouter(PlainRouter):
    """Takes commands as the engine does; agents come before who asks for them, and keep their skills."""

    def __init__(self) -> None:
        super().__init__()
        self._holders: dict[int, dict[int, int]] = {}  # skill → agent → level
        self._known: dict[tuple[SkillLevel, ...], dict[int, int]] = {}  # requirement → agent → levels

    def _set_agent(self, now_ms: int, command: SetAgent) -> None:
        super()._set_agent(now_ms, command)
        for skill, level in command.skills:
            self._holders.setdefault(skill, {})[command.agent] = level

    def _ask(self, work: Work, queue: list[SkillLevel], lower_by: int) -> None:
        work.requirement = together(queue, work.asked, lower_by)
        requirement = tuple(work.requirement)
        agents = self._known.get(requirement)
        if agents is None:
            agents = self._known[requirement] = self._find_agents(requirement)
        work.agents = agents

    def _find_work(self, agent: int) -> int | None:
        for place, (_, _, work) in enumerate(self._waiting):
            if agent in work.agents:
                return place
        return None

    def _find_idle(self, work: Work) -> list[tuple[int, int, int]]:
        agents = work.agents
        return [
            (-agents[agent], since_ms, agent) for agent, since_ms in self._idle.items() if agent in agents
        ]

    def _find_agents(self, requirement: tuple[SkillLevel, ...]) -> dict[int, int]:
        """Return who meets it, with the sum of their levels."""
        if not requirement:
            return dict.fromkeys(self._skills, 0)
        holders = [(self._holders.get(skill, {}), level) for skill, level in requirement]
        holders.sort(key=lambda one: len(one[0]))
        return {
            agent: sum(levels[agent] for levels, _ in holders)
            for agent in holders[0][0]
            if all(levels.get(agent, 0) >= level for levels, level in holders)
        }
