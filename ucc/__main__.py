"""The command line: ucc serve | migrate | tenant create | demo seed/traffic | doctor | bench."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import importlib
import os
import signal
import sys
from types import ModuleType

import uvloop

from ucc import __version__
from ucc.app import close_rooms, join_servers, open_rooms
from ucc.doctor import examine
from ucc.domain.errors import UccError
from ucc.kit import log, secrets
from ucc.kit.config import BadSetting, Settings
from ucc.kit.db import UnsafeDatabase
from ucc.kit.embedded import EmbeddedError
from ucc.kit.migrate import BadMigration, migrate
from ucc.serve import Failed, serve

# Commands whose modules are loaded when they run; each has add_arguments(parser) and run(options, settings).
DEMO = {
    "seed": ("ucc.demo.seed", "make the demo tenant"),
    "traffic": ("ucc.demo.traffic", "play visitors and agents over the public API"),
}
BENCH = {
    "messages": ("ucc.bench.messages", "visitor's socket to committed to agent's socket"),
    "sockets": ("ucc.bench.sockets", "memory of idle sockets and what they cost others"),
    "start": ("ucc.bench.start", "time to ready, cold and warm"),
}

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused, 2 wrong usage."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(given).parse_args(given)
    try:
        settings = Settings.from_environ(os.environ, is_root=os.geteuid() == 0)
        log.configure(settings.log_level, settings.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code: int = runner.run(options.run(options, settings))
            return code
    except (BadSetting, BadMigration, UnsafeDatabase, EmbeddedError, UccError, Failed) as error:
        print(f"ucc: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def parser(given: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the command line `given`; only the modules it names are loaded."""
    root = argparse.ArgumentParser(prog="ucc", description="An open unified contact centre.")
    root.add_argument("--version", action="version", version=f"ucc {__version__}")
    commands = root.add_subparsers(required=True, metavar="command")

    one = commands.add_parser("serve", help="run a node: servers if none are set, rooms, web door")
    one.add_argument("--with-parent", action="store_true", help="stop when the starting process ends")
    one.set_defaults(run=run_serve)

    one = commands.add_parser("migrate", help="bring the database up to this version")
    one.set_defaults(run=run_migrate)

    one = commands.add_parser("tenant", help="tenants")
    one = one.add_subparsers(required=True, metavar="act").add_parser(
        "create", help="make a tenant and its first admin"
    )
    one.add_argument("--name", required=True, help="the company's name")
    one.add_argument("--slug", required=True, help="its short name: a-z 0-9 -")
    one.add_argument("--email", required=True, help="the first admin's address")
    one.add_argument("--password-stdin", action="store_true", help="read the password; otherwise one is made")
    one.add_argument("--time-zone", default="UTC", help="e.g. Asia/Singapore")
    one.set_defaults(run=run_tenant_create)

    one = commands.add_parser("doctor", help="list every setting and check the set-up")
    one.set_defaults(run=run_doctor)

    for name, table, told in (("demo", DEMO, "the demo tenant"), ("bench", BENCH, "measure this machine")):
        acts = commands.add_parser(name, help=told).add_subparsers(required=True, metavar="act")
        for act, (module, help_text) in table.items():
            one = acts.add_parser(act, help=help_text)
            if given[:2] == [name, act]:
                loaded = _load(module)
                loaded.add_arguments(one)
                one.set_defaults(run=loaded.run)
    return root


def _load(module: str) -> ModuleType:
    return importlib.import_module(module)


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


if __name__ == "__main__":
    sys.exit(main())
