"""`ucc bench start`: how long a node takes until it is ready, on an empty folder and on a used one."""

from __future__ import annotations

import argparse

import msgspec

from ucc.bench.messages import print_figures, say
from ucc.bench.node import Node
from ucc.kit.config import Settings

ROUNDS = 3


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed, the middle one of three rounds each."""

    cold_s: float  # initdb, roles, migrations
    warm_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")


async def run(options: argparse.Namespace, settings: Settings) -> int:
    """Measure and print."""
    cold: list[float] = []
    warm: list[float] = []
    for number in range(max(1, options.rounds)):
        node = Node()
        try:
            cold.append(await node.start())
            await node.stop()
            warm.append(await node.start())
        finally:
            await node.close()
        say(f"round {number + 1}: cold {cold[-1]:.2f} s, warm {warm[-1]:.2f} s")
    figures = Figures(cold_s=_middle(cold), warm_s=_middle(warm))
    print_figures(figures, as_json=options.json)
    return 0


def _middle(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 2)
