"""`ucc simulate`: a scenario file or a recorded day, with edits beside it and rivals' policies if asked."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import tomllib
from pathlib import Path

import msgspec

from ucc.app import close_rooms, join_servers, open_rooms
from ucc.commands import whisper
from ucc.domain.errors import BadInput
from ucc.domain.simulation import Edits, SimulationWrite
from ucc.domain.states import SimulationBasis
from ucc.kit.config import Settings
from ucc.planning.edits import edits_of
from ucc.staffing.fields import refuse
from ucc.staffing.recorded import Question
from ucc.staffing.report import table
from ucc.staffing.scenario import Distribution, Plan, plan_of
from ucc.staffing.simulation import simulate

THREADS_MAX = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "scenario", type=Path, nargs="?", help="a TOML file; docs/simulate.md tells its form; or --day"
    )
    parser.add_argument(
        "--edited", type=Path, help="a second scenario, or the edits of --day, to compare with"
    )
    parser.add_argument("--day", help="instead of a file: a recorded day of --tenant, YYYY-MM-DD")
    parser.add_argument("--tenant", help="the short name of the tenant whose journal holds the day")
    parser.add_argument("--forecast", action="store_true", help="draw the contacts of --day anew")
    parser.add_argument("--like", nargs="+", help="more days whose contacts count for a forecast")
    parser.add_argument("--volume", type=float, help="times as many contacts of a forecast; left out: 1")
    parser.add_argument("--replications", type=int, help="of --day (left out: 20); a file says its own")
    parser.add_argument("--seed", type=int, help="of --day (left out: 1); a file says its own")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--rivals", action="store_true", help="also run the policies of other systems")
    parser.add_argument("--threads", type=_threads, help="at most; left out: one a processor")


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= THREADS_MAX:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed is a whole number from 1 to {THREADS_MAX}")
    return int(text)


def read_tables(path: Path, what: str) -> dict[str, object]:
    """Return the tables of a TOML file.

    Raises:
        BadInput: It cannot be read or is no TOML.

    """
    try:
        return tomllib.loads(_text(path))
    except OSError as error:
        raise BadInput(f"{what}: found {path} ({error.strerror}), allowed is a file") from error
    except RecursionError as error:
        raise BadInput(f"{what}: found {path}, nested too deep, allowed is a scenario") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{what}: found {path} with the byte {error.object[error.start]:#04x} at {error.start}, "
            "allowed is TOML in UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{what}: found {path}, which is no TOML: {error}") from error


def _text(path: Path) -> str:
    """Return a file's text; some editors put a mark before UTF-8."""
    return path.read_text(encoding="utf-8-sig")


def read_plan(path: Path, what: str = "scenario") -> Plan:
    """Return the plan of a scenario file; files it names stand beside it.

    Raises:
        BadInput: It cannot be read, is no TOML or no scenario.

    """
    return plan_of(read_tables(path, what), lambda name: _text(path.parent / name))


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Simulate and print; the speed goes to stderr."""
    if (options.scenario is None) == (options.day is None):
        found = "neither" if options.day is None else "both"
        raise BadInput(f"scenario, --day: found {found}, allowed is one of the two", field="scenario")
    question = await _recorded(options, settings) if options.day else _written(options)
    # The engine does not look for signals while it works, and there is nothing to clean up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threads = options.threads or len(os.sched_getaffinity(0))
    started = time.perf_counter()
    report = simulate(question.plan, question.edited, has_rivals=options.rivals, threads=threads)
    took_s = time.perf_counter() - started
    report = msgspec.structs.replace(report, recording=question.recording)
    print(msgspec.json.encode(report).decode() if options.json else table(question.plan, report))
    pace = f"{report.contacts / took_s:,.0f} a second, {threads} threads"
    print(f"{report.contacts} contacts in {took_s:.2f} s, {pace}", file=sys.stderr)
    return 0


def _written(options: argparse.Namespace) -> Question:
    """Return what scenario files ask."""
    for name in ("tenant", "forecast", "like", "volume", "replications", "seed"):
        if (found := getattr(options, name)) not in (None, False):
            refuse(f"--{name}", found, "only with --day: a scenario file says its own")
    plan = read_plan(options.scenario)
    if options.edited is None:
        return Question(plan, None, None)
    edited = read_plan(options.edited, "--edited")
    for name in ("seed", "replications", "periods", "period_s", "warm_up_s", "day_factor_shape"):
        if getattr(plan, name) != getattr(edited, name):
            refuse(f"--edited {name}", getattr(edited, name), f"{getattr(plan, name)}, as in the scenario")
    told = [[one.name for one in which.types] for which in (plan, edited)]
    if told[0] != told[1]:
        refuse("--edited types", told[1], f"{told[0]}, as in the scenario")
    for place, (one, other) in enumerate(zip(plan.types, edited.types, strict=True)):
        for name in ("arrivals_per_hour", "service", "wrap_up", "patience", "answer"):
            if getattr(one, name) != getattr(other, name):
                path = f"--edited types[{place}].{name}"
                refuse(
                    path, _shown(getattr(other, name)), f"{_shown(getattr(one, name))}, as in the scenario"
                )
    return Question(plan, edited, None)


def _shown(value: object) -> object:
    """Return what is known of a contact as it stands in a file."""
    if not isinstance(value, Distribution):
        return value
    told: dict[str, object] = msgspec.to_builtins(value)
    seen = told.pop("values_s", None)
    return told if seen is None else {"distribution": "file"}


async def _recorded(options: argparse.Namespace, settings: Settings) -> Question:
    """Return what a recorded day, or a forecast from it, asks."""
    if options.tenant is None:
        raise BadInput("--tenant: found nothing, allowed is the short name of a tenant", field="tenant")
    servers = await join_servers(settings, whisper)
    try:
        rooms = await open_rooms(settings, servers, whisper)
        try:
            tenant_id = await rooms.tenants.find_tenant(options.tenant)
            if tenant_id is None:
                raise BadInput(f"--tenant: found {options.tenant!r}, allowed is the short name of a tenant")
            edits = Edits()
            if options.edited is not None:
                names = await rooms.simulations.days.names(tenant_id)
                edits = edits_of(read_tables(options.edited, "--edited"), names)
            basis = SimulationBasis.FORECAST if options.forecast else SimulationBasis.DAY
            return await rooms.simulations.ask(
                tenant_id,
                SimulationWrite(
                    date=options.day,
                    basis=basis,
                    like=options.like or [],
                    volume=1.0 if options.volume is None else options.volume,
                    edits=edits,
                    has_rivals=options.rivals,
                    replications=20 if options.replications is None else options.replications,
                    seed=1 if options.seed is None else options.seed,
                ),
            )
        finally:
            await close_rooms(rooms)
    finally:
        await servers.close()
