"""Files that people send: judged by their bytes, images drawn anew, random names, signed addresses."""

from __future__ import annotations

import asyncio
import io
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ucc.conversations.entries import Signer, StoredFile
from ucc.domain.conversation import Attachment
from ucc.domain.errors import BadInput, NotAllowed, NotFound, TooLarge
from ucc.kit import secrets, sql
from ucc.kit.clock import now_ms
from ucc.kit.db import Conn, Database
from ucc.kit.files import Files
from ucc.kit.ids import Ids
from ucc.kit.late import late

if TYPE_CHECKING:
    import PIL
    import puremagic
    from PIL import Image, ImageOps, ImageSequence
else:
    PIL, puremagic = late("PIL"), late("puremagic")
    Image, ImageOps, ImageSequence = late("PIL.Image"), late("PIL.ImageOps"), late("PIL.ImageSequence")

BYTES_MAX = 10 * 1024 * 1024
PIXELS_MAX = 40_000_000  # of all frames together
FRAMES_MAX = 200
NAME_CHARACTERS_MAX = 200
DRAWN_AT_ONCE = 2  # images being drawn anew; others wait, so that uploads cannot take every core
ANY = "application/octet-stream"

# What browsers may show in place; everything else is only ever downloaded.
_IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
_SHOWN = frozenset(_IMAGES.values())
# Types we call by their name; whatever else puremagic believes stays a plain download.
_KNOWN = frozenset(
    {
        "application/pdf",
        "application/zip",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/x-wav",
        "video/mp4",
        "video/webm",
        "video/quicktime",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
)

_queries = sql.load(Path(__file__).with_name("queries.sql"))


class Scanner(Protocol):
    """A hook for a virus scanner."""

    async def scan(self, content: bytes, name: str) -> None:
        """Raise BadInput when the content must not be kept."""


class Uploader(NamedTuple):
    """Who sends a file."""

    tenant_id: int
    conversation_id: int | None
    user_id: int | None = None
    visitor_id: int | None = None
    bytes_max: int | None = None  # of all their files together


class Judged(NamedTuple):
    """What a file turned out to be."""

    content: bytes
    media_type: str
    width: int | None = None
    height: int | None = None


class Served(NamedTuple):
    """A file on its way out."""

    content: bytes
    media_type: str
    name: str

    @property
    def is_shown(self) -> bool:
        """Say whether a browser may show it in place."""
        return self.media_type in _SHOWN


class Attachments:
    """Takes files in and gives them out."""

    def __init__(self, database: Database, ids: Ids, files: Files, scanner: Scanner | None = None) -> None:
        self._database = database
        self._ids = ids
        self._files = files
        self._scanner = scanner
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def store(self, uploader: Uploader, name: str, content: bytes) -> Attachment:
        """Keep a file for an entry to come.

        Raises:
            TooLarge: the file or all files of this visitor are too large, or the image has too many pixels.
            BadInput: it is empty, or an image that cannot be read.
        """
        if not content:
            raise BadInput("the file is empty", field="file")
        if len(content) > BYTES_MAX:
            raise TooLarge(f"the file is {len(content)} bytes, limit {BYTES_MAX}")
        async with self._database.tenant(uploader.tenant_id) as conn:
            await self._check_quota(conn, uploader, len(content))
        async with self._drawing:
            judged = await asyncio.to_thread(judge, content)
        if self._scanner is not None:
            await self._scanner.scan(judged.content, name)
        file = StoredFile(
            id=self._ids.take(),
            key=secrets.token(),
            name=clean_name(name),
            media_type=judged.media_type,
            size_bytes=len(judged.content),
            width=judged.width,
            height=judged.height,
        )
        await self._files.put(file.key, judged.content)
        try:
            return await self._add(uploader, file)
        except TooLarge:  # files of the same visitor that came together with this one filled the quota
            await self._files.delete(file.key)
            raise

    async def _add(self, uploader: Uploader, file: StoredFile) -> Attachment:
        """Note a stored file, one of a visitor after the other: together they keep to the quota."""
        async with self._database.tenant(uploader.tenant_id) as conn:
            at_ms = now_ms()
            if uploader.visitor_id is not None:
                await _queries.lock_visitor(conn, tenant_id=uploader.tenant_id, id=uploader.visitor_id)
            await self._check_quota(conn, uploader, file.size_bytes)
            await _queries.add_attachment(
                conn,
                tenant_id=uploader.tenant_id,
                id=file.id,
                conversation_id=uploader.conversation_id,
                key=file.key,
                name=file.name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                width=file.width,
                height=file.height,
                by_user_id=uploader.user_id,
                by_visitor=uploader.visitor_id,
                now_ms=at_ms,
            )
            secret = bytes(await _queries.read_secret(conn, tenant_id=uploader.tenant_id))
        return Signer(secret, at_ms).attachment(file)

    async def _check_quota(self, conn: Conn, uploader: Uploader, size_bytes: int) -> None:
        if uploader.bytes_max is None:
            return
        used = await _queries.sum_attachments(
            conn, tenant_id=uploader.tenant_id, visitor_id=uploader.visitor_id
        )
        if used + size_bytes > uploader.bytes_max:
            raise TooLarge(f"all your files together are {used} bytes, limit {uploader.bytes_max}")

    async def open(self, key: str, signature: str) -> Served:
        """Return the file of a signed address.

        Raises:
            NotFound: there is no such file.
            NotAllowed: the signature is wrong or its time is over.
        """
        async with self._database.node() as conn:
            row = await _queries.read_attachment(conn, key=key)
        if row is None:
            raise NotFound("there is no such file")
        if not secrets.is_signed(bytes(row["secret"]), key, signature, now_ms()):
            raise NotAllowed("the address of this file is wrong or has run out; open the conversation again")
        content = await self._files.get(key)
        if content is None:
            raise NotFound("the file is gone")
        return Served(content, row["media_type"], row["name"])


def judge(content: bytes) -> Judged:
    """Return what the bytes are, images drawn anew so that nothing hidden in them is kept.

    Raises:
        BadInput: an image that cannot be read.
        TooLarge: an image with too many pixels or frames.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=[*_IMAGES])
            return _drawn(image)
    except PIL.UnidentifiedImageError:
        return Judged(content, _sniff(content))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"the image cannot be read: {error}"[:200], field="file") from error


def _drawn(image: Image.Image) -> Judged:
    frames = int(getattr(image, "n_frames", 1))
    pixels = image.width * image.height * frames
    if pixels > PIXELS_MAX or frames > FRAMES_MAX:
        raise TooLarge(
            f"the image has {pixels} pixels in {frames} frames, limit {PIXELS_MAX} in {FRAMES_MAX}"
        )
    form = image.format or "PNG"
    out = io.BytesIO()
    if frames > 1:
        drawn = [frame.copy() for frame in ImageSequence.Iterator(image)]
        durations = [int(frame.info.get("duration", 100)) for frame in drawn]
        for frame in drawn:
            frame.info = {}
        drawn[0].save(out, form, save_all=True, append_images=drawn[1:], duration=durations, loop=0)
        return Judged(out.getvalue(), _IMAGES[form], image.width, image.height)
    upright = ImageOps.exif_transpose(image)
    upright.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    clean = Image.new(upright.mode, upright.size)
    if upright.mode == "P" and (palette := upright.getpalette()) is not None:
        clean.putpalette(palette)
    clean.paste(upright)
    clean.info = upright.info
    quality = {"quality": 88} if form in ("JPEG", "WEBP") else {}
    clean.save(out, form, **quality)
    return Judged(out.getvalue(), _IMAGES[form], clean.width, clean.height)


def _sniff(content: bytes) -> str:
    """Return the media type of what is no image; text that could be markup is only ever a download."""
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found in _KNOWN:
        return found
    return "text/plain" if _is_plain_text(content) else ANY


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return "<" not in text[:4_096] and "\x00" not in text


def clean_name(name: str) -> str:
    """Return a file's name without folders, control and direction characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return kept.strip().strip(".")[-NAME_CHARACTERS_MAX:] or "file"
