"""`ucc doctor`: every setting with its source, and whether the set-up can work; a remedy for each fault."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_type_hints

import asyncpg
import msgspec
import nats
import nats.errors

from ucc.app import read_running
from ucc.domain.errors import Unavailable
from ucc.kit.config import BadSetting, Settings, variable_of
from ucc.kit.db import Database, UnsafeDatabase
from ucc.kit.embedded import EmbeddedError, Place
from ucc.kit.embedded.nats import nats_program
from ucc.kit.migrate import FOLDER, BadMigration, ensure_roles, list_migrations, pending_migrations
from ucc.serve import listen
from ucc.web.static import WIDGETS

FREE_BYTES_MIN = 1024**3
_SECRETS = frozenset({"database_url", "nats_url"})


class Findings:
    """What was found, as lines; `is_well` turns False with the first fault."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_well = True

    def good(self, what: str) -> None:
        """Note that something is as it should be."""
        self.lines.append(f"  ok     {what}")

    def note(self, what: str) -> None:
        """Note something worth knowing that stops nothing."""
        self.lines.append(f"  note   {what}")

    def fault(self, what: str, remedy: str = "") -> None:
        """Note what cannot work and how to mend it."""
        self.is_well = False
        self.lines.append(f"  FAULT  {what}")
        if remedy:
            self.lines.append(f"         → {remedy}")


async def examine(settings: Settings, environ: Mapping[str, str]) -> Findings:
    """Look at everything a node needs, change nothing."""
    found = Findings()
    found.lines.append("settings")
    found.lines.extend(list_settings(settings, environ))
    found.lines.append("programs")
    _look_at_programs(found)
    found.lines.append("node")
    running = read_running(settings.data_dir)
    _look_at_port(found, settings, is_running=running is not None)
    _look_at_folder(found, settings, is_running=running is not None)
    await _look_at_database(found, settings.database_url or (running[0] if running else None))
    await _look_at_nats(found, settings.nats_url or (running[1] if running else None))
    return found


def list_settings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Return one line a setting: name, value, where it comes from, what it is. Passwords are hidden."""
    lines = []
    hints = get_type_hints(Settings, include_extras=True)
    for field in Settings.__struct_fields__:
        value = getattr(settings, field)
        shown = "" if value is None else ",".join(value) if isinstance(value, tuple) else str(value)
        if field in _SECRETS and "@" in shown:
            scheme, _, rest = shown.partition("://")
            shown = f"{scheme}://…@{rest.rpartition('@')[2]}"
        source = "environment" if environ.get(variable_of(field), "").strip() else "default"
        meta = next(arg for arg in get_args(hints[field]) if isinstance(arg, msgspec.Meta))
        lines.append(f"  {variable_of(field):<22} {shown or '–':<28} {source:<12} {meta.description}")
    return lines


def _look_at_programs(found: Findings) -> None:
    found.good(f"Python {sys.version.split()[0]}")
    for name, path, remedy in (
        ("console", WIDGETS / "console" / "dist" / "index.html", "make build"),
        ("widget", WIDGETS / "visitor" / "dist" / "v1.js", "make build"),
    ):
        if path.is_file():
            found.good(f"{name} is built")
        else:
            found.fault(f"{name} is not built: {path} is missing", remedy)
    native = list(Path(__file__).parent.glob("_native*.so"))
    if native:
        found.good("routing engine is built")
    else:
        found.fault("routing engine is not built: no ucc/_native*.so", "make build")


def _look_at_port(found: Findings, settings: Settings, *, is_running: bool) -> None:
    try:
        listen(settings).close()
    except BadSetting as error:
        if is_running:
            found.good(f"port {settings.port} is in use, and a node runs from {settings.data_dir}")
        else:
            found.fault(str(error))
    else:
        found.good(f"{settings.host} port {settings.port} is free")


def _look_at_folder(found: Findings, settings: Settings, *, is_running: bool) -> None:
    if settings.database_url and settings.nats_url:
        found.note(f"outside servers; {settings.data_dir} holds files only")
    elif is_running:
        found.good(f"a node runs from {settings.data_dir}")
    else:
        was_there = settings.data_dir.exists()
        place = Place(settings.data_dir)
        try:
            place.take()
        except EmbeddedError as error:
            found.fault(str(error))
            return
        place.release()
        if not was_there:
            (settings.data_dir / "lock").unlink()
            settings.data_dir.rmdir()
        whose = f", servers run as {place.user.name}" if place.user else ""
        found.good(f"data folder {settings.data_dir} can be used{whose}")
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_MIN:
        found.fault(f"{free // 2**20} MiB are free at {folder}", "make room: a full disk stops every write")


async def _look_at_database(found: Findings, url: str | None) -> None:
    if url is None:
        found.note("the embedded PostgreSQL starts with `ucc serve`; nothing to ask now")
        return
    try:
        await ensure_roles(url)
        if pending := await pending_migrations(url):
            found.note(
                f"{len(pending)} of {len(list_migrations(FOLDER))} migrations wait: `ucc migrate` or serve"
            )
            return
        database = await Database.open(url, app_connections=1, node_connections=1)
        await database.close()
        found.good("database answers; its settings and our roles are safe; the schema is up to date")
    except (BadMigration, UnsafeDatabase) as error:
        found.fault(f"database: {error}")
    except (OSError, Unavailable, asyncpg.PostgresError) as error:
        found.fault(f"database does not answer: {error}", "check UCC_DATABASE_URL and that the server runs")


async def _look_at_nats(found: Findings, url: str | None) -> None:
    if url is None:
        try:
            found.good(f"embedded NATS is installed: {os.path.basename(nats_program())}")
        except EmbeddedError as error:
            found.fault(str(error))
        return
    try:
        client = await nats.connect(url, allow_reconnect=False, connect_timeout=2)
        await client.close()
        found.good("NATS answers")
    except (OSError, TimeoutError, nats.errors.Error) as error:
        found.fault(f"NATS does not answer: {error}", "check UCC_NATS_URL; until then nodes work alone")
