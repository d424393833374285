"""The rules of docs/map.md and CONTRIBUTING.md, held over the whole tree."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterable

import pytest

from tests.house import tree
from tests.house.tree import NEEDS, ROOT, Breach


def none(breaches: Iterable[Breach]) -> None:
    found = [f"{name}:{line}: {what}" for name, line, what in breaches]
    assert not found, "\n".join(found)


def test_the_layer_table_reads_top_down() -> None:
    seen: set[str] = set()
    for row, needs in NEEDS.items():
        late = {need for need in needs if not tree.is_in(need, seen)}
        assert not late, f"{row} needs {late}, listed below it"
        seen.add(row)


def test_imports_only_go_down() -> None:
    none(b for file in tree.python_files() for b in tree.climbing_imports(*file))


def test_no_import_hides_inside_a_function() -> None:
    none(b for file in tree.python_files() for b in tree.hidden_imports(*file))


def test_there_are_no_import_cycles() -> None:
    assert list(tree.import_cycles()) == []


def test_python_keeps_the_house_rules() -> None:
    none(b for file in tree.python_files() for b in tree.bad_habits(*file))


def test_sql_names_its_tenant() -> None:
    files = tree.tracked("ucc/**/queries.sql")
    assert files
    none(b for name in files for b in tree.open_queries(name, (ROOT / name).read_text(encoding="utf8")))


def test_a_table_is_written_by_one_room() -> None:
    """The demo makes up its tenant's past in the tables of others; nobody else does."""
    writers: dict[str, set[str]] = {}
    for name in tree.tracked("ucc/**/queries.sql"):
        room = name.split("/")[1]
        if room not in ("demo", "bench"):
            for table in tree.written_tables((ROOT / name).read_text(encoding="utf8")):
                writers.setdefault(table, set()).add(room)
    assert len(writers) > 30
    assert {table: rooms for table, rooms in writers.items() if len(rooms) > 1} == {}


def test_pure_code_looks_at_nothing_around_it() -> None:
    names = [name for folder in tree.PURE for name in tree.tracked(f"{folder}*.py", f"{folder}*.rs")]
    assert names
    none(b for name in names for b in tree.ambient(name, (ROOT / name).read_text(encoding="utf8")))


def test_the_front_end_imports_only_down() -> None:
    none(
        b
        for name in tree.tracked("widgets/*.ts", "widgets/*.svelte")
        for b in tree.front_imports(name, (ROOT / name).read_text(encoding="utf8"))
    )


def test_files_stay_readable() -> None:
    names = tree.tracked("ucc/*.py", "router-rs/*.rs", "widgets/*.ts", "widgets/*.svelte")
    longer, far_longer = [], []
    for name in names:
        lines = (ROOT / name).read_text(encoding="utf8").count("\n")
        limit = tree.LINES_SELDOM[name[name.rindex(".") :]]
        if lines > limit and not name.startswith(tree.VOCABULARIES):
            longer.append(name)
            if lines > limit * 1.25:
                far_longer.append((name, lines, f"far longer than {limit} lines: it is two things"))
    none(far_longer)
    assert len(longer) * 20 <= len(names), f"more than one file in twenty is too long: {longer}"


def test_the_map_shows_every_room_and_nothing_else() -> None:
    text = (ROOT / "docs/map.md").read_text(encoding="utf8")
    named = re.findall(r"^\| `([\w./-]+)` \|", text, re.M)
    assert len(named) > 10
    missing = [folder for folder in named if not (ROOT / folder).is_dir()]
    assert not missing, f"docs/map.md names folders that do not exist: {missing}"
    rooms = {f"ucc/{path.name}" for path in (ROOT / "ucc").iterdir() if (path / "__init__.py").is_file()}
    assert rooms <= set(named), f"rooms the map does not show: {rooms - set(named)}"
    folders = [row.replace(".", "/") for row in NEEDS if row != "ucc._native"]
    assert set(folders) == {folder for folder in named if folder.startswith("ucc/") and _is_layered(folder)}


def _is_layered(folder: str) -> bool:
    return folder.replace("/", ".") not in tree.SHELL and folder != "ucc/sql"


def test_every_rule_of_routing_has_a_test_that_carries_its_number() -> None:
    stated = tree.rules((ROOT / "router-rs/SPEC.md").read_text(encoding="utf8"))
    assert len(stated) > 80
    held: set[int] = set()
    for name in tree.tracked("router-rs/*.rs", "tests/*.py"):
        held |= tree.rules_held((ROOT / name).read_text(encoding="utf8"))
    assert sorted(stated - held) == [], "rules without a test"
    assert sorted(held - stated) == [], "tests of rules that SPEC.md does not state"


# Written in pieces, so that this file does not break its own rule.
HOSTS = ("py" + "pi.org", "python" + "hosted", "registry.np" + "mjs", "deb.deb" + "ian", "index.cra" + "tes")
PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]+/", "/Us" + "ers/")


