"""`ucc simulate`: a scenario file through the production engine, and through rivals' policies if asked."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import tomllib
from pathlib import Path

import msgspec

from ucc.domain.errors import BadInput
from ucc.kit.config import Settings
from ucc.staffing.report import table
from ucc.staffing.scenario import Plan, plan_of
from ucc.staffing.simulation import simulate

THREADS_MAX = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("scenario", type=Path, help="a TOML file; docs/simulate.md tells its form")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--rivals", action="store_true", help="also run the policies of other systems")
    parser.add_argument("--threads", type=_threads, help="at most; left out: one a processor")


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= THREADS_MAX:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed is a whole number from 1 to {THREADS_MAX}")
    return int(text)


def read_plan(path: Path) -> Plan:
    """Return the plan of a scenario file; files it names stand beside it.

    Raises:
        BadInput: It cannot be read, is no TOML or no scenario.

    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        raise BadInput(f"scenario: found {path} ({error.strerror}), allowed is a file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"scenario: found {path}, which is no TOML ({error})") from error
    return plan_of(tables, lambda name: (path.parent / name).read_text(encoding="utf8"))


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Simulate and print; the speed goes to stderr."""
    plan = read_plan(options.scenario)
    threads = options.threads or len(os.sched_getaffinity(0))
    # The engine does not look for signals while it works, and there is nothing to clean up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    started = time.perf_counter()
    report = simulate(plan, has_rivals=options.rivals, threads=threads)
    took_s = time.perf_counter() - started
    print(msgspec.json.encode(report).decode() if options.json else table(plan, report))
    pace = f"{report.contacts / took_s:,.0f} a second, {threads} threads"
    print(f"{report.contacts} contacts in {took_s:.2f} s, {pace}", file=sys.stderr)
    return 0
