"""What the commands of `ucc` do; ucc.__main__ loads this once the settings hold."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys

from ucc.app import close_rooms, join_servers, open_rooms
from ucc.doctor import examine
from ucc.kit import secrets
from ucc.kit.config import Settings
from ucc.kit.migrate import migrate
from ucc.serve import serve

_PR_SET_PDEATHSIG = 1


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def whisper(line: str) -> None:
    """Print progress of a command whose stdout is its result."""
    print(line, file=sys.stderr, flush=True)


async def run_serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal."""
    if options.with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() == 1:  # it ended while we were loading
            return 0
    await serve(settings, say)
    return 0


async def run_migrate(options: argparse.Namespace, settings: Settings) -> int:
    """Migrate and say what was applied."""
    servers = await join_servers(settings, whisper)
    try:
        applied = await migrate(servers.database_url, say=whisper)
        say(f"{len(applied)} migrations applied" if applied else "nothing to migrate")
    finally:
        await servers.close()
    return 0


async def run_tenant_create(options: argparse.Namespace, settings: Settings) -> int:
    """Make a tenant and its first admin, and print how to sign in."""
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else secrets.token()[:20]
    servers = await join_servers(settings, whisper)
    try:
        rooms = await open_rooms(settings, servers, whisper)
        try:
            tenant_id, _ = await rooms.tenants.create_tenant(
                name=options.name,
                slug=options.slug,
                email=options.email,
                password=password,
                time_zone=options.time_zone,
            )
        finally:
            await close_rooms(rooms)
    finally:
        await servers.close()
    say(f"tenant {tenant_id} ({options.slug}): sign in at {settings.origin}/console as {options.email}")
    if not options.password_stdin:
        say(f"password, shown once: {password}")
    return 0


async def run_doctor(options: argparse.Namespace, settings: Settings) -> int:
    """Print every setting and every check; 1 if one failed."""
    findings = await examine(settings, os.environ)
    for line in findings.lines:
        say(line)
    return 0 if findings.is_well else 1
