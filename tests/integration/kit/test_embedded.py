"""The embedded servers: durable, private, ended with their parent, refused where they cannot work."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.conftest import until
from ucc.kit.embedded import EmbeddedError, EmbeddedNats, EmbeddedPostgres, Place
from ucc.kit.embedded.child import User
from ucc.kit.embedded.place import SOCKET_NAME, SOCKET_PATH_MAX, first_closed

ROOT = Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0

# A parent to kill: starts both servers in a folder, says where they are, and waits.
PARENT = """
import asyncio, json, sys
from pathlib import Path
from ucc.kit.embedded import EmbeddedNats, EmbeddedPostgres, Place

async def main():
    place = Place(Path(sys.argv[1]))
    place.take()
    postgres, nats = EmbeddedPostgres(place), EmbeddedNats(place)
    await postgres.start()
    await nats.start()
    pids = {"postgres": postgres.pid, "nats": nats.pid, "url": postgres.url}
    print(json.dumps(pids), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ucc-embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def start_parent(data: Path) -> tuple[subprocess.Popen[str], dict[str, str | int]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    with parent.stdout as said:
        return parent, json.loads(said.readline())


def gone(*pids: int, timeout_s: float = 20) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


async def test_i17_a_killed_parent_leaves_no_orphan_and_loses_nothing(folder: Path) -> None:
    parent, found = start_parent(folder / "data")
    family = [process.pid for process in psutil.Process(parent.pid).children(recursive=True)]
    assert {found["postgres"], found["nats"]} <= {*family}
    conn = await asyncpg.connect(str(found["url"]), server_settings={"role": "ucc_owner"})
    await conn.execute("CREATE TABLE kept (id int)")
    await conn.execute("INSERT INTO kept VALUES (7)")
    parent.kill()
    parent.wait()
    conn.terminate()
    assert await asyncio.to_thread(gone, *family), "a server outlived its parent"

    parent, found = await asyncio.to_thread(start_parent, folder / "data")
    try:
        conn = await asyncpg.connect(str(found["url"]), server_settings={"role": "ucc_owner"})
        assert await conn.fetchval("SELECT id FROM kept") == 7
        await conn.close()
    finally:
        parent.kill()
        parent.wait()
        assert await asyncio.to_thread(gone, int(found["postgres"]), int(found["nats"]))


async def test_a_ctrl_c_in_the_terminal_does_not_reach_the_servers(folder: Path) -> None:
    parent, found = start_parent(folder / "data")
    try:
        for name in ("postgres", "nats"):
            assert os.getsid(int(found[name])) == found[name], "it has a session of its own"
    finally:
        parent.kill()
        parent.wait()
        await asyncio.to_thread(gone, int(found["postgres"]), int(found["nats"]))


async def test_a_server_killed_alone_comes_back_by_its_keeper(folder: Path) -> None:
    place = Place(folder / "data")
    place.take()
    server = EmbeddedPostgres(place)
    await server.start()
    keeper = asyncio.ensure_future(server.keep())
    first = server.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: server.pid != first, timeout_s=30)
    conn = await asyncpg.connect(server.url)
    await conn.close()
    keeper.cancel()
    await server.stop()
    place.release()
    assert not psutil.pid_exists(server.pid)


async def test_the_server_is_durable_private_and_speaks_no_tcp(postgres: EmbeddedPostgres) -> None:
    conn = await asyncpg.connect(postgres.admin_url)
    try:
        found = {
            name: await conn.fetchval("SELECT current_setting($1)", name)
            for name in (
                "listen_addresses",
                "synchronous_commit",
                "fsync",
                "full_page_writes",
                "server_encoding",
            )
        }
        assert found == {
            "listen_addresses": "", "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
            "server_encoding": "UTF8",
        }  # fmt: skip
        locale = await conn.fetchrow(
            "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'postgres'"
        )
        assert (locale["datlocprovider"], locale["datlocale"]) == (b"b", "C.UTF-8")
        rules = {
            row["type"]: row["auth_method"] for row in await conn.fetch("SELECT * FROM pg_hba_file_rules")
        }
        assert rules == {"local": "trust", "host": "scram-sha-256"}
        login = await conn.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'ucc'")
        assert not login["rolsuper"]
        assert not login["rolbypassrls"]
    finally:
        await conn.close()
    socket = Path(str(await _socket_folder(postgres)))
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700


async def _socket_folder(postgres: EmbeddedPostgres) -> str:
    conn = await asyncpg.connect(postgres.admin_url)
    try:
        return str(await conn.fetchval("SELECT current_setting('unix_socket_directories')"))
    finally:
        await conn.close()


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user runs the servers as itself")
async def test_as_root_postgres_runs_as_nobody(postgres: EmbeddedPostgres) -> None:
    assert psutil.Process(postgres.pid).username() == "nobody"


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user runs the servers as itself")
async def test_as_root_a_folder_nobody_can_pass_is_refused_by_name(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=rf"cannot pass {closed} \(mode 0700\); set UCC_DATA_DIR"):
        Place(closed / "data").take()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "no parent is ever opened"


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_as_an_ordinary_user_the_servers_run_as_that_user(folder: Path) -> None:
    user = pwd.getpwnam("daemon")
    os.chown(folder, user.pw_uid, user.pw_gid)
    wait = "await asyncio.Event().wait()"
    assert wait in PARENT
    script = PARENT.replace(wait, "await nats.stop(); await postgres.stop(); place.release()")
    done = subprocess.run(
        [_python_for("daemon"), "-c", script, str(folder / "data")],
        user="daemon", group="daemon", extra_groups=[], cwd="/", capture_output=True, text=True, timeout=90,
        env={"PATH": f"{sysconfig.get_path('scripts')}:/usr/bin:/bin", "PYTHONPATH": PYTHON_PATH},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder / "data" / "postgres" / "data").stat().st_uid == user.pw_uid
    assert str(json.loads(done.stdout)["url"]).startswith("postgresql://ucc@/ucc?host=")


PYTHON_PATH = f"{ROOT}:{sysconfig.get_path('purelib')}"


def _python_for(user: str) -> str:
    """Return a Python of our version that `user` can run with our packages."""
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/python{minor}"):
        with contextlib.suppress(OSError):
            done = subprocess.run(
                [candidate, "-c", "import asyncpg, msgspec, ucc.kit.embedded"],
                user=user, group=user, extra_groups=[], cwd="/", capture_output=True,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": PYTHON_PATH},
            )  # fmt: skip
            if done.returncode == 0:
                return candidate
    pytest.skip(f"neither this Python nor /usr/bin/python{minor} can be run by {user}")


async def test_two_processes_never_share_a_data_folder(folder: Path) -> None:
    first, second = Place(folder / "data"), Place(folder / "data")
    first.take()
    with pytest.raises(EmbeddedError, match="in use by another ucc"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_cannot_be_made_is_refused_by_name(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EmbeddedError, match="choose another by UCC_DATA_DIR"):
        Place(folder / "file" / "data").take()


async def test_a_socket_path_too_long_for_the_kernel_moves_to_a_short_private_folder(folder: Path) -> None:
    deep = folder / ("long-" * 12) / ("name-" * 12)
    deep.parent.mkdir()
    place = Place(deep)
    place.take()
    server = EmbeddedPostgres(place)
    try:
        await server.start()
        socket = Path(await _socket_folder(server))
        assert not socket.is_relative_to(folder)
        assert len(os.fsencode(socket / SOCKET_NAME)) <= SOCKET_PATH_MAX
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    finally:
        await server.stop()
        place.release()
        shutil.rmtree(place.socket_folder())


async def test_a_first_start_cut_short_is_made_good_by_the_next(folder: Path) -> None:
    place = Place(folder / "data")
    place.take()
    half = place.folder("postgres", mode=0o755) / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server = EmbeddedPostgres(place)
    await server.start()
    await server.stop()
    place.release()


async def test_nats_listens_on_loopback_and_wants_its_token(nats_server: EmbeddedNats) -> None:
    sockets = [c for c in psutil.Process(nats_server.pid).net_connections("inet") if c.status == "LISTEN"]
    assert [c.laddr.ip for c in sockets] == ["127.0.0.1"]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(nats_server.url.rpartition(":")[2]))
    writer.write(b'CONNECT {"verbose": false}\r\nPING\r\n')
    said = await reader.read()  # until the server hangs up
    writer.close()
    await writer.wait_closed()
    assert b"Authorization Violation" in said


def test_programs_that_nobody_can_reach_are_copied_with_their_libraries(folder: Path) -> None:
    home = folder / "home"
    (home / "package" / "bin").mkdir(parents=True)
    (home / "package" / "bin" / "run").write_text("#!")
    (home / "package.libs").mkdir()
    (home / "package.libs" / "lib.so").write_text("")
    home.chmod(0o700)
    place = Place(folder / "data")
    place.take()
    place.user = User("nobody", 65534, 65534)
    found = place.programs(home, ["package", "package.libs"], "package-1")
    assert found == folder / "data" / "programs" / "package-1"
    assert (found / "package" / "bin" / "run").is_file()
    assert (found / "package.libs" / "lib.so").is_file()
    assert first_closed(found / "package" / "bin", place.user) is None
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    place.release()
