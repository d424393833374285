"""The generated TypeScript follows ucc.domain and is never stale."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from ucc import wire
from ucc.domain import events, people, states


def test_generated_files_are_not_stale() -> None:
    assert [path.name for path in wire.stale()] == [], "run `make wire` and commit what it writes"


def test_the_api_document_is_the_same_each_time_it_is_made() -> None:
    first = wire.api_document()
    wire.api_document.cache_clear()
    assert wire.api_document() == first


def test_a_changed_document_makes_its_types_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "api_document", lambda: "{}")
    assert [path.name for path in wire.stale()] == ["api.gen.ts"]


@pytest.mark.parametrize(
    ("kind", "spelling"),
    [
        (int | None, "number | null"),
        (list[int], "readonly number[]"),
        (list[tuple[str, str]], "ReadonlyArray<readonly [string, string]>"),
        (dict[str, list[int]], "Readonly<Record<string, readonly number[]>>"),
        (Literal["a", "b"], '"a" | "b"'),
        (states.Medium, "Medium"),
        (str | msgspec.UnsetType, "string"),
    ],
)
def test_annotations_have_a_typescript_spelling(kind: object, spelling: str) -> None:
    assert wire.spell(kind) == spelling


def test_an_annotation_without_a_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="no TypeScript spelling"):
        wire.spell("later")


def test_what_a_screen_sends_may_leave_defaults_out_and_answers_may_not() -> None:
    sent = wire.write_struct(events.VisitorHello, may_omit=True)
    answered = wire.write_struct(people.Presence, may_omit=False)
    assert "readonly last_seq?: number;" in sent
    assert "readonly token: string;" in sent
    assert "readonly wrap_ups: number;" in answered


def test_tags_become_constants_of_their_union() -> None:
    text = wire.domain_types()
    assert 'ENTRY_ADDED: "entry_added"' in text
    assert "export type AnyEvent = EntryAdded |" in text


def test_every_tagged_event_and_frame_is_in_a_union() -> None:
    named = {member for _, members in wire.unions(events) for member in members}
    tagged = {c for c in wire.own(events, msgspec.Struct) if c.__struct_config__.tag is not None}
    tagged -= {events.Event, events.Frame}
    assert tagged == named
