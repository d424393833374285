"""The command line: ucc serve | migrate | tenant create | doctor | staff | simulate | demo … | bench …."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from types import ModuleType

import uvloop

from ucc import __version__
from ucc.domain.errors import UccError
from ucc.kit.config import Settings, SetupError

# Commands whose modules are loaded when they run; each has add_arguments(parser) and run(options, settings).
PLANNING = {
    "staff": ("ucc.planning.staff", "how many agents a load needs, by the closed forms"),
    "simulate": ("ucc.planning.simulate", "play days of traffic through the routing engine"),
}
DEMO = {
    "seed": ("ucc.demo.seed", "make the demo tenant"),
    "traffic": ("ucc.demo.traffic", "play visitors and agents over the public API"),
}
BENCH = {
    "messages": ("ucc.bench.messages", "visitor's socket to committed to agent's socket"),
    "sockets": ("ucc.bench.sockets", "memory of idle sockets and what they cost others"),
    "routing": ("ucc.bench.routing", "what deciding costs, in Rust and through Python, beside its aims"),
    "node": ("ucc.bench.offers", "an agent's last frame to committed to the frame of their next offer"),
    "start": ("ucc.bench.start", "time to ready, cold and warm"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused, 2 wrong usage."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(given).parse_args(given)
    try:
        settings = Settings.from_environ(os.environ, is_root=os.geteuid() == 0)
        work = options.work or getattr(_load("ucc.commands"), options.command)
        _load("ucc.kit.log").configure(settings.log_level, settings.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code: int = runner.run(work(options, settings))
            return code
    except (SetupError, UccError) as error:
        print(f"ucc: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def parser(given: list[str]) -> argparse.ArgumentParser:
    """Return the parser of the command line `given`; only the modules it names are loaded."""
    root = argparse.ArgumentParser(prog="ucc", description="An open unified contact centre.")
    root.add_argument("--version", action="version", version=f"ucc {__version__}")
    root.set_defaults(work=None)
    commands = root.add_subparsers(required=True, metavar="command")

    one = commands.add_parser("serve", help="run a node: servers if none are set, rooms, web door")
    one.add_argument("--with-parent", action="store_true", help="stop when the starting process ends")
    one.set_defaults(command="run_serve")

    one = commands.add_parser("migrate", help="bring the database up to this version")
    one.set_defaults(command="run_migrate")

    one = commands.add_parser("tenant", help="tenants")
    one = one.add_subparsers(required=True, metavar="act").add_parser(
        "create", help="make a tenant and its first admin"
    )
    one.add_argument("--name", required=True, help="the company's name")
    one.add_argument("--slug", required=True, help="its short name: a-z 0-9 -")
    one.add_argument("--email", required=True, help="the first admin's address")
    one.add_argument("--password-stdin", action="store_true", help="read the password; otherwise one is made")
    one.add_argument("--time-zone", default="UTC", help="e.g. Asia/Singapore")
    one.set_defaults(command="run_tenant_create")

    one = commands.add_parser("doctor", help="list every setting and check the set-up")
    one.set_defaults(command="run_doctor")

    for name, (module, help_text) in PLANNING.items():
        one = commands.add_parser(name, help=help_text)
        if given[:1] == [name]:
            _declare(one, module)

    for name, table, told in (("demo", DEMO, "the demo tenant"), ("bench", BENCH, "measure this machine")):
        acts = commands.add_parser(name, help=told).add_subparsers(required=True, metavar="act")
        for act, (module, help_text) in table.items():
            one = acts.add_parser(act, help=help_text)
            if given[:2] == [name, act]:
                _declare(one, module)
    return root


def _declare(one: argparse.ArgumentParser, module: str) -> None:
    loaded = _load(module)
    loaded.add_arguments(one)
    one.set_defaults(work=loaded.run)


def _load(module: str) -> ModuleType:
    return importlib.import_module(module)


if __name__ == "__main__":
    sys.exit(main())
