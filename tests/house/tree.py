"""The house's rules as functions over the tree: each yields its breaches, so that tests can try them."""

from __future__ import annotations

import ast
import gc
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Who may import whom: a module may import its own row and what the row names. Read top-down it has no cycle.
NEEDS: dict[str, set[str]] = {
    "ucc._native": set(),
    "ucc.domain": set(),
    "ucc.kit": {"ucc.domain.errors"},
    "ucc.channels": {"ucc.domain", "ucc.kit"},
    "ucc.tenants": {"ucc.domain", "ucc.kit"},
    "ucc.agents": {"ucc.domain", "ucc.kit"},
    "ucc.contacts": {"ucc.domain", "ucc.kit"},
    "ucc.staffing": {"ucc.domain", "ucc.kit", "ucc._native"},
    "ucc.routing": {"ucc.domain", "ucc.kit", "ucc._native", "ucc.agents"},
    "ucc.conversations": {
        "ucc.domain", "ucc.kit", "ucc.channels", "ucc.tenants", "ucc.agents", "ucc.contacts", "ucc.routing",
    },
    "ucc.simulations": {"ucc.domain", "ucc.kit", "ucc.staffing", "ucc._native"},
}  # fmt: skip
SHELL = (
    "ucc.web",
    "ucc.app",
    "ucc.serve",
    "ucc.doctor",
    "ucc.commands",
    "ucc.wire",
    "ucc.demo",
    "ucc.bench",
    "ucc.planning",
    "ucc.__main__",
)
WEB_MAY_NOT = (
    "ucc.app", "ucc.serve", "ucc.doctor", "ucc.commands", "ucc.demo", "ucc.bench", "ucc.planning",
    "ucc.__main__",
)  # fmt: skip

# Front end: wire ← core ← ui ← visitor, console, shop.
FRONT: dict[str, set[str]] = {
    "wire": set(),
    "core": {"wire"},
    "ui": {"wire", "core"},
    "visitor": {"wire", "core", "ui"},
    "console": {"wire", "core", "ui"},
}

# Lines that a file seldom exceeds: not one in twenty may, and none by more than a quarter.
LINES_SELDOM = {".py": 400, ".rs": 600, ".ts": 300, ".svelte": 300}
VOCABULARIES = ("ucc/domain/engine.py", "widgets/wire/")  # in one piece, read as lists

PURE = ("ucc/domain/", "ucc/staffing/", "router-rs/core/src/", "router-rs/simulate/src/")
# Clocks, dice and the environment are arguments; hash maps iterate in no order, so replays would differ.
AMBIENT = re.compile(
    r"\b(time\.time|time\.monotonic|datetime\.now|datetime\.utcnow|random\.|uuid4|os\.environ"
    r"|SystemTime::now|Instant::now|thread_rng|rand::rng|HashMap|HashSet)\b"
)
SQL_VERB = re.compile(
    r"\s*(SELECT\b.+\bFROM\b|INSERT\s+INTO\b|UPDATE\b.+\bSET\b|DELETE\s+FROM\b|WITH\b.+\bAS\s*\()", re.S
)
UNITLESS = re.compile(r"(^|_)(timeout|delay|interval|ttl|latency|duration)$")
ENVIRONMENT_READERS = (
    "ucc/__main__.py",
    "ucc/commands.py",
    "ucc/bench/",
)  # loads hand it on to the nodes they start
TASK_STARTERS = ("ucc/kit/tasks.py", "ucc/bench/")

Breach = tuple[str, int, str]


def parse(text: str) -> ast.Module:
    """Parse without collecting garbage: a warning raised meanwhile upsets CPython 3.11."""
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()


def tracked(*patterns: str) -> list[str]:
    """Return the files of the repository that match; without a repository, those on disk."""
    done = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0 and done.stdout:
        return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]
    skip = {"node_modules", "target", "dist", ".venv", ".git", ".build", ".data"}
    found = (path for pattern in patterns or ("**/*",) for path in ROOT.glob(pattern))
    return sorted(
        path.relative_to(ROOT).as_posix() for path in found if path.is_file() and not skip & {*path.parts}
    )


def python_files() -> Iterator[tuple[str, str, ast.Module]]:
    """Yield (path, module, tree) of every Python file of the product."""
    for name in tracked("ucc/**.py", "ucc/*.py"):
        module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        yield name, module, parse((ROOT / name).read_text(encoding="utf8"))


def row_of(module: str) -> str | None:
    """Return the row of NEEDS that owns `module`, None for the shell and for foreign packages."""
    return next((row for row in NEEDS if module == row or module.startswith(row + ".")), None)


def is_in(module: str, names: set[str] | tuple[str, ...]) -> bool:
    """Say whether `module` is one of `names` or inside one."""
    return any(module == name or module.startswith(name + ".") for name in names)


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, module or module.name) of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def climbing_imports(name: str, module: str, tree: ast.Module) -> Iterator[Breach]:
    """Yield imports that the layer table does not allow."""
    row = row_of(module)
    for line, target in imports_of(tree):
        if not target.startswith("ucc."):
            continue
        if row is None:
            if is_in(module, ("ucc.web",)) and is_in(target, WEB_MAY_NOT):
                yield name, line, f"the door may not import {target}"
        elif is_in(target, SHELL) or not (row_of(target) == row or is_in(target, NEEDS[row])):
            yield name, line, f"{row} may not import {target}"


