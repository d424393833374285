"""`ucc staff`, as it is typed."""

from __future__ import annotations

import json
import re

import pytest

from ucc.__main__ import main

PLAIN = ["staff", "--arrivals-per-hour", "200", "--aht-s", "180", "--target-s", "20"]


def test_json_holds_the_figures_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAIN, "--agents", "14", "--patience-s", "60", "--lines", "30", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    asked = {
        "wait_probability", "block_probability", "abandon_probability", "asa_s", "service_level", "occupancy",
        "queue_length",
    }  # fmt: skip
    assert asked <= set(found)
    assert found["model"] == "M/M/n/k+M"


def test_a_service_level_gives_the_staffing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAIN, "--service-level", "0.8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["agents"] == 14
    assert found["service_level"] == pytest.approx(0.8883500192, abs=1e-9)


def test_the_table_says_what_each_figure_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PLAIN, "--agents", "14"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("M/M/n\n")
    assert re.search(r"^  served within the target, of all arrivals +0\.888350019$", told, re.M)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "found neither, allowed is one of the two"),
        (["--agents", "14", "--service-level", "0.8"], "found both, allowed is one of the two"),
        (["--agents", "10"], "agents: found 10, allowed is at least 11"),
        (["--agents", "14", "--lines", "3"], "lines: found 3"),
    ],
)
def test_what_is_not_allowed_is_refused(
    more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*PLAIN, *more]) == 1
    assert told in capsys.readouterr().err


def test_a_word_where_a_number_belongs_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*PLAIN, "--agents", "many"])
    assert ended.value.code == 2
    assert "argument --agents: found 'many', allowed is a whole number" in capsys.readouterr().err
