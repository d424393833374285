"""Named queries: SQL lives in queries.sql beside the code that uses it, one name and one sentence each.

    -- name: open_conversation_of_thread^
    -- The conversation a new message of this thread belongs to, or no row.
    SELECT id FROM conversation WHERE tenant_id = :tenant_id AND thread_key = :thread_key

The sign after the name says what comes back: nothing = a list of rows, ^ one row or None, $ one value,
! the number of rows changed, *! the statement once for each of `rows=[{…}, …]`, nothing back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

_HEAD = re.compile(r"^-- name: (\w+)(\*!|[\^$!]?)[ \t]*\n", re.M)
_PARAM = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")


class Connection(Protocol):
    """What a query needs of a connection: asyncpg's, its pool's, or another with the same words."""

    async def fetch(self, query: str, /, *args: Any) -> Any:
        """Return all rows."""

    async def fetchrow(self, query: str, /, *args: Any) -> Any:
        """Return the first row or None."""

    async def fetchval(self, query: str, /, *args: Any) -> Any:
        """Return the first column of the first row or None."""

    async def execute(self, query: str, /, *args: Any) -> str:
        """Return the command tag, e.g. UPDATE 3."""

    async def executemany(self, command: str, /, args: Any) -> None:
        """Run the statement for each tuple of `args`."""


class Query:
    """One statement: call it with a connection and its parameters by name."""

    __slots__ = ("_run", "doc", "name", "params", "text")

    def __init__(self, name: str, sign: str, doc: str, text: str, params: tuple[str, ...]) -> None:
        self.name = name
        self.doc = doc
        self.text = text
        self.params = params
        self._run: Callable[..., Coroutine[Any, Any, Any]] = getattr(self, _RUNS[sign])

    def __call__(self, conn: Connection, /, **params: Any) -> Coroutine[Any, Any, Any]:
        """Run the statement on `conn`.

        Raises:
            TypeError: a parameter is missing or unknown.
        """
        return self._run(conn, **params)

    def _arguments(self, given: Mapping[str, Any]) -> list[Any]:
        if len(given) != len(self.params) or any(name not in given for name in self.params):
            raise TypeError(f"{self.name} takes {', '.join(self.params)}; got {', '.join(given)}")
        return [given[name] for name in self.params]

    async def _rows(self, conn: Connection, /, **given: Any) -> Any:
        return await conn.fetch(self.text, *self._arguments(given))

    async def _row(self, conn: Connection, /, **given: Any) -> Any:
        return await conn.fetchrow(self.text, *self._arguments(given))

    async def _value(self, conn: Connection, /, **given: Any) -> Any:
        return await conn.fetchval(self.text, *self._arguments(given))

    async def _changed(self, conn: Connection, /, **given: Any) -> int:
        tag = await conn.execute(self.text, *self._arguments(given))
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def _many(self, conn: Connection, /, *, rows: Iterable[Mapping[str, Any]]) -> None:
        await conn.executemany(self.text, [self._arguments(row) for row in rows])


_RUNS = {"": "_rows", "^": "_row", "$": "_value", "!": "_changed", "*!": "_many"}


class Queries:
    """The queries of one file, as attributes."""

    def __init__(self, path: Path, queries: dict[str, Query]) -> None:
        self._path = path
        self._queries = queries

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"{self._path} has no query {name}") from None

    def __iter__(self) -> Iterator[Query]:
        return iter(self._queries.values())


@cache
def load(path: Path) -> Queries:
    """Return the queries of `path`, with `:name` parameters turned into $1 and so on; each file is read once.

    Raises:
        ValueError: a query has no sentence under its name, or a name stands twice.
    """
    parts = _HEAD.split(path.read_text(encoding="utf8"))
    queries: dict[str, Query] = {}
    for name, sign, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        lines = body.strip().split("\n")
        comments = [line[3:] for line in lines if line.startswith("-- ")]
        if not comments or name in queries:
            raise ValueError(f"{path}: query {name} needs its own name and a sentence")
        text = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
        params = tuple(dict.fromkeys(_PARAM.findall(text)))
        numbers = {param: f"${number}" for number, param in enumerate(params, 1)}
        text = _PARAM.sub(lambda found: numbers[found[1]], text)  # noqa: B023  # called before the next turn
        queries[name] = Query(name, sign, " ".join(comments), text, params)
    return Queries(path, queries)
