"""Stored files: a folder or an S3 bucket behind one small interface (obstore)."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, from_url

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}(/[A-Za-z0-9_.-]{1,128}){0,4}")


class Files:
    """Bytes under random names. Names come from us, never from a user."""

    def __init__(self, store: obstore.store.ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str | None, folder: Path) -> Files:
        """Open the store of `url` (file://, s3:// …), or `folder` when there is none."""
        if url is None or urlsplit(url).scheme == "file":
            root = folder if url is None else Path(urlsplit(url).path)
            return cls(LocalStore(root, mkdir=True))
        return cls(from_url(url))

    async def put(self, key: str, content: bytes) -> None:
        """Store `content` under `key`; it is whole or not there at all."""
        await obstore.put_async(self._store, _checked(key), content)

    async def get(self, key: str) -> bytes | None:
        """Return the content under `key`, or None."""
        try:
            answer = await obstore.get_async(self._store, _checked(key))
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        """Remove what is under `key`, if anything."""
        try:
            await obstore.delete_async(self._store, _checked(key))
        except FileNotFoundError:
            return


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"file key {key!r} is not a plain path of letters, digits, - and _")
    return key