def hidden_imports(name: str, module: str, tree: ast.Module) -> Iterator[Breach]:
    """Yield imports inside functions: they hide cycles."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for line, target in imports_of(node):
                yield name, line, f"import of {target} inside {node.name}"


def import_cycles() -> Iterator[str]:
    """Yield each cycle among our modules as a -> b -> a."""
    files = list(python_files())
    modules = {module for _, module, _ in files}
    graph: dict[str, set[str]] = {}
    for _, module, tree in files:
        targets = {t if t in modules else t.rpartition(".")[0] for _, t in imports_of(tree)}
        graph[module] = (targets & modules) - {module}
    state: dict[str, int] = {}

    def visit(module: str, path: list[str]) -> Iterator[str]:
        state[module] = 1
        for target in sorted(graph[module]):
            if state.get(target) == 1:
                yield " -> ".join([*path[path.index(target) :], target])
            elif target not in state:
                yield from visit(target, [*path, target])
        state[module] = 2

    for module in sorted(graph):
        if module not in state:
            yield from visit(module, [module])


def bad_habits(name: str, module: str, tree: ast.Module) -> Iterator[Breach]:
    """Yield what a Python file of ours does not do."""
    if ast.get_docstring(tree) is None:
        yield name, 1, "no docstring: say what this is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in [*node.args.args, *node.args.kwonlyargs]:
                if UNITLESS.search(argument.arg):
                    yield (
                        name,
                        node.lineno,
                        f"{node.name}({argument.arg}): put the unit last, {argument.arg}_ms",
                    )
        elif isinstance(node, ast.ExceptHandler):
            if [type(one) for one in node.body] == [ast.Pass]:
                yield name, node.lineno, "error swallowed: handle it, or suppress it and say why"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_VERB.match(node.value):
            yield name, node.lineno, "SQL in Python: give it a name in queries.sql"
        elif isinstance(node, ast.Call) and not name.startswith(TASK_STARTERS):
            called = ast.unparse(node.func)
            if called.endswith((".create_task", "ensure_future")):
                yield name, node.lineno, f"{called} loses errors: use ucc.kit.tasks"
        elif (
            isinstance(node, ast.Attribute)
            and node.attr == "environ"
            and not name.startswith(ENVIRONMENT_READERS)
        ):
            yield name, node.lineno, "the environment is read once, by ucc.kit.config"


def open_queries(name: str, text: str) -> Iterator[Breach]:
    """Yield named queries that could read another tenant's rows and do not say why that is right.

    A part of statements (its name ends with ?) that reads no table of its own is filtered where it stands.
    """
    for part in re.split(r"^(?=-- name: )", text, flags=re.M)[1:]:
        query = part.split("\n")[0].removeprefix("-- name: ")
        if query.endswith("?") and not re.search(r"\b(FROM|JOIN)\b", part):
            continue
        if not re.search(r"\btenant_id\b|current_tenant\(\)", part) and "(all tenants: " not in part:
            line = text[: text.index(part)].count("\n") + 1
            yield name, line, f"{query} has no tenant_id; filter by it or say (all tenants: why)"


def written_tables(text: str) -> set[str]:
    """Return the tables that a file of queries writes."""
    code = re.sub(r"--[^\n]*", "", text)
    return set(re.findall(r"\b(?:INSERT INTO|DELETE FROM|UPDATE)\s+(?!SET\b|OF\b)([a-z_]+)", code))


def ambient(name: str, text: str) -> Iterator[Breach]:
    """Yield lines of pure code that look at a clock, dice, the environment or an unordered map."""
    for number, line in enumerate(text.split("\n"), 1):
        code = line.split("//")[0] if name.endswith(".rs") else line.split("#")[0]
        if found := AMBIENT.search(code):
            yield name, number, f"{found.group()} in pure code: pass it in (or use a BTreeMap)"


def front_imports(name: str, text: str) -> Iterator[Breach]:
    """Yield imports of the front end that climb."""
    own = name.split("/")[1]
    for found in re.finditer(r"""from\s+["']@ucc/(\w+)""", text):
        if found.group(1) != own and found.group(1) not in FRONT.get(own, set(FRONT)):
            yield name, text[: found.start()].count("\n") + 1, f"{own} may not import @ucc/{found.group(1)}"


def rules(spec: str) -> set[int]:
    """Return the numbers of the rules a specification states."""
    return {int(number) for number in re.findall(r"^- \*\*R(\d+)\*\*", spec, re.M)}


def rules_held(code: str) -> set[int]:
    """Return the rules that a file's tests carry in their names: `r12_…`, `r81_and_r82_…`, `r67_to_r70_…`."""
    found: set[int] = set()
    for name in re.findall(r"\b(?:fn|def) (?:test_)?(r\d\w*)", code):
        carried = [int(number) for number in re.findall(r"(?:^|_)r(\d+)(?=_)", name)]
        found.update(range(carried[0], carried[1] + 1) if re.match(r"r\d+_to_r", name) else carried)
    return found
