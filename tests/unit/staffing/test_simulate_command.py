"""`ucc simulate`, as it is typed; the example of docs/simulate.md is the scenario."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from tests.unit.staffing.reports import without_details
from ucc.__main__ import main
from ucc.domain.simulation import SimulationReport

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return the documented scenario as a file, with the file it names."""
    page = (ROOT / "docs/simulate.md").read_text(encoding="utf8")
    found = re.search(r"```toml\n(.*?)```", page, re.S)
    assert found
    (tmp_path / "mail-times.csv").write_text("30\n240\n600\n1200\n", encoding="utf8")
    scenario = tmp_path / "day.toml"
    scenario.write_text(found.group(1), encoding="utf8")
    return scenario


def test_the_documented_example_runs_and_gives_the_same_twice(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for threads in ("1", "2"):
        assert main(["simulate", str(example), "--json", "--threads", threads]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    report = msgspec.json.decode(told[0], type=SimulationReport)
    policy = report.policies[0]
    assert policy.policy == "ours"
    assert report.gains == []
    assert {len(kind.periods) for kind in policy.types} == {len(policy.periods)}
    assert policy.in_all.service_level.of_arrived is not None
    assert json.loads(told[0])["policies"][0]["in_all"]["arrived"].keys() == {"mean", "half_width"}


def test_rivals_and_gains_stand_in_the_same_table(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(example), "--rivals"]) == 0
    told = capsys.readouterr()
    for policy in ("ours  ", "polled_longest_queue  ", "round_robin  ", "five_minute_ticker  "):
        assert f"\n{policy}" in told.out
    assert told.out.count("on the same contacts:") == 3
    assert re.search(r"\d+ contacts in [\d.]+ s, [\d,]+ a second, \d+ threads", told.err)


def test_the_shop_of_the_page_prints_what_the_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/simulate.md").read_text(encoding="utf8")
    scenario, told = re.findall(r"```(?:toml)?\n(.*?)```", page.partition("A shop whose bilingual")[2], re.S)[
        :2
    ]
    (tmp_path / "shop.toml").write_text(scenario, encoding="utf8")
    assert main(["simulate", str(tmp_path / "shop.toml"), "--rivals"]) == 0
    assert without_details(capsys.readouterr().out) == told.strip()


@pytest.mark.parametrize("threads", ["0", "-2", "many"])
def test_threads_are_a_small_number(threads: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "day.toml", "--threads", threads])
    assert ended.value.code == 2
    assert f"--threads: found '{threads}', allowed is a whole number from 1 to 256" in capsys.readouterr().err


def test_what_is_no_scenario_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone, broken, wrong = tmp_path / "gone.toml", tmp_path / "broken.toml", tmp_path / "wrong.toml"
    latin, deep = tmp_path / "latin.toml", tmp_path / "deep.toml"
    latin.write_bytes("periods = 1 # für".encode("latin-1"))
    deep.write_text(f"periods = {'[' * 5_000}{']' * 5_000}", encoding="utf8")
    broken.write_text("periods = ", encoding="utf8")
    wrong.write_text("periods = 3\nlenght = 4\n", encoding="utf8")
    for path, told in (
        (gone, "gone.toml (No such file or directory), allowed is a file"),
        (broken, "broken.toml, which is no TOML"),
        (wrong, "lenght: found 4, allowed is one of the names"),
        (latin, "latin.toml with the byte 0xfc at 15, allowed is TOML in UTF-8"),
        (deep, "deep.toml, nested too deep, allowed is a scenario"),
    ):
        assert main(["simulate", str(path)]) == 1
        assert told in capsys.readouterr().err


def test_a_mark_before_the_text_is_no_part_of_it(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (example, example.parent / "mail-times.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert main(["simulate", str(example)]) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--seed", "5"], ["--volume", "2"], ["--replications", "9"], ["--forecast"], ["--tenant", "shop"]],
)
def test_what_is_said_of_a_day_is_not_taken_beside_a_file(
    example: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(example), *words]) == 1
    told = capsys.readouterr()
    assert f"{words[0]}: found " in told.err
    assert "allowed is only with --day: a scenario file says its own" in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "[80, 90, 100, 110]",
            "[80, 90, 100, 99]",
            "--edited types[1].arrivals_per_hour: found [80.0, 90.0, 100.0, 99.0], "
            "allowed is [80.0, 90.0, 100.0, 110.0], as in the scenario",
        ),
        (
            "mean_s = 240, shape = 2",
            "mean_s = 200, shape = 2",
            "--edited types[1].service: found {'distribution': 'gamma', 'mean_s': 200.0, 'shape': 2.0}, "
            "allowed is {'distribution': 'gamma', 'mean_s': 240.0, 'shape': 2.0}, as in the scenario",
        ),
        (
            'answer = { distribution = "constant", mean_s = 2 }',
            "",
            "--edited types[0].answer: found None, allowed is {'distribution': 'constant', 'mean_s': 2.0}",
        ),
        ("seed = 1 ", "seed = 2 ", "--edited seed: found 2, allowed is 1, as in the scenario"),
    ],
)
def test_edits_of_a_scenario_keep_its_contacts(
    example: Path, before: str, after: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = example.read_text(encoding="utf8")
    assert text.count(before) == 1
    edited = example.with_name("edited.toml")
    edited.write_text(text.replace(before, after), encoding="utf8")
    assert main(["simulate", str(example), "--edited", str(edited)]) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""
    edited.write_text(text.replace("staff = [6, 8, 9, 7]", "staff = [7, 9, 10, 8]"), encoding="utf8")
    assert main(["simulate", str(example), "--edited", str(edited)]) == 0
    assert "edited against ours, on the same contacts:" in capsys.readouterr().out