def test_nothing_names_a_registry_or_a_machine() -> None:
    pattern = re.compile(
        "|".join([*(re.escape(host) for host in HOSTS), *(rf"(?<![\w.]){p}" for p in PLACES)])
    )
    breaches = []
    for name in tree.tracked():
        try:
            text = (ROOT / name).read_text(encoding="utf8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if (found := pattern.search(line)) and "tests/" not in name:
                breaches.append((name, number, f"names {found.group()}"))
    none(breaches)


def test_python_requirements_are_locked_by_hash_and_complete() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    for wanted, name in (
        (project["project"]["dependencies"], "requirements.txt"),
        (project["dependency-groups"]["dev"], "requirements-dev.txt"),
    ):
        text = (ROOT / name).read_text(encoding="utf8")
        assert "://" not in text
        blocks = re.split(r"\n(?=[a-z])", text.strip())
        locked = {_plain(re.split(r"[=\[ ;]", block)[0]) for block in blocks}
        assert all("--hash=sha256:" in block for block in blocks), (
            f"{name}: a line without a hash; run make lock"
        )
        missing = {_plain(re.split(r"[<>=\[ ;]", one)[0]) for one in wanted} - locked
        assert not missing, f"{name} lacks {missing}; run make lock"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_node_packages_are_locked_without_hosts() -> None:
    lock = json.loads((ROOT / "widgets/package-lock.json").read_text(encoding="utf8"))
    strangers = [
        name
        for name, package in lock["packages"].items()
        if str(package.get("resolved", "")).startswith("http")
    ]
    assert not strangers


# --- the rules themselves can fail ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "code", "told"),
    [
        ("ucc.contacts.service", "from ucc.routing.service import Routing", "ucc.contacts may not import"),
        ("ucc.kit.db", "import ucc.domain.people", "ucc.kit may not import"),
        ("ucc.routing.owner", "from ucc.web.rooms import Rooms", "ucc.routing may not import"),
        ("ucc.conversations.writer", "from ucc.app import Servers", "ucc.conversations may not import"),
        ("ucc.web.server", "from ucc.app import Servers", "the door may not import"),
    ],
)
def test_a_climbing_import_is_found(module: str, code: str, told: str) -> None:
    ((_, _, what),) = tree.climbing_imports("x.py", module, ast.parse(code))
    assert told in what


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1", "no docstring"),
        ('"""X."""\ndef f(timeout): ...', "timeout_ms"),
        ('"""X."""\ntry:\n  f()\nexcept OSError:\n  pass', "error swallowed"),
        ('"""X."""\nq = "SELECT a FROM b"', "SQL in Python"),
        ('"""X."""\nq = "insert into b"', None),
        ('"""X."""\nasyncio.create_task(f())', "use ucc.kit.tasks"),
        ('"""X."""\nos.environ["A"]', "read once"),
    ],
)
def test_a_bad_habit_is_found(code: str, told: str | None) -> None:
    found = [what for _, _, what in tree.bad_habits("ucc/x.py", "ucc.x", ast.parse(code))]
    assert found == [] if told is None else told in found[0]


def test_an_open_query_is_found() -> None:
    text = "-- name: a\n-- One.\nSELECT 1 FROM t;\n-- name: b\n-- Two (all tenants: why).\nSELECT 1 FROM t;\n"
    text += "-- name: c?\n-- Three.\nt.x = 1\n-- name: d?\n-- Four.\nEXISTS (SELECT FROM u)\n"
    assert [what.split()[0] for _, _, what in tree.open_queries("q", text)] == ["a", "d?"]


def test_tables_that_are_written_are_found() -> None:
    text = "-- INSERT INTO no\nINSERT INTO a (x) SELECT 1;\nWITH b AS (DELETE FROM c) UPDATE d SET x = 1\n"
    text += "ON CONFLICT DO UPDATE SET x = 2; SELECT 1 FROM e FOR NO KEY UPDATE OF e;"
    assert tree.written_tables(text) == {"a", "c", "d"}


def test_a_clock_in_pure_code_is_found() -> None:
    assert list(tree.ambient("x.rs", "let a = 1; // Instant::now\nlet b = Instant::now();")) != []


def test_the_rules_a_test_carries_are_read_from_its_name() -> None:
    code = """
    fn r15_r16_a_decline_excludes() {}
    async def test_r81_and_r82_who_is_in_a_conference() -> None: ...
    fn r67_to_r70_figures_agree() {}
    fn r6_i4_first_in_is_first_out() {}
    fn rank() {}
    """
    assert tree.rules_held(code) == {15, 16, 81, 82, 67, 68, 69, 70, 6}
    assert tree.rules("- **R1** One.\n- **R22** Two.\n  R3 is named.\n") == {1, 22}
