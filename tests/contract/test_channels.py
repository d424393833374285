"""One contract for every channel: each case file is a story, run without network, clock or mocks."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ucc.channels.base import FOLDER, Inbound, find_channel, list_channels
from ucc.domain.conversation import Entry
from ucc.domain.errors import UccError

CASES = [path for name in list_channels() for path in sorted((FOLDER / name / "cases").glob("*.json"))]


@pytest.mark.parametrize("name", list_channels())
def test_folder_keeps_its_claims(name: str) -> None:
    manifest = find_channel(name).manifest
    assert manifest.name == name
    kinds = {path.stem.split("_")[0] for path in (FOLDER / name / "cases").glob("*.json")}
    assert {"receive", "send"} <= kinds
    for claim in manifest.quality.values():
        assert claim in {"done", "todo"} or claim.startswith("exempt: ")


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_case(path: Path) -> None:
    case: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    channel = find_channel(path.parent.parent.name)
    if "send" in case:
        given = channel.send(msgspec.convert(case["send"], Entry))
        hints = typing.get_type_hints(channel.send)["return"]
        assert given == msgspec.convert(case["gives"], hints)
        return
    frame = msgspec.convert(case["receive"], typing.get_type_hints(channel.receive)["frame"])
    if "gives" in case:
        assert channel.receive(frame) == msgspec.convert(case["gives"], Inbound)
        return
    with pytest.raises(UccError) as refused:
        channel.receive(frame)
    assert {"code": refused.value.code, **refused.value.found} == case["refuses"]


def test_unknown_channel_is_named() -> None:
    with pytest.raises(LookupError, match="webchat"):
        find_channel("fax")


def test_limits_of_the_manifest_are_the_limits_of_the_code() -> None:
    from ucc.channels.webchat import receive
    from ucc.domain.events import WidgetConfig

    manifest = find_channel("webchat").manifest
    assert (manifest.text_max, manifest.attachments_max) == (receive.TEXT_MAX, receive.ATTACHMENTS_MAX)
    names, values = WidgetConfig.__struct_fields__[-2:], WidgetConfig.__struct_defaults__[-2:]
    defaults = dict(zip(names, values, strict=True))
    assert defaults == {"text_max": manifest.text_max, "attachment_bytes_max": manifest.attachment_bytes_max}
