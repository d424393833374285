"""Write the TypeScript types of widgets/wire from the Structs of ucc.domain and the OpenAPI document.

`python -m ucc.wire` (run by `make wire`) writes the files; `--check` says which are stale and writes none.
api.gen.ts is made by openapi-typescript and carries the digest of the document it was made from.
"""

from __future__ import annotations

import argparse
import enum
import functools
import hashlib
import inspect
import json
import re
import subprocess
import sys
import tempfile
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeVar, cast

import msgspec

from ucc.domain import (
    audience,
    conversation,
    engine,
    errors,
    events,
    explaining,
    figures,
    people,
    simulation,
    states,
    team,
)
from ucc.kit.config import Settings
from ucc.web import openapi
from ucc.web.rooms import Rooms
from ucc.web.routes import ROUTERS
from ucc.web.server import create_api

WIDGETS = Path(__file__).resolve().parent.parent / "widgets"
FOLDER = WIDGETS / "wire" / "src"
HEAD = "// Written by `make wire` out of ucc/domain. Do not edit.\n"
STRUCT_MODULES = (people, team, conversation, audience, explaining, events, figures, simulation)
INPUT_NAME = re.compile(r"Write$|^Login$|^Preferences$|^VisitorStart$")
"""What a screen sends besides frames: a field with a default may be left out there, never in an answer."""
COMMENT = re.compile(r"^ {4}(\w+)\b[^#\n]*#\s*(.+?)\s*$", re.MULTILINE)
T = TypeVar("T")
PLAIN: dict[type, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", type(None): "null",
}  # fmt: skip


def spell(kind: object) -> str:
    """Return the TypeScript spelling of a Python annotation."""
    if kind is typing.Any:
        return "unknown"
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is None and isinstance(kind, type):
        return PLAIN.get(kind, kind.__name__)
    if origin is typing.Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (types.UnionType, typing.Union):
        return " | ".join(spell(a) for a in arguments if a is not msgspec.UnsetType)
    if origin is list:
        inner = spell(arguments[0])
        return f"readonly {inner}[]" if inner.isidentifier() else f"ReadonlyArray<{inner}>"
    if origin is dict:
        return f"Readonly<Record<{spell(arguments[0])}, {spell(arguments[1])}>>"
    if origin is tuple:
        return f"readonly [{', '.join(spell(a) for a in arguments)}]"
    raise TypeError(f"no TypeScript spelling for {kind!r}")


def doc(text: str | None, indent: str = "") -> str:
    """Return a JSDoc comment, or nothing."""
    words = " ".join((text or "").split()).replace("*/", "* /")
    return f"{indent}/** {words} */\n" if words else ""


def comments(cls: type) -> dict[str, str]:
    """Return what stands beside the fields or members of a class in its source, base classes first."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("ucc."):
            found.update(COMMENT.findall(inspect.getsource(base)))
    return found


def write_enum(cls: type[enum.StrEnum]) -> str:
    """Return a StrEnum as a constant object and the union of its values."""
    beside = comments(cls)
    members = "".join(f'{doc(beside.get(m.name), "  ")}  {m.name}: "{m.value}",\n' for m in cls)
    name = cls.__name__
    return (
        f"{doc(cls.__doc__)}export const {name} = {{\n{members}}} as const;\n"
        f"export type {name} = (typeof {name})[keyof typeof {name}];\n"
    )


def is_input(cls: type[msgspec.Struct], sent: set[type]) -> bool:
    """Say whether screens send it: then what has a default may be left out."""
    return cls in sent or INPUT_NAME.search(cls.__name__) is not None


def write_struct(cls: type[msgspec.Struct], *, may_omit: bool) -> str:
    """Return a Struct as an interface, its tag first."""
    hints, beside = typing.get_type_hints(cls), comments(cls)
    lines = []
    config = cls.__struct_config__
    if config.tag is not None:
        lines.append(f'  readonly {config.tag_field}: "{config.tag}";\n')
    for field in msgspec.structs.fields(cls):
        hint = hints[field.name]
        is_unset = msgspec.UnsetType in typing.get_args(hint)
        mark = "?" if is_unset or (may_omit and not field.required) else ""
        lines.append(doc(beside.get(field.name), "  "))
        lines.append(f"  readonly {field.encode_name}{mark}: {spell(hint)};\n")
    return f"{doc(cls.__doc__)}export interface {cls.__name__} {{\n{''.join(lines)}}}\n"


def unions(module: ModuleType) -> Iterator[tuple[str, list[type[msgspec.Struct]]]]:
    """Yield the unions of tagged Structs a module names."""
    for name, value in vars(module).items():
        if isinstance(value, types.UnionType):
            yield name, list(typing.get_args(value))


def write_union(name: str, members: list[type[msgspec.Struct]]) -> str:
    """Return a union and the constants of its tags: `EventType.ENTRY_ADDED`."""
    constant = "EventType" if name == "AnyEvent" else f"{name}Type"
    tags = [str(m.__struct_config__.tag) for m in members]
    rows = "".join(f'  {tag.upper()}: "{tag}",\n' for tag in tags)
    joined = " | ".join(m.__name__ for m in members)
    return (
        f"/** The types of {name}. */\nexport const {constant} = {{\n{rows}}} as const;\n"
        f"export type {name} = {joined};\n"
    )


def own(module: ModuleType, kind: type[T]) -> list[type[T]]:
    """Return the classes of this kind that the module itself defines, in its order."""
    found = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, kind)]
    return [v for v in found if v.__module__ == module.__name__]


def write_errors() -> str:
    """Return the codes of problem documents, the engine's refusals among them."""
    codes = [(cls.code, cls.__doc__) for cls in own(errors, errors.UccError)]
    rows = "".join(f'{doc(text, "  ")}  {code.upper()}: "{code}",\n' for code, text in codes)
    head = doc("Codes of problem documents and refused frames.")
    return f"{head}export const ErrorCode = {{\n{rows}}} as const;\n"


