"""Only their owner may read the files with journals, tokens and keys, and none of them is written through a symlink."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from locksim.engine.errors import Refused
from locksim.http import tls
from locksim.server import connection_info
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import WriteFailed
from tests.server.served import serve_toy
from tests.server.test_command import running
from tests.storage.stores import leased
from tests.storage.test_damage import needs_proc

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Set the umask of most machines, so that a file without a mode of its own is readable for everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Return the mode of a folder (its key is `.`) and of everything in it."""
    found = {".": folder, **{str(path.relative_to(folder)): path for path in folder.rglob("*")}}
    return {name: f"{stat.S_IMODE(path.stat().st_mode):04o}" for name, path in sorted(found.items())}


def lease(folder: Path) -> None:
    store = SqliteStore(folder)
    try:
        store.lease("a test")
    finally:
        store.close()


def test_a_servers_files_are_its_owners(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with running(tmp_path, "--quiet", "--tls", "--data", str(data)) as (process, ready):
        httpx.get(ready["control"], verify=False, trust_env=False)
        assert modes(data) == {
            ".": "0700",
            "journal.db": "0600",
            "journal.db-wal": "0600",
            "lock": "0600",
            "tip": "0600",
            "tls": "0700",
            "tls/locksim-ca.key": "0600",
            "tls/locksim-ca.pem": "0644",
        }
        assert modes(tmp_path)["ready.json"] == "0600"
        process.terminate()
        process.wait(20)


def test_an_older_data_folder_is_closed_to_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve_toy(store=leased(data), clock="manual") as toy:
        toy.post("/count")
    data.chmod(0o755)
    for file in data.iterdir():
        file.chmod(0o644)
    with serve_toy(store=leased(data)) as toy:
        assert toy.post("/count").json() == {"count": 2}
        assert set(modes(data).values()) == {"0700", "0600"}


def test_an_empty_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o755)
    lease(tmp_path / "data")
    assert modes(tmp_path / "data") == {".": "0700", "lock": "0600"}


def test_a_folder_with_other_files_keeps_its_mode(tmp_path: Path) -> None:
    """It may be a project or `/tmp`, which others must be able to enter."""
    (tmp_path / "data").mkdir(0o755)
    (tmp_path / "data" / "notes.txt").touch(0o644)
    lease(tmp_path / "data")
    assert modes(tmp_path / "data") == {".": "0755", "lock": "0600", "notes.txt": "0644"}


@pytest.mark.parametrize("name", ["lock", "journal.db", "journal.db-wal", "journal.db-shm", "tip"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_symlink_in_the_data_folder_is_refused(tmp_path: Path, name: str, dangling: bool) -> None:
    data, target = tmp_path / "data", tmp_path / "target"
    data.mkdir()
    (data / name).symlink_to(target)
    if not dangling:
        target.write_text("belongs to somebody else")
        target.chmod(0o644)
    with pytest.raises(WriteFailed, match=f"{name} is a symbolic link; delete it"):
        lease(data)
    if dangling:
        assert not target.exists()
    else:
        assert (target.read_text(), modes(tmp_path)["target"]) == ("belongs to somebody else", "0644")
    (data / name).unlink()
    lease(data)


@needs_proc
def test_the_lock_is_closed_in_child_processes(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data")
    store.lease("a test")
    ours = [fd for fd in Path("/proc/self/fd").iterdir() if fd.resolve() == tmp_path / "data" / "lock"]
    assert [os.get_inheritable(int(fd.name)) for fd in ours] == [False]
    store.close()


def test_the_ready_file_is_not_written_through_a_symlink(tmp_path: Path) -> None:
    target, ready = tmp_path / "target", tmp_path / "ready.json"
    target.write_text("belongs to somebody else")
    for link in (ready, tmp_path / ".ready.json.new"):
        link.symlink_to(target)
    connection_info.write(ready, {"a": 1})
    assert target.read_text() == "belongs to somebody else"
    assert not ready.is_symlink()
    assert modes(tmp_path)["ready.json"] == "0600"


def test_a_ready_file_that_others_can_read_is_replaced(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.touch(0o644)
    connection_info.write(ready, {"a": 1})
    assert modes(tmp_path)["ready.json"] == "0600"


@pytest.mark.parametrize("name", ["locksim-ca.key", "locksim-ca.pem"])
def test_a_symlink_in_the_tls_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder, target = tmp_path / "tls", tmp_path / "target"
    folder.mkdir()
    target.write_text("belongs to somebody else")
    (folder / name).symlink_to(target)
    with pytest.raises(Refused, match=f"{name} is a symbolic link; delete it"):
        tls.Authority(folder, "--tls").context(["localhost"])
    assert target.read_text() == "belongs to somebody else"


def test_a_tls_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    tls.Authority(tmp_path / "tls", "--tls").context(["localhost"])
    (tmp_path / "tls" / "locksim-ca.key").chmod(0o644)
    tls.Authority(tmp_path / "tls", "--tls").context(["localhost"])
    assert modes(tmp_path / "tls")["locksim-ca.key"] == "0600"
    (tmp_path / "tls" / "locksim-ca.key").chmod(0o644)
    (tmp_path / "tls" / "locksim-ca.pem").unlink()
    tls.Authority(tmp_path / "tls", "--tls").context(["localhost"])
    assert modes(tmp_path / "tls")["locksim-ca.key"] == "0600"
