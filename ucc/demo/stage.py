"""What players share: the pace, the stories as turns, the address, and the counts of a run."""

from __future__ import annotations

import asyncio
import random
import statistics
from typing import Any

import httpx
import msgspec

from ucc.demo.company import Story
from ucc.kit.tasks import Tasks

REQUEST_S = 15.0
TYPING_EACH_S = 3.0
MESSAGE_S_MIN = 0.7  # a visitor may write five messages in three seconds
CHARACTERS_A_SECOND = 9.0
ERRORS_KEPT = 5


class Score:
    """What happened, for the summary."""

    def __init__(self) -> None:
        self.started = 0
        self.answered = 0
        self.finished = 0
        self.gave_up = 0
        self.visitor_messages = 0
        self.agent_messages = 0
        self.accepted = 0
        self.declined = 0
        self.stars: list[int] = []
        self.waits_s: list[float] = []
        self.errors: list[str] = []
        self.error_count = 0

    def fail(self, what: str) -> None:
        """Count an error and keep the first few."""
        self.error_count += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(what)

    def lines(self) -> list[str]:
        """Return the summary."""
        waits = sorted(self.waits_s)
        found = [
            f"visitors     {self.started} came, {self.answered} answered, {self.finished} to the end, "
            f"{self.gave_up} gave up",
            f"offers       {self.accepted} accepted, {self.declined} declined",
            f"messages     {self.visitor_messages} of visitors, {self.agent_messages} of agents",
        ]
        if waits:
            found.append(f"first answer {statistics.median(waits):.1f} s median, {waits[-1]:.1f} s longest")
        if self.stars:
            found.append(
                f"stars        {statistics.mean(self.stars):.1f} of 5 from {len(self.stars)} ratings"
            )
        found.append(f"errors       {self.error_count}")
        return found + [f"  {error}" for error in self.errors]


class Stage:
    """Where it plays: address, pace, dice, score and the end of the run."""

    def __init__(self, url: str, pace: float, seconds: float, seed: int) -> None:
        self.url = url.rstrip("/")
        self.pace = pace
        self.dice = random.Random(seed)  # noqa: S311  # plays people, keeps no secret
        self.score = Score()
        self.seconds = seconds
        self.tasks = Tasks()
        self._end = asyncio.get_running_loop().time() + seconds

    @property
    def socket_url(self) -> str:
        """Return the address for WebSockets."""
        return self.url.replace("http", "ws", 1)

    @property
    def left_s(self) -> float:
        """Return how long the run still lasts."""
        return self._end - asyncio.get_running_loop().time()

    async def rest(self, low_s: float, high_s: float) -> None:
        """Wait as people do, as fast as the pace says."""
        await asyncio.sleep(self.dice.uniform(low_s, high_s) * self.pace)

    def typing_s(self, text: str) -> float:
        """Return how long somebody types this."""
        return max(MESSAGE_S_MIN, (1.5 + len(text) / CHARACTERS_A_SECOND) * self.pace)


class Script:
    """A story as turns: what the agent says once the contact has said so much."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.contact_lines = [text for who, text in story.lines if who == "c"]

    def replies(self, contact_said: int, already: int) -> list[tuple[str, str]]:
        """Return the agent's lines (a or n) due after `contact_said` lines, without the first `already`."""
        due: list[tuple[str, str]] = []
        said = 0
        for who, text in self.story.lines:
            if who == "c":
                said += 1
                if said > contact_said:
                    break
            else:
                due.append((who, text))
        return due[already:]

    def next_block(self, said: int) -> list[str]:
        """Return what the contact says in one go after `said` lines."""
        block: list[str] = []
        count = 0
        for who, text in self.story.lines:
            if who == "c":
                count += 1
                if count > said:
                    block.append(text)
            elif block:
                break
        return block

    def is_over(self, contact_said: int, agent_said: int) -> bool:
        """Say whether everything is said."""
        mine = sum(who != "c" for who, _ in self.story.lines)
        return contact_said >= len(self.contact_lines) and agent_said >= mine


class Refused(Exception):
    """The API said no; the text is its problem document in short."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Api:
    """The public API as one person uses it."""

    def __init__(self, stage: Stage, headers: dict[str, str] | None = None) -> None:
        self._client = httpx.AsyncClient(base_url=f"{stage.url}/v1", timeout=REQUEST_S, headers=headers)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of an answer, None for an empty one.

        Raises:
            Refused: the API said no.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"} if content is not None else {}
        answer = await self._client.request(method, path, content=content, headers=headers)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.json() if answer.content else None

    async def sign_in(self, email: str, password: str) -> dict[str, Any]:
        """Sign in and carry the session from now on; return who one is."""
        body = msgspec.json.encode({"email": email, "password": password})
        answer = await self._client.post(
            "/auth/login", content=body, headers={"content-type": "application/json"}
        )
        if answer.status_code >= 400:
            raise Refused(answer.status_code, f"sign-in of {email}: {answer.status_code} {answer.text[:200]}")
        me: dict[str, Any] = answer.json()
        # The cookie is Secure; over plain HTTP on loopback browsers send it, httpx does not.
        self._client.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
        self._client.headers["x-csrf-token"] = me["csrf_token"]
        self._client.cookies.clear()
        return me

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()
