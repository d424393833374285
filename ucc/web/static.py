"""The built front end: the widget under /widget, the console under /console, the demo shop under /demo."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from ucc.domain.errors import NotFound
from ucc.kit.config import Settings
from ucc.web.auth import PUBLIC

WIDGETS = Path(__file__).resolve().parents[2] / "widgets"
FILE_BYTES_MAX = 8 * 1024 * 1024
GZIP_BYTES_MIN = 600

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")  # a build's name with a hash never changes
_TEXT = re.compile(r"^(text/|application/(javascript|json|wasm|manifest\+json)|image/svg)")
_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=300"
_CHECKED = "no-cache"


class File(NamedTuple):
    """One built file as it is sent."""

    content: bytes
    zipped: bytes | None
    media_type: str
    etag: str
    modified_ns: int


class Shelf:
    """The files of one build, read when first asked for and again when they change."""

    def __init__(
        self, root: Path, policy: str, *, fallback: str | None = None, origin: str | None = None
    ) -> None:
        """`fallback` answers paths that are no file (screens of the console); `origin` is who may load it."""
        self.root = root
        self._policy = policy
        self._fallback = fallback
        self._origin = origin
        self._files: dict[Path, File] = {}

    @property
    def is_built(self) -> bool:
        """Say whether there is anything to send."""
        return self.root.is_dir() and any(self.root.iterdir())

    def answer(self, request: Request[Any, Any, Any], name: str, cache: str | None = None) -> Response[bytes]:
        """Return the file `name`, as gzip where the browser takes it, 304 where it has it.

        Raises:
            NotFound: no such file, or the front end is not built.
        """
        file = self._file(name)
        if file is None and self._fallback and "." not in name.rpartition("/")[2]:
            name = self._fallback
            file = self._file(name)
        if file is None:
            raise NotFound(f"there is no file {name}" if self.is_built else "not built yet: make build")
        is_page = file.media_type.startswith("text/html")
        headers = {
            "ETag": file.etag,
            "Cache-Control": cache or (_FOREVER if _HASHED.search(name) and not is_page else _CHECKED),
            "Vary": "Accept-Encoding",
            "Content-Security-Policy": self._policy,
            "Cross-Origin-Resource-Policy": "cross-origin" if self._origin else "same-origin",
        }
        if self._origin:
            headers["Access-Control-Allow-Origin"] = self._origin
        if request.headers.get("if-none-match") == file.etag:
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        content = file.content
        if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = file.zipped
        return Response(content, headers=headers, media_type=file.media_type)

    def _file(self, name: str) -> File | None:
        path = self.root / name.lstrip("/")
        try:
            if not path.resolve().is_relative_to(self.root.resolve()):
                return None
            found = path.stat()
            if not path.is_file() or found.st_size > FILE_BYTES_MAX:
                return None
        except (OSError, ValueError):
            return None
        known = self._files.get(path)
        if known is None or known.modified_ns != found.st_mtime_ns:
            known = self._files[path] = _read(path, found.st_mtime_ns)
        return known


def _read(path: Path, modified_ns: int) -> File:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = bool(_TEXT.match(media_type))
    zipped = gzip.compress(content, 9) if is_text and len(content) >= GZIP_BYTES_MIN else None
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    return File(content, zipped, f"{media_type}; charset=utf-8" if is_text else media_type, etag, modified_ns)


def static_router(settings: Settings, root: Path = WIDGETS) -> Router:
    """Return the routes of the built front end; the shop only in a demo."""
    socket = settings.origin.replace("http", "ws", 1)
    widget = Shelf(root / "visitor" / "dist", "default-src 'none'; frame-ancestors *", origin="*")
    console = Shelf(
        root / "console" / "dist",
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' {socket}; frame-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        fallback="index.html",
    )
    shop = Shelf(
        root / "shop",
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' {socket}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
        fallback="index.html",
    )

    @get("/widget/v1.js", include_in_schema=False, permission=PUBLIC)
    async def read_loader(request: Request[Any, Any, Any]) -> Response[bytes]:
        return widget.answer(request, "v1.js", _SHORTLY)

    @get("/widget/{name:path}", include_in_schema=False, permission=PUBLIC)
    async def read_widget(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return widget.answer(request, name)

    @get("/console", include_in_schema=False, permission=PUBLIC)
    async def read_console_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return console.answer(request, "index.html")

    @get("/console/{name:path}", include_in_schema=False, permission=PUBLIC)
    async def read_console(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return console.answer(request, name)

    @get("/demo", include_in_schema=False, permission=PUBLIC)
    async def read_shop_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        return shop.answer(request, "index.html")

    @get("/demo/{name:path}", include_in_schema=False, permission=PUBLIC)
    async def read_shop(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return shop.answer(request, name)

    handlers: list[Any] = [read_loader, read_widget, read_console_page, read_console]
    if settings.demo:
        handlers += [read_shop_page, read_shop]
    return Router(path="/", route_handlers=handlers)