def domain_types() -> str:
    """Return wire.gen.ts: every enum, Struct, union and error code of ucc.domain a screen meets."""
    sent: set[type] = {*typing.get_args(events.AgentFrame), *typing.get_args(events.VisitorFrame)}
    parts = [HEAD, write_errors()]
    parts += [write_enum(e) for module in (states, figures) for e in own(module, enum.StrEnum)]
    parts.append(write_enum(engine.Refusal))
    for module in STRUCT_MODULES:
        for cls in own(module, msgspec.Struct):
            if cls.__struct_config__.array_like:  # what the engine writes; the API names its fields
                continue
            if cls.__struct_fields__ or not cls.__subclasses__():  # a bare base says nothing to a screen
                parts.append(write_struct(cls, may_omit=is_input(cls, sent)))
    parts += [write_union(name, members) for name, members in unions(events)]
    return "\n".join(parts)


@functools.cache
def api_document() -> str:
    """Return the OpenAPI document; describing routes needs no room behind them."""
    settings = Settings.from_environ({})
    rooms = types.SimpleNamespace(settings=settings, tenants=None, database=None)
    api = create_api(cast(Rooms, rooms), list(ROUTERS))
    document = openapi.complete(api.openapi_schema.to_schema(), openapi.public_of(api))
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def api_head() -> str:
    """Return the first line of api.gen.ts; it names the document the rest was made from."""
    digest = hashlib.sha256(api_document().encode()).hexdigest()[:16]
    return f"// Written by `make wire` out of the OpenAPI document {digest}. Do not edit.\n"


def api_types() -> str:
    """Return api.gen.ts, made by openapi-typescript."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as document:
        document.write(api_document())
        document.flush()
        program = WIDGETS / "node_modules" / ".bin" / "openapi-typescript"
        made = subprocess.run(
            [program, document.name, "--immutable", "--alphabetize"],
            check=True,
            capture_output=True,
            text=True,
        )
    return api_head() + made.stdout


def stale() -> dict[Path, Callable[[], str]]:
    """Return every generated file that is not as it should be, with what writes it."""
    domain, api = FOLDER / "wire.gen.ts", FOLDER / "api.gen.ts"
    found: dict[Path, Callable[[], str]] = {}
    if _read(domain) != domain_types():
        found[domain] = domain_types
    if not _read(api).startswith(api_head()):
        found[api] = api_types
    return found


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: list[str] | None = None) -> int:
    """Write the stale files, or with --check name them and return 1."""
    parser = argparse.ArgumentParser(prog="ucc.wire", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file is stale")
    options = parser.parse_args(arguments)
    found = stale()
    for path, write in found.items():
        sys.stderr.write(f"{'stale' if options.check else 'written'}: {path.name}\n")
        if not options.check:
            path.write_text(write(), encoding="utf-8")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
