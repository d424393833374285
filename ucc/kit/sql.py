"""Named queries: SQL lives in queries.sql beside the code that uses it, one name and one sentence each.

    -- name: open_conversation_of_thread^
    -- The conversation a new message of this thread belongs to, or no row.
    SELECT id FROM conversation WHERE tenant_id = :tenant_id AND thread_key = :thread_key

The sign after the name says what comes back: nothing = a list of rows, ^ one row or None, $ one value,
! the number of rows changed, *! the statement once for each of `rows=[{…}, …]`, nothing back.
The sign ? is a part of other statements, which takes a {place} in them: `queries.has_tag.part(tag_id=7)`. A
statement is put together of such parts alone, so that what a caller gives is a value and never SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

_HEAD = re.compile(r"^-- name: (\w+)(\*!|[\^$!?]?)[ \t]*\n", re.M)
_PARAM = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b|\{([a-z_][a-z0-9_]*)\}")  # :value or {place}


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


class Part(NamedTuple):
    """A piece of SQL with its values: each value stands between two pieces of text."""

    pieces: tuple[str, ...]  # one more than values
    values: tuple[Any, ...] = ()

    @property
    def text(self) -> str:
        """The SQL, its values numbered from $1."""
        numbered = (f"${number}{piece}" for number, piece in enumerate(self.pieces[1:], 1))
        return self.pieces[0] + "".join(numbered)


def joined(parts: Sequence[Part], between: str) -> Part:
    """Return the parts one behind the other, each in brackets."""
    pieces, values = [""], list[Any]()
    for number, part in enumerate(parts):
        pieces[-1] += (between if number else "") + "(" + part.pieces[0]
        pieces += part.pieces[1:]
        pieces[-1] += ")"
        values += part.values
    return Part((*pieces,), (*values,))


class Query:
    """One statement: call it with a connection and its parameters by name."""

    __slots__ = ("_is_open", "_run", "_template", "doc", "name", "params", "text")

    def __init__(self, name: str, sign: str, doc: str, template: str) -> None:
        found = list(_PARAM.finditer(template))
        self.name = name
        self.doc = doc
        self.params = tuple(dict.fromkeys(one[1] or one[2] for one in found))
        self._template = template
        self._is_open = any(one[2] for one in found)
        numbers = {param: f"${number}" for number, param in enumerate(self.params, 1)}
        self.text = _PARAM.sub(lambda one: numbers[one[1]] if one[1] else one[0], template)
        self._run: Callable[..., Coroutine[Any, Any, Any]] = getattr(self, _RUNS[sign])

    def __call__(self, conn: Connection, /, **params: Any) -> Coroutine[Any, Any, Any]:
        """Run the statement on `conn`.

        Raises:
            TypeError: a parameter is missing or unknown.
        """
        return self._run(conn, **params)

    def part(self, **given: Any) -> Part:
        """Return the statement as a part of others, its values and places filled.

        Raises:
            TypeError: a parameter is missing or unknown, or a place is given something else than a part.
        """
        self._arguments(given)
        pieces, values, at = [""], list[Any](), 0
        for found in _PARAM.finditer(self._template):
            pieces[-1] += self._template[at : found.start()]
            at = found.end()
            if found[1]:
                pieces.append("")
                values.append(given[found[1]])
                continue
            place = given[found[2]]
            if not isinstance(place, Part):
                raise TypeError(f"{self.name} takes a part of SQL as {found[2]}; got {place!r}")
            pieces[-1] += place.pieces[0]
            pieces += place.pieces[1:]
            values += place.values
        pieces[-1] += self._template[at:]
        return Part((*pieces,), (*values,))

    def _filled(self, given: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Return the text to run and its values."""
        if not self._is_open:
            return self.text, self._arguments(given)
        whole = self.part(**given)
        return whole.text, whole.values

    def _arguments(self, given: Mapping[str, Any]) -> list[Any]:
        if len(given) != len(self.params) or any(name not in given for name in self.params):
            raise TypeError(f"{self.name} takes {', '.join(self.params)}; got {', '.join(given)}")
        return [given[name] for name in self.params]

    async def _rows(self, conn: Connection, /, **given: Any) -> Any:
        text, values = self._filled(given)
        return await conn.fetch(text, *values)

    async def _row(self, conn: Connection, /, **given: Any) -> Any:
        text, values = self._filled(given)
        return await conn.fetchrow(text, *values)

    async def _value(self, conn: Connection, /, **given: Any) -> Any:
        text, values = self._filled(given)
        return await conn.fetchval(text, *values)

    async def _changed(self, conn: Connection, /, **given: Any) -> int:
        text, values = self._filled(given)
        tag = await conn.execute(text, *values)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def _many(self, conn: Connection, /, *, rows: Iterable[Mapping[str, Any]]) -> None:
        await conn.executemany(self.text, [self._arguments(row) for row in rows])

    async def _nothing(self, conn: Connection, /, **given: Any) -> Any:
        raise TypeError(f"{self.name} is a part of statements, not one")


_RUNS = {"": "_rows", "^": "_row", "$": "_value", "!": "_changed", "*!": "_many", "?": "_nothing"}


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
        queries[name] = Query(name, sign, " ".join(comments), text)
    return Queries(path, queries)
