"""Search terms that work in Chinese: character bigrams, and trigrams for scripts with spaces.

`terms` are stored as text[] and indexed as array_to_tsvector(terms); `search_query` gives the text of a
tsquery over them. Both over-match a little on purpose: re-check with ILIKE '%…%' (see `like_pattern`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TERMS_MAX = 4_000
WORDS_MAX = 20_000  # whose terms are remembered
QUERY_CHARACTERS_MAX = 200

_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_WIDE}]+)|([^\W_{_WIDE}]+)")


def normalise(text: str) -> str:
    """Return `text` in NFKC and lower case, the form in which terms are compared."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


def search_terms(text: str) -> list[str]:
    """Return the distinct terms of `text`, at most 4,000, in order of appearance."""
    terms: list[str] = []
    for wide, word in _RUNS.findall(normalise(text)):
        if wide:
            terms += [wide[i : i + 2] for i in range(len(wide))]
        else:
            terms += _word_terms(word)
    return list(dict.fromkeys(terms))[:TERMS_MAX]


@lru_cache(WORDS_MAX)
def _word_terms(word: str) -> tuple[str, ...]:
    """Return the terms of one word; people use the same ones over and over."""
    return tuple(word[i : i + 3] for i in range(max(1, len(word) - 2)))


def search_query(text: str) -> str:
    """Return the tsquery that every text containing the words of `text` satisfies, '' for no word at all."""
    parts: dict[str, None] = {}
    for wide, word in _RUNS.findall(normalise(text[:QUERY_CHARACTERS_MAX])):
        run, size = (wide, 2) if wide else (word, 3)
        if len(run) < size:
            parts[f"'{run}':*"] = None
        else:
            parts.update(dict.fromkeys(f"'{run[i : i + size]}'" for i in range(len(run) - size + 1)))
    return " & ".join(parts)


def like_pattern(text: str) -> str:
    r"""Return the ILIKE pattern for "contains `text`", with %, _ and \ taken literally."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", text.strip()[:QUERY_CHARACTERS_MAX]) + "%"
