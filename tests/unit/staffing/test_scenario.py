"""Scenario files: what they mean, and that what they cannot mean is refused with the path of the field."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from ucc.domain.errors import BadInput
from ucc.staffing.scenario import Distribution, Plan, plan_of
from ucc.staffing.simulation import simulate

Tables = dict[str, Any]

SCENARIO: Tables = {
    "periods": 2,
    "period_s": 1800,
    "trunks": [{"name": "main", "lines": 30}],
    "types": [
        {
            "name": "sales",
            "arrivals_per_hour": [100, 120],
            "service": {"distribution": "lognormal", "mean_s": 200, "sd_s": 150},
            "wrap_up": {"distribution": "constant", "mean_s": 15},
            "patience": {"distribution": "exponential", "mean_s": 90},
            "trunk": "main",
            "groups": ["sellers", ["both", "night"]],
        },
        {
            "name": "help",
            "arrivals_per_hour": 80,
            "service": {"distribution": "gamma", "mean_s": 240, "shape": 2},
            "target_s": 60,
            "priority": 2,
        },
    ],
    "groups": [
        {"name": "sellers", "staff": [6, 8], "types": ["sales"]},
        {"name": "helpers", "staff": 7, "types": ["help"]},
        {"name": "both", "staff": [1, 2], "types": ["help", "sales"]},
        {"name": "night", "staff": [0, 1], "types": [["sales", "help"]], "capacity": 2},
    ],
}
SKILLED: Tables = {
    "periods": 1,
    "period_s": 3600,
    "types": [
        {
            "name": name,
            "arrivals_per_hour": 60,
            "service": {"distribution": "exponential", "mean_s": 180},
            "requirement": requirement,
        }
        for name, requirement in (("zh", {"zh": 5}), ("zh sales", {"zh": 5, "sales": 3}), ("any", {}))
    ],
    "groups": [
        {"name": "fluent", "staff": 3, "skills": {"zh": 9, "sales": 3}},
        {"name": "learning", "staff": 3, "skills": {"zh": 4, "sales": 9}},
    ],
}


def no_file(name: str) -> str:
    raise FileNotFoundError(2, "No such file", name)


def planned(change: Callable[[Tables], object], tables: Tables = SCENARIO) -> Plan:
    changed = copy.deepcopy(tables)
    change(changed)
    return plan_of(changed, no_file)


def test_names_become_places_and_one_value_is_that_of_every_period() -> None:
    plan = plan_of(SCENARIO, no_file)
    sales, support = plan.types
    assert (sales.ranks, support.ranks, sales.trunk, support.trunk) == ([[0], [2, 3]], [], 0, None)
    assert [group.serves for group in plan.groups] == [[[0]], [[1]], [[1], [0]], [[0, 1]]]
    assert support.arrivals_per_hour == [80, 80]
    assert plan.groups[1].staff == [7, 7]
    assert (sales.target_s, support.target_s, support.priority) == (20, 60, 2)
    assert (plan.replications, plan.seed, plan.warm_up_s, plan.day_factor_shape) == (20, 1, 0, None)
    assert sales.is_listed
    assert support.is_listed


def test_without_lists_the_skills_decide() -> None:
    plan = plan_of(SKILLED, no_file)
    assert [group.serves for group in plan.groups] == [[[0, 1, 2]], [[2]]]
    assert not any(kind.is_listed for kind in plan.types)


def test_the_engine_follows_lists_and_skills() -> None:
    for tables in (SCENARIO, SKILLED):
        report = simulate(plan_of(tables, no_file), has_rivals=True, threads=2)
        for policy in report.policies:
            found = policy.in_all
            ended = found.served.mean + found.abandoned.mean + found.blocked.mean + found.unanswered.mean
            assert ended == pytest.approx(found.arrived.mean)
            assert found.served.mean > 0.5 * found.arrived.mean or policy.policy == "five_minute_ticker"


def test_times_come_from_a_file_one_a_line() -> None:
    text = "# handling times\n12.5, ignored\n\n300\n"
    tables = copy.deepcopy(SCENARIO)
    tables["types"][0]["service"] = {"distribution": "file", "path": "times.csv"}
    plan = plan_of(tables, {"times.csv": text}.__getitem__)
    assert plan.types[0].service == Distribution("observed", values_s=[12.5, 300])
    report = simulate(plan, threads=1)
    assert report.policies[0].in_all.served.mean > 0
    for bad, told in (
        (
            "12\nlong\n",
            r"types\[0\].service.path \(times.csv line 2\): found 'long', allowed is a number from 0",
        ),
        ("-1\n", r"line 1\): found -1.0, allowed"),
        ("", r"types\[0\].service.path: found '0 numbers in times.csv', allowed is 1 to"),
    ):
        with pytest.raises(BadInput, match=told):
            plan_of(tables, {"times.csv": bad}.__getitem__)


REFUSED: list[tuple[Callable[[Tables], object], str]] = [
    (
        lambda t: t.update(period=1),
        "period: found 1, allowed is one of the names seed, replications, periods",
    ),
    (lambda t: t.pop("periods"), "periods: found nothing, allowed is a whole number from 1 to 1000"),
    (lambda t: t.update(periods=0), "periods: found 0"),
    (lambda t: t.update(periods=True), "periods: found True"),
    (lambda t: t.update(period_s=-1), "period_s: found -1, allowed is a number from 1 to"),
    (lambda t: t.update(seed=-1), "seed: found -1"),
    (lambda t: t.update(replications=0), "replications: found 0, allowed is a whole number from 1"),
    (lambda t: t.update(day_factor_shape=0), "day_factor_shape: found 0"),
    (lambda t: t.update(types=[]), "types: found [], allowed is at least one table [[types]]"),
    (lambda t: t.update(types="x"), "types: found 'x', allowed is a list of tables [[types]]"),
    (lambda t: t["types"].append(3), "types[2]: found 3, allowed is a table with name"),
    (lambda t: t["types"][1].update(name="sales"), "types[1].name: found 'sales', allowed is a name that no"),
    (
        lambda t: t["types"][0].update(arrival=3),
        "types[0].arrival: found 3, allowed is one of the names name",
    ),
    (
        lambda t: t["types"][0].update(arrivals_per_hour=[100, -2]),
        "types[0].arrivals_per_hour[1]: found -2, allowed is a number from 0 to 10000000",
    ),
    (
        lambda t: t["types"][0].update(arrivals_per_hour=[1, 2, 3]),
        "arrivals_per_hour: found [1, 2, 3], allowed is a number, or a list of 2, one a period, not of 3",
    ),
    (lambda t: t["types"][0].update(arrivals_per_hour=float("nan")), "arrivals_per_hour: found nan"),
    (lambda t: t["types"][0].pop("service"), "types[0].service: found nothing, allowed is a table like"),
    (
        lambda t: t["types"][0]["service"].pop("sd_s"),
        "types[0].service.sd_s: found nothing, allowed is a number",
    ),
    (
        lambda t: t["types"][0]["service"].update(shape=2),
        "service.shape: found 2, allowed is for lognormal only",
    ),
    (
        lambda t: t["types"][0]["service"].update(distribution="normal"),
        "distribution: found 'normal', allowed is one of constant, exponential, lognormal, gamma, file",
    ),
    (
        lambda t: t["types"][0].update(service={"distribution": "file", "path": "gone.csv"}),
        "types[0].service.path: found 'gone.csv', allowed is a text file that can be read",
    ),
    (lambda t: t["types"][0].update(patience=60), "types[0].patience: found 60, allowed is a table with"),
    (lambda t: t["types"][0].update(priority=10), "types[0].priority: found 10, allowed is a whole number"),
    (lambda t: t["types"][0].update(trunk="side"), "types[0].trunk: found 'side', allowed is one of main"),
    (lambda t: t["trunks"][0].update(lines=0), "trunks[0].lines: found 0"),
    (
        lambda t: t["types"][0].update(groups=["nobody"]),
        "types[0].groups[0]: found 'nobody', allowed is one of sellers, helpers, both, night",
    ),
    (
        lambda t: t["types"][0].update(groups=["sellers", ["sellers"]]),
        "types[0].groups[1]: found ['sellers'], allowed is a name that does not stand in the list already",
    ),
    (
        lambda t: t["types"][0].update(groups=["helpers"]),
        "groups[0].types: found 'sales', allowed is a type whose own list of groups has 'sellers'",
    ),
    (
        lambda t: t["groups"][2].update(types=["help"]),
        "types[0].groups: found 'both', allowed is a group whose own list has 'sales'",
    ),
    (lambda t: t["types"][0].update(requirement={"zh": 11}), "types[0].requirement.zh: found 11, allowed is"),
    (
        lambda t: t["types"][1].update(requirement={"zh": 3}),
        "groups[1].types: found 'help', allowed is a type whose requirement the group's skills meet",
    ),
    (
        lambda t: t["groups"][0].update(staff=[1, 2.5]),
        "groups[0].staff[1]: found 2.5, allowed is a whole number",
    ),
    (lambda t: t["groups"][0].update(staff=50_000), "groups: found '50010 agents', allowed is at most 50000"),
    (lambda t: t["groups"][3].update(capacity=0), "groups[3].capacity: found 0, allowed is a whole number"),
    (
        lambda t: t.update(replications=100_000, period_s=2_000_000),
        "replications: found 100000, allowed is fewer: ",
    ),
]


@pytest.mark.parametrize(("change", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_it_cannot_mean_is_refused(change: Callable[[Tables], object], told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        planned(change)


def test_work_nobody_can_do_is_refused() -> None:
    def nobody(tables: Tables) -> None:
        tables["types"][0]["requirement"] = {"zh": 10, "sales": 1}

    told = (
        "types[0].requirement: found {'zh': 10, 'sales': 1}, allowed is what the skills of one group meet: "
        "fluent (zh 9, sales 3), learning (zh 4, sales 9)"
    )
    with pytest.raises(BadInput, match=re.escape(told)):
        planned(nobody, SKILLED)

    def idle(tables: Tables) -> None:
        tables["types"].pop()

    told = "groups[1].skills: found {'zh': 4, 'sales': 9}, allowed is those of a group that can serve a type"
    with pytest.raises(BadInput, match=re.escape(told)):
        planned(idle, SKILLED)

    def left_out(tables: Tables) -> None:
        tables["types"][1].pop("priority")
        for group in tables["groups"]:
            group["types"] = ["sales"]
        tables["types"][0].pop("groups")

    with pytest.raises(BadInput, match=r"types\[1\]\.name: found 'help', allowed is a type that stands in a"):
        planned(left_out)


def test_a_file_that_cannot_be_read_is_told_in_a_word() -> None:
    tables = copy.deepcopy(SCENARIO)
    tables["types"][0]["service"] = {"distribution": "file", "path": "times.csv"}

    def broken(error: Exception) -> str:
        def read(name: str) -> str:
            raise error

        with pytest.raises(BadInput) as refused:
            plan_of(tables, read)
        return str(refused.value).partition("found 'times.csv', allowed is ")[2]

    assert broken(FileNotFoundError(2, "No such file")) == "a text file that can be read (No such file)"
    assert (
        broken(ValueError("embedded null byte")) == "a text file that can be read (no file has such a name)"
    )
    assert broken(UnicodeDecodeError("utf8", b"\xff", 0, 1, "no")) == "a text file in UTF-8"
