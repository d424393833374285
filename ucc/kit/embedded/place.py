"""Where embedded servers live: folders, whom they belong to, and programs that nobody can reach."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path
from typing import IO

from ucc.kit.embedded.child import EmbeddedError, User

SOCKET_PATH_MAX = 107  # bytes of sockaddr_un, the file's name included
SOCKET_NAME = ".s.PGSQL.5432"


class Place:
    """A data folder, held by one process at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.user = _nobody() if os.geteuid() == 0 else None
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Make the folder and hold it.

        Raises:
            EmbeddedError: it cannot be made or reached, or another process holds it.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o755)
            self._lock = (self.root / "lock").open("a+")
        except OSError as error:
            raise EmbeddedError(
                f"data folder {self.root}: {error.strerror}; choose another by UCC_DATA_DIR"
            ) from error
        try:
            self._check()
        except EmbeddedError:
            self.release()
            raise

    def _check(self) -> None:
        assert self._lock is not None
        if self.user and (blocked := first_closed(self.root, self.user)):
            raise EmbeddedError(
                f"data folder {self.root}: PostgreSQL runs as {self.user.name} and cannot pass {blocked} "
                f"(mode {blocked.stat().st_mode & 0o777:04o}); set UCC_DATA_DIR elsewhere, e.g. /var/lib/ucc"
            )
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise EmbeddedError(
                f"data folder {self.root} is in use by another ucc; stop it, choose another by UCC_DATA_DIR, "
                "or join it with UCC_DATABASE_URL and UCC_NATS_URL as it printed them"
            ) from error

    def release(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def folder(self, *names: str, mode: int = 0o700, for_server: bool = False) -> Path:
        """Return a folder below the root, made if need be; ours, or the servers' user's."""
        path = self.root.joinpath(*names)
        if not path.is_dir():
            path.mkdir(mode=mode)
            path.chmod(mode)
            if self.user and for_server:
                os.chown(path, self.user.uid, self.user.gid)
        return path

    def socket_folder(self) -> Path:
        """Return a private folder whose socket's path fits into the kernel's 107 bytes."""
        here = self.root / "postgres" / "socket"
        if len(os.fsencode(here / SOCKET_NAME)) <= SOCKET_PATH_MAX:
            return self.folder("postgres", "socket", for_server=True)
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"ucc-{name}"
        owner = self.user.uid if self.user else os.geteuid()
        path.mkdir(mode=0o700, exist_ok=True)
        if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
            raise EmbeddedError(f"{path} belongs to somebody else; choose a shorter UCC_DATA_DIR")
        path.chmod(0o700)
        if self.user:
            os.chown(path, self.user.uid, self.user.gid)
        return path

    def programs(self, installed: Path, parts: list[str], version: str) -> Path:
        """Return the folder that holds `parts` of `installed` where the servers' user can run them.

        That is `installed` itself unless a parent is closed to the user (a venv below a 0700 home); then the
        parts are copied once, in the same relative places, because they find their libraries that way.
        """
        if self.user is None or all(first_closed(installed / part, self.user) is None for part in parts):
            return installed
        target = self.folder("programs", mode=0o755) / version
        if not target.is_dir():
            fresh = target.with_name(f"{version}.{os.getpid()}")
            for part in parts:
                shutil.copytree(installed / part, fresh / part, symlinks=True)
            _open_to_all(fresh)
            fresh.rename(target)
        return target


def first_closed(path: Path, user: User) -> Path | None:
    """Return the first folder on the way to `path` that `user` cannot pass, or None."""
    for folder in [*reversed(path.parents), path]:
        if not folder.is_dir():
            continue
        found = folder.stat()
        if found.st_uid == user.uid:
            bit = 0o100
        elif found.st_gid == user.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not found.st_mode & bit:
            return folder
    return None


def _nobody() -> User:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedError("PostgreSQL refuses to run as root and there is no user 'nobody'") from error
    return User("nobody", entry.pw_uid, entry.pw_gid)


def _open_to_all(root: Path) -> None:
    """Make our own fresh copy readable; never a folder that somebody else made."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
