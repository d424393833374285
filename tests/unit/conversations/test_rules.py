"""Decisions about conversations: tables, no database."""

from __future__ import annotations

import pytest

from ucc.conversations import rules
from ucc.conversations.attachments import ANY, clean_name, judge
from ucc.conversations.catalogue.inboxes import checked_inbox, snippet
from ucc.conversations.catalogue.templates import initials, rendered
from ucc.conversations.inboxes import checked_origin, is_allowed
from ucc.conversations.policies import Policy
from ucc.conversations.rules import Need, need_of_message, phase_of
from ucc.domain.errors import BadInput, TooLarge
from ucc.domain.people import HoursWrite, InboxWrite, PrechatField, VisitorLimits, WidgetSettings
from ucc.domain.states import ConversationState, InteractionState, VisitorPhase

OPEN, RESOLVED, SPAM = ConversationState.OPEN, ConversationState.RESOLVED, ConversationState.SPAM


@pytest.mark.parametrize("work", [None, *InteractionState])
def test_every_state_of_work_says_what_a_message_needs(work: InteractionState | None) -> None:
    need = need_of_message(OPEN, work)
    if work is None or work in rules.OVER:
        assert need == Need.WORK
    elif work in (InteractionState.WRAPPING, InteractionState.PARKED):
        assert need == Need.REVIVE
    else:
        assert need == Need.NOTHING
    assert need_of_message(SPAM, work) == Need.NOTHING
    phase = phase_of(OPEN, work)
    assert (phase == VisitorPhase.ACTIVE) == (
        (work in rules.IN_HAND and work != InteractionState.WRAPPING) or (work == InteractionState.IN_FLOW)
    )
    assert phase_of(RESOLVED, work) == VisitorPhase.ENDED


def test_waiting_outside_of_hours_is_closed() -> None:
    assert phase_of(OPEN, InteractionState.QUEUED, is_open=False) == VisitorPhase.CLOSED
    assert phase_of(OPEN, InteractionState.ACTIVE, is_open=False) == VisitorPhase.ACTIVE


def test_reopen_window_ends_after_72_hours() -> None:
    assert rules.is_reopenable(RESOLVED, 1_000, 1_000 + rules.REOPEN_MS - 1)
    assert not rules.is_reopenable(RESOLVED, 1_000, 1_000 + rules.REOPEN_MS)
    assert rules.is_reopenable(OPEN, None, 10**15)


def test_preview_is_one_line_and_short() -> None:
    assert rules.preview("  a\n\n b\tc ") == "a b c"
    assert len(rules.preview("x" * 10_000)) == rules.PREVIEW_CHARACTERS


def test_reason_begins_with_the_own_question_of_the_form() -> None:
    context = {"prechat": {"name": "Mei", "topic": "Returns"}}
    assert rules.reason_of(context, "It is blue") == "Returns: It is blue"
    assert rules.reason_of({}, "It is blue") == "It is blue"


def test_due_counts_open_time_and_the_first_answer_is_due_sooner() -> None:
    monday_9 = 1_795_424_400_000  # 2026-11-23 09:00 UTC
    hours = HoursWrite(name="", time_zone="UTC", week={"mon": [("09:00", "17:00")]})
    policy = Policy(name="Sales", first_response_s=30, next_response_s=300, hours=hours)
    assert policy.due_ms(monday_9, is_first=True) == monday_9 + 30_000
    assert policy.due_ms(monday_9 - 3_600_000, is_first=False) == monday_9 + 300_000
    assert policy.opens_at_ms(monday_9 - 1) == monday_9
    assert policy.opens_at_ms(monday_9) is None
    assert Policy(name="Sales").due_ms(monday_9, is_first=True) is None


@pytest.mark.parametrize(
    ("origin", "is_listed"),
    [
        ("https://shop.example", True),
        ("https://www.shop.example", False),
        ("https://a.b.cdn.example", True),
        ("https://cdn.example", False),
        ("https://evilcdn.example", False),
        ("http://a.cdn.example", False),
        ("null", False),
    ],
)
def test_origin_list(origin: str, is_listed: bool) -> None:
    assert is_allowed(origin, ["https://shop.example", "https://*.cdn.example"]) is is_listed


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(given: str, kept: str) -> None:
    assert checked_origin(given) == kept


@pytest.mark.parametrize(
    "given", ["shop.example", "https://", "https://a/b", "ftp://a", "https://u@a", "https://a:x"]
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match="origin"):
        checked_origin(given)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"origins": ["https://*.com"]},
        {"origins": ["https://a.example"] * 51},
        {"limits": VisitorLimits(messages=0)},
        {"widget": WidgetSettings(color="red")},
        {"widget": WidgetSettings(position="top")},
        {"widget": WidgetSettings(greeting={"en": "x" * 501})},
        {"widget": WidgetSettings(prechat=[PrechatField(key=str(n) + "k", label={}) for n in range(4)])},
        {"widget": WidgetSettings(prechat=[PrechatField(key="a b", label={})])},
        {"widget": WidgetSettings(prechat=[PrechatField(key="a", label={})] * 2)},
    ],
)
def test_inboxes_that_cannot_work_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        checked_inbox(InboxWrite(**{"name": "Shop", "queue_id": 1} | fields))  # type: ignore[arg-type]


def test_snippet_is_one_script() -> None:
    assert snippet("https://ucc.example", "k") == (
        '<script async src="https://ucc.example/widget/v1.js" data-inbox="k"></script>'
    )


def test_templates_are_filled_in_and_unknown_words_stay_empty() -> None:
    words = {"contact": {"first_name": "Mei"}}
    assert rendered("Hi {{ contact.first_name }}{{ contact.nothing }}!", words) == "Hi Mei!"
    with pytest.raises(BadInput, match="filled in"):
        rendered("{% for a in (1..100000) %}{{ a }}{% endfor %}", words)


@pytest.mark.parametrize(
    ("name", "letters"), [("退货政策", "thzc"), ("Return Policy", "rp"), ("订单 Status", "dds"), ("—", "")]
)
def test_initials_find_chinese_names(name: str, letters: str) -> None:
    assert initials(name) == letters


def _image(form: str, **options: object) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 20), (200, 30, 30)).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_images_are_drawn_anew(form: str) -> None:
    judged = judge(_image(form))
    assert (judged.media_type, judged.width, judged.height) == (f"image/{form.lower()}", 40, 20)


def test_what_a_camera_wrote_is_gone_and_the_image_upright() -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret camera"
    judged = judge(_image("JPEG", exif=exif))
    assert b"Secret" not in judged.content
    assert (judged.width, judged.height) == (20, 40)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<html><script>alert(1)</script></html>", ANY),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', ANY),
        (b"plain words", "text/plain"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "application/pdf"),
        (b"\x00\x01\x02", ANY),
    ],
)
def test_files_are_what_their_bytes_say(content: bytes, media_type: str) -> None:
    assert judge(content).media_type == media_type


def test_a_script_behind_an_image_header_does_not_survive() -> None:
    assert b"script" not in judge(_image("GIF") + b"<script>alert(1)</script>").content
    assert judge(_image("PNG")[:40] + b"<script>alert(1)</script>").media_type == ANY


def test_a_bomb_of_pixels_is_refused_before_it_is_drawn() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises((TooLarge, BadInput)):
        judge(bomb)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.png", "a.png"),
        ("in\u202egnp.exe", "ingnp.exe"),
        ("", "file"),
        ("图片.png", "图片.png"),
    ],
)
def test_file_names_lose_folders_and_tricks(given: str, kept: str) -> None:
    assert clean_name(given) == kept
