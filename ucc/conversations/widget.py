"""What the widget shows before anybody says anything: looks, questions, opening hours, who is there."""

from __future__ import annotations

from pathlib import Path

from ucc.conversations.inboxes import Entrance, Entrances
from ucc.conversations.policies import Policies, hours_of
from ucc.domain.events import WidgetConfig, WidgetField
from ucc.kit import sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Database
from ucc.routing.rules import calendar_of

TEAM_MAX = 3
REPLY_SINCE_MS = 7 * 86_400_000
KEPT_MS = 5_000
KEPT_MAX = 1_000

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Widget:
    """Answers the loader of every page with the snippet, from memory for a few seconds."""

    def __init__(self, database: Database, entrances: Entrances, policies: Policies) -> None:
        self._database = database
        self._entrances = entrances
        self._policies = policies
        self._kept: dict[str, tuple[int, WidgetConfig]] = {}

    async def config(self, key: str, origin: str | None) -> WidgetConfig:
        """Return what the widget needs; no origin is a page of our own.

        Raises:
            NotFound: no inbox has this key.
            NotAllowed: the origin is not on the inbox's list.
        """
        entrance = await self._entrances.find(key)
        if origin is not None:
            entrance.check_origin(origin)
            await self._entrances.note_hit(entrance)
        at_ms = now_ms()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > at_ms:
            return kept[1]
        config = await self._read(entrance, at_ms)
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[key] = (at_ms + KEPT_MS, config)
        return config

    async def _read(self, entrance: Entrance, at_ms: int) -> WidgetConfig:
        async with self._database.tenant(entrance.tenant_id) as conn:
            row = await _queries.read_reception(
                conn,
                tenant_id=entrance.tenant_id,
                queue_id=entrance.queue_id,
                since_ms=at_ms - REPLY_SINCE_MS,
                team_max=TEAM_MAX,
            )
            hours = None
            if entrance.hours_id is not None:
                hours = hours_of(
                    await _queries.read_hours(conn, tenant_id=entrance.tenant_id, id=entrance.hours_id)
                )
            policy = (await self._policies.read(conn, entrance.tenant_id)).get(entrance.queue_id)
        hours = hours or (policy.hours if policy is not None else None)
        calendar = None if hours is None else calendar_of(hours)
        is_open = calendar is None or calendar.is_open(at_ms)
        looks = entrance.settings.widget
        return WidgetConfig(
            key=entrance.key,
            title=looks.title or entrance.name,
            greeting=looks.greeting,
            color=looks.color,
            position=looks.position,
            theme=looks.theme,
            teaser=looks.teaser,
            prechat=[
                WidgetField(key=one.key, label=one.label, is_required=one.is_required)
                for one in looks.prechat
            ],
            asks_rating=looks.asks_rating,
            is_open=is_open,
            opens_at_ms=None if is_open or calendar is None else calendar.next_opening_ms(at_ms),
            is_staffed=bool(row["team"]),
            reply_s=row["reply_s"],
            team=[name.split()[0] for name in row["team"] if name.split()],
            needs_identity=entrance.settings.needs_identity,
        )
