"""`ucc staff`: the closed forms for a load, or the fewest agents that reach a service level."""

from __future__ import annotations

import argparse

import msgspec

from ucc.domain.errors import BadInput
from ucc.kit.config import Settings
from ucc.staffing.erlang import Figures, Load, figures
from ucc.staffing.search import fewest

_MEANINGS = {
    "agents": "agents",
    "offered_erlang": "offered load, erlang",
    "wait_probability": "let in and not answered at once",
    "block_probability": "blocked",
    "abandon_probability": "abandoned",
    "asa_s": "mean wait of the served, s",
    "service_level": "served within the target, of all arrivals",
    "occupancy": "occupancy",
    "queue_length": "waiting, on average",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--arrivals-per-hour", type=_number, required=True, help="contacts an hour, Poisson")
    parser.add_argument("--aht-s", type=_number, required=True, help="mean handling time, wrap-up included")
    parser.add_argument("--target-s", type=_number, required=True, help="a contact is to be answered within")
    parser.add_argument("--agents", type=_whole, help="how many there are; left out with --service-level")
    parser.add_argument("--service-level", type=_number, help="the part to be answered in time, e.g. 0.8")
    parser.add_argument("--patience-s", type=_number, help="mean patience; left out: nobody leaves")
    parser.add_argument("--lines", type=_whole, help="agents and waiting places; left out: no limit")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Compute and print."""
    if (options.agents is None) == (options.service_level is None):
        found = "neither" if options.agents is None else "both"
        raise BadInput(f"agents, service_level: found {found}, allowed is one of the two", field="agents")
    load = Load(
        arrivals_per_hour=options.arrivals_per_hour,
        aht_s=options.aht_s,
        target_s=options.target_s,
        agents=options.agents or 0,
        patience_s=options.patience_s,
        lines=options.lines,
    )
    told = figures(load) if options.service_level is None else fewest(load, options.service_level)
    print(msgspec.json.encode(told).decode() if options.json else _table(told))
    return 0


def _table(told: Figures) -> str:
    values = msgspec.structs.asdict(told)
    return "\n".join(
        [told.model, *(f"  {meaning:<42} {values[name]:>14.9g}" for name, meaning in _MEANINGS.items())]
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed is a number") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed is a whole number") from None
