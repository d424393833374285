"""Refuses what no write can hold, at any depth of its body: unknown fields and words, what cannot be stored.

What is misspelt would be lost in silence, or refused without saying what could stand there.

Structs inside a body are also what the database keeps, and must be read there whatever a newer node wrote; so
the door looks at the body itself instead of the Structs forbidding what they do not know.
"""

from __future__ import annotations

import typing
from typing import Any

import msgspec
from litestar import Request
from litestar.config.app import AppConfig
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import InitPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from msgspec import inspect

from ucc.domain.errors import BadInput
from ucc.domain.people import Write

OPTION = "body_fields"
FOUND_CHARACTERS_MAX = 80
WHOLE_BELOW = 2**63  # what a column of the database holds


class BodyFields(InitPlugin, ReceiveRoutePlugin):
    """Reads what each handler takes once, and looks at every body that is written there."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the look."""
        app_config.before_request = _look
        return app_config

    def receive_route(self, route: BaseRoute) -> None:
        """Keep what the handlers of one path take as their body."""
        if not isinstance(route, HTTPRoute) or not route.path.startswith(self._prefix):
            return
        for handler in route.route_handlers:
            body = handler.parsed_fn_signature.parameters.get("data")
            if body is not None and _is_write(body.annotation):
                handler.opt[OPTION] = inspect.type_info(body.annotation)


def _is_write(kind: Any) -> bool:
    """Say whether it is what a caller writes; what a page with the widget sends may be newer, and is not."""
    one = typing.get_args(kind)[0] if typing.get_origin(kind) is list else kind
    return isinstance(one, type) and issubclass(one, Write)


async def _look(request: Request[Any, Any, Any]) -> None:
    handler = request.scope["route_handler"]
    kind = handler.opt.get(OPTION) if isinstance(handler, HTTPRouteHandler) else None
    if kind is None:
        return
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.MsgspecError:
        return  # what cannot be read at all is told by the decoder
    check_fields(kind, body)


def check_fields(kind: inspect.Type, value: Any, path: str = "") -> None:
    """Refuse a field the Struct does not have, a word that is none of those allowed, what cannot be stored.

    Raises:
        BadInput: the text names the field's path, what was found and what is allowed.
    """
    match kind:
        case inspect.StructType() if isinstance(value, dict):
            fields = {field.encode_name: field.type for field in kind.fields}
            allowed = {*fields, kind.tag_field} if kind.tag_field is not None else {*fields}
            for name, found in value.items():
                at = f"{path}.{name}" if path else name
                if name not in allowed:
                    raise _unknown(at, allowed)
                if name in fields:
                    check_fields(fields[name], found, at)
        case inspect.UnionType():
            check_fields(_member(kind, value, path), value, path)
        case inspect.EnumType() if isinstance(value, str):
            _check_word(path, value, [str(one.value) for one in kind.cls])
        case inspect.IntType() if isinstance(value, int) and not -WHOLE_BELOW <= value < WHOLE_BELOW:
            raise _refused(path, value, "whole numbers of 64 bits")
        case inspect.StrType() if isinstance(value, str) and "\0" in value:
            raise _refused(path, value, "all characters but NUL")
        case inspect.DictType() if isinstance(value, dict):
            for name, found in value.items():
                check_fields(kind.value_type, found, f"{path}.{name}")
        case inspect.ListType() | inspect.VarTupleType() if isinstance(value, list):
            for place, found in enumerate(value):
                check_fields(kind.item_type, found, f"{path}[{place}]")
        case _:
            pass


def _member(kind: inspect.UnionType, value: Any, path: str) -> inspect.Type:
    """Return which of the types an object, a list or a word is read as; for the rest it does not matter."""
    tagged = [one for one in kind.types if isinstance(one, inspect.StructType) and one.tag_field is not None]
    if tagged and isinstance(value, dict):
        tag_field = str(tagged[0].tag_field)
        _check_word(f"{path}.{tag_field}", value.get(tag_field), [str(one.tag) for one in tagged])
    for one in kind.types:
        match one:
            case inspect.StructType() if isinstance(value, dict):
                if one.tag_field is None or value.get(one.tag_field) == one.tag:
                    return one
            case inspect.DictType() if isinstance(value, dict):
                return one
            case inspect.ListType() | inspect.VarTupleType() if isinstance(value, list):
                return one
            case inspect.EnumType() | inspect.StrType() if isinstance(value, str):
                return one
            case inspect.IntType() if isinstance(value, int):
                return one
            case _:
                pass
    return inspect.AnyType()


def _check_word(path: str, value: Any, allowed: list[str]) -> None:
    if value not in allowed:
        raise _refused(path, value, ", ".join(allowed))


def _refused(path: str, value: Any, allowed: str) -> BadInput:
    at, found = path[:FOUND_CHARACTERS_MAX], repr(value)[:FOUND_CHARACTERS_MAX]
    return BadInput(f"{at} is {found}; allowed are {allowed}", field=at)


def _unknown(path: str, allowed: set[str]) -> BadInput:
    found = path[:FOUND_CHARACTERS_MAX]
    return BadInput(f"found the field {found!r}, allowed: {', '.join(sorted(allowed))}", field=found)
