"""Ids, limits, secrets, search terms, named queries, file keys: the tools that need no server."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import until
from ucc.domain.errors import Unavailable
from ucc.kit import secrets, sql, text
from ucc.kit.files import Files
from ucc.kit.ids import BLOCK, LOW_WATER, Ids
from ucc.kit.limits import SlidingWindow, TokenBucket
from ucc.kit.tasks import Tasks


class Counter:
    """Gives out blocks 1, 2, 3 …; `is_away` makes it fail."""

    def __init__(self) -> None:
        self.last = 0
        self.is_away = False

    async def reserve_ids(self, count: int) -> list[int]:
        if self.is_away:
            raise Unavailable("away")
        first = self.last + 1
        self.last += count
        return list(range(first, first + count))


async def test_ids_are_unique_and_fetched_ahead(tasks: Tasks) -> None:
    source = Counter()
    ids = await Ids.open(source, tasks)
    seen = set()
    for _ in range(20):
        seen |= {ids.take() for _ in range(BLOCK)}
        await until(lambda: not tasks.names())
    assert len(seen) == 20 * BLOCK
    assert max(seen) < 2**53


async def test_ids_run_out_only_when_the_database_stays_away(tasks: Tasks) -> None:
    source = Counter()
    ids = await Ids.open(source, tasks)
    source.is_away = True
    for _ in range(LOW_WATER):
        ids.take()
    with pytest.raises(Unavailable):
        ids.take()


async def test_a_bulk_reserves_what_it_needs(tasks: Tasks) -> None:
    ids = await Ids.open(Counter(), tasks)
    await ids.ensure(10 * BLOCK)
    assert len({ids.take() for _ in range(10 * BLOCK)}) == 10 * BLOCK


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate_per_s=2, burst=5)
    assert [bucket.allows("a", 0) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.allows("b", 0)
    assert bucket.allows("a", 500)
    assert not bucket.allows("a", 500)


def test_a_bucket_forgets_the_oldest_key_when_there_are_too_many() -> None:
    bucket = TokenBucket(rate_per_s=0.001, burst=1, keys_max=2)
    assert [bucket.allows(key, 0) for key in "abc"] == [True, True, True]
    assert bucket.allows("a", 0)
    assert not bucket.allows("c", 0)


def test_a_window_allows_five_in_three_seconds() -> None:
    window = SlidingWindow(limit=5, window_ms=3_000)
    assert [window.allows("v", at) for at in (0, 100, 200, 300, 400, 500)] == [True] * 5 + [False]
    assert window.wait_ms("v", 500) == 2_500
    assert window.allows("v", 3_000)
    assert not window.allows("v", 3_001)


def test_a_token_is_stored_as_its_hash_and_never_twice_the_same() -> None:
    one, other = secrets.token(), secrets.token()
    assert one != other
    assert len(one) == 43
    assert secrets.is_equal(secrets.digest(one), secrets.digest(one))
    assert not secrets.is_equal(secrets.digest(one), secrets.digest(other))


@pytest.mark.parametrize(
    ("subject", "change", "now_ms", "holds"),
    [
        ("/files/a", lambda s: s, 999, True),
        ("/files/a", lambda s: s, 1_000, False),
        ("/files/b", lambda s: s, 999, False),
        ("/files/a", lambda s: s.replace("1000.", "2000."), 999, False),
        ("/files/a", lambda s: s[:-1], 999, False),
        ("/files/a", lambda s: "", 999, False),
        ("/files/a", lambda s: "-1." + s.partition(".")[2], 999, False),
        ("/files/a", lambda s: "１０００." + s.partition(".")[2], 999, False),
    ],
)
def test_a_signature_holds_for_its_subject_until_it_expires(subject, change, now_ms, holds) -> None:
    signature = secrets.sign(b"key", "/files/a", 1_000)
    assert secrets.is_signed(b"key", subject, change(signature), now_ms) is holds


def test_a_signature_of_another_key_does_not_hold() -> None:
    assert not secrets.is_signed(b"other", "/files/a", secrets.sign(b"key", "/files/a", 1_000), 1)


@pytest.mark.parametrize(
    ("stored", "asked", "is_found"),
    [
        ("我的订单在哪里", "订单", True),
        ("我的订单在哪里", "单在", True),
        ("我的订单在哪里", "里", True),
        ("我的订单在哪里", "订在", False),
        ("Where is my ORDER 10425?", "order", True),
        ("Where is my ORDER 10425?", "rde", True),
        ("Where is my ORDER 10425?", "0425", True),
        ("Where is my ORDER 10425?", "wh", True),
        ("Where is my ORDER 10425?", "refund", False),
        ("ＦＵＬＬ width", "full", True),
        ("mei@example.com", "example.com", True),
        ("订单 order 42", "order 订单", True),
    ],
)
def test_search_finds_words_in_chinese_and_other_scripts(stored: str, asked: str, is_found: bool) -> None:
    terms = set(text.search_terms(stored))
    assert _matches(terms, text.search_query(asked)) is is_found


@given(st.text(alphabet="abcdefg 订单在哪里的1234", min_size=1, max_size=60), st.data())
def test_a_piece_of_a_text_is_always_found_in_it(stored: str, data: st.DataObject) -> None:
    words = stored.split()
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 1))
    piece = word[start : start + data.draw(st.integers(1, len(word)))]
    # One or two letters match beginnings of terms: a word's last letters alone are too little to look for.
    if len(piece) >= 3 and piece.isascii():
        assert _matches(set(text.search_terms(stored)), text.search_query(piece))


def _matches(terms: set[str], query: str) -> bool:
    """What PostgreSQL does with a tsquery of ANDed lexemes and prefixes."""
    for part in query.split(" & ") if query else []:
        lexeme = part.split("'")[1]
        if part.endswith(":*"):
            if not any(term.startswith(lexeme) for term in terms):
                return False
        elif lexeme not in terms:
            return False
    return True


def test_a_query_without_words_is_empty() -> None:
    assert text.search_query("  ?! '") == ""


def test_quotes_and_operators_never_reach_the_query() -> None:
    assert text.search_query("a'b & c | !d:*") == "'a':* & 'b':* & 'c':* & 'd':*"


def test_like_takes_wildcards_literally() -> None:
    assert text.like_pattern("50%_\\") == "%50\\%\\_\\\\%"


class NeverAsked:
    """A connection that no statement may reach."""

    async def fetch(self, query: str, /, *args: object) -> None:
        raise AssertionError(query)


def write(folder: Path, content: str) -> Path:
    path = folder / "queries.sql"
    path.write_text(content, encoding="utf8")
    return path


def test_a_query_takes_its_parameters_by_name_in_the_order_of_the_statement(tmp_path: Path) -> None:
    queries = sql.load(
        write(
            tmp_path,
            "-- name: find_it^\n-- The one.\nSELECT a::text FROM t WHERE b = :b AND c = :c AND b < :b;\n",
        )
    )
    assert queries.find_it.text == "SELECT a::text FROM t WHERE b = $1 AND c = $2 AND b < $1"
    assert queries.find_it.params == ("b", "c")
    assert queries.find_it.doc == "The one."


@pytest.mark.parametrize(
    "content",
    [
        "-- name: no_sentence\nSELECT 1;\n",
        "-- name: twice\n-- One.\nSELECT 1;\n-- name: twice\n-- Two.\nSELECT 2;\n",
    ],
)
def test_a_query_needs_its_own_name_and_a_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(ValueError, match="needs its own name and a sentence"):
        sql.load(write(tmp_path, content))


async def test_a_missing_or_unknown_parameter_is_named(tmp_path: Path) -> None:
    queries = sql.load(write(tmp_path, "-- name: find_it\n-- The one.\nSELECT :a, :b;\n"))
    for given_params in ({"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(TypeError, match="find_it takes a, b"):
            await queries.find_it(NeverAsked(), **given_params)
    with pytest.raises(AttributeError, match="no query other"):
        _ = queries.other


PARTS = """
-- name: list_it
-- Those of a.
SELECT FROM t WHERE a = :a AND ({condition}) LIMIT :count;
-- name: is_b?
-- B is this.
b = :b
-- name: negated?
-- Not that.
NOT ({condition})
"""


class Noted:
    """A connection that notes what it is asked."""

    async def fetch(self, query: str, /, *args: object) -> tuple[object, ...]:
        return query, *args


async def test_a_statement_is_put_together_of_parts_with_their_values_in_order(tmp_path: Path) -> None:
    queries = sql.load(write(tmp_path, PARTS))
    one, other = queries.is_b.part(b="one"), queries.negated.part(condition=queries.is_b.part(b="other"))
    condition = sql.joined([one, other], " OR ")
    assert condition.text == "(b = $1) OR (NOT (b = $2))"
    asked = await queries.list_it(Noted(), a=1, condition=condition, count=5)
    text = "SELECT FROM t WHERE a = $1 AND ((b = $2) OR (NOT (b = $3))) LIMIT $4"
    assert asked == (text, 1, "one", "other", 5)


async def test_a_place_takes_a_part_alone_and_a_part_is_no_statement(tmp_path: Path) -> None:
    queries = sql.load(write(tmp_path, PARTS))
    with pytest.raises(TypeError, match="list_it takes a part of SQL as condition; got 'true'"):
        await queries.list_it(NeverAsked(), a=1, condition="true", count=5)
    with pytest.raises(TypeError, match="is_b is a part of statements, not one"):
        await queries.is_b(NeverAsked(), b=1)
    with pytest.raises(TypeError, match="is_b takes b; got c"):
        queries.is_b.part(c=1)


async def test_files_come_back_as_they_were_stored(tmp_path: Path) -> None:
    files = Files.open(None, tmp_path / "files")
    await files.put("a/b-1", b"content")
    assert await files.get("a/b-1") == b"content"
    await files.delete("a/b-1")
    await files.delete("a/b-1")
    assert await files.get("a/b-1") is None


@pytest.mark.parametrize("key", ["", "../up", "a/../../up", "/etc/passwd", "a//b", "a b", "ä", "a/b/c/d/e/f"])
async def test_a_file_key_that_could_leave_the_folder_is_refused(tmp_path: Path, key: str) -> None:
    files = Files.open(None, tmp_path / "files")
    with pytest.raises(ValueError, match="not a plain path"):
        await files.put(key, b"")
