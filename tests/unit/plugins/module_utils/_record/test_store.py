# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import fcntl
import functools
import json
import os
import stat
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._files import whole_file
from ansible_collections.aks.dataplane.plugins.module_utils._record.history import feature_unfinished, interrupted_run
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import Phase, RunRecord, begin_phase, close_record
from ansible_collections.aks.dataplane.plugins.module_utils._record.store import Store, new_run_id, timestamp
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 22, 9, 45, 1, 123456, tzinfo=datetime.timezone.utc)


def record(run_id: str) -> RunRecord:
    return RunRecord(run_id, "aks-blue", "shop", timestamp(NOW), "kube_proxy", {"mode": "NFTABLES"})


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_ids_sort_by_time_and_differ() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=5))
    ids = [new_run_id((NOW + datetime.timedelta(milliseconds=step)).astimezone(zone)) for step in range(0, 5000, 7)]
    assert ids == sorted(ids)
    assert ids[0].startswith("20261122T094501123Z-")
    assert new_run_id(NOW) != new_run_id(NOW)
    assert timestamp(NOW) == "2026-11-22T09:45:01.123Z"


def test_written_records_are_private_and_read_back(tmp_path: Path) -> None:
    old_umask = os.umask(0)
    try:
        store = Store(str(tmp_path / "state" / "runs"), "Shop", "aks-Blue")
        path = store.write(record(new_run_id(NOW)))
    finally:
        os.umask(old_umask)
    assert Path(path).parent == tmp_path / "state" / "runs" / "shop.aks-blue"
    assert mode(path) == 0o600
    assert [mode(tmp_path / name) for name in ("state", "state/runs", "state/runs/shop.aks-blue")] == [0o700] * 3
    assert store.read(Path(path).stem).to_dict() == json.loads(Path(path).read_text())


def test_newest_first_passes_over_what_is_not_a_record(tmp_path: Path) -> None:
    store = Store(str(tmp_path), "shop", "aks-blue")
    assert list(store.newest_first()) == []
    ids = [new_run_id(NOW + datetime.timedelta(seconds=step)) for step in range(3)]
    for run_id in ids:
        store.write(record(run_id))
    directory = Path(store.directory)
    (directory / f"{ids[1]}.json").write_text("{")
    (directory / f"{new_run_id(NOW)}.json.77.tmp").write_text("half")
    (directory / "notes.json").write_text("{}")
    for step, text in enumerate(["null", "[]", "[" * 100_000, json.dumps(record(ids[0]).to_dict())]):
        (directory / f"{new_run_id(NOW + datetime.timedelta(days=step))}.json").write_text(text)
    assert [found.run_id for found in store.newest_first()] == [ids[2], ids[0]]


@pytest.mark.parametrize("fail_in", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_former_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fail_in: str) -> None:
    store = Store(str(tmp_path), "shop", "aks-blue")
    first = record(new_run_id(NOW))
    store.write(first)

    def no_space(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, fail_in, no_space)
    with pytest.raises(DataplaneError, match="No space left on device") as failure:
        store.write(close_record(first, "switched", now="t"))
    assert "aks_dataplane_record_dir" in failure.value.remedy
    monkeypatch.undo()
    assert store.read(first.run_id) == first
    assert [name for name in os.listdir(store.directory) if name.endswith(".tmp")] == []


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataplaneError, match="cannot be kept"):
        Store(str(tmp_path / "file"), "shop", "aks-blue").write(record(new_run_id(NOW)))
    with pytest.raises(DataplaneError, match="cannot be kept"):
        list(Store(str(tmp_path / "file"), "shop", "aks-blue").newest_first())


@pytest.mark.parametrize(
    ("group", "name"), [("../x", "c"), ("rg", "a/b"), ("", "c"), ("rg", ".."), ("rg", ""), ("rg", "a\0b"), ("\ud800", "c")]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, group: str, name: str) -> None:
    with pytest.raises(DataplaneError, match="not a name"):
        Store(str(tmp_path), group, name)


@pytest.mark.parametrize("folder", ["a\0b", "runs\ud800"])
def test_a_folder_that_no_directory_can_be_is_refused(folder: str) -> None:
    with pytest.raises(DataplaneError, match="record_dir") as caught:
        Store(folder, "shop", "aks-blue")
    assert caught.value.code == "RecordDirectoryUnusable"
    caught.value.text.encode()


@pytest.mark.parametrize("run_id", ["", "x", "../../etc/passwd", "20261122T094501123Z-0a1b2c3d/../x"])
def test_ids_that_lead_elsewhere_are_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(DataplaneError, match="run_id"):
        Store(str(tmp_path), "shop", "aks-blue").read(run_id)


def test_a_record_without_an_end_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.aks.dataplane.plugins.module_utils._record.store._LONGEST", 1000)
    store, run_id = Store(str(tmp_path), "shop", "aks-blue"), new_run_id(NOW)
    Path(store.path(run_id)).parent.mkdir(parents=True)
    Path(store.path(run_id)).symlink_to("/dev/zero")
    with pytest.raises(DataplaneError, match="cannot be read: it is not JSON"):
        store.read(run_id)
    assert store.newest_first() == []


def test_an_unreadable_record_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataplaneError, match="cannot be read"):
        Store(str(tmp_path), "shop", "aks-blue").read(new_run_id(NOW))


# Root may give folders away; for other users the tests say that everything belongs to somebody else than them.
OTHER = 4711


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Path], None]:
    def give(path: Path) -> None:
        real = {name: getattr(os, name) for name in ("stat", "lstat", "fstat")}
        given = os.stat(path).st_ino

        def as_other(name: str, *where: t.Any, **how: t.Any) -> os.stat_result:
            status = real[name](*where, **how)
            values = list(status)
            values[stat.ST_UID] = OTHER
            return os.stat_result(values) if status.st_ino == given else status

        for name in real:
            monkeypatch.setattr(os, name, functools.partial(as_other, name))

    return give


def refused(store: Store, run_id: str) -> DataplaneError:
    """The error of each use, which all say the same."""
    texts, last = set(), None
    for use in (lambda: store.read(run_id), store.newest_first, lambda: store.write(record(run_id))):
        with pytest.raises(DataplaneError) as caught:
            use()
        assert caught.value.code == "RecordDirectoryUnusable"
        texts.add(caught.value.text)
        last = caught.value
    assert len(texts) == 1
    assert last is not None
    return last


@pytest.mark.parametrize("which", [".", "shop.aks-blue"])
def test_a_folder_of_another_user_is_refused(tmp_path: Path, give_away: t.Callable[[Path], None], which: str) -> None:
    store, run_id = Store(str(tmp_path), "shop", "aks-blue"), new_run_id(NOW)
    store.write(record(run_id))
    give_away(tmp_path / which)
    error = refused(store, run_id)
    assert str(OTHER) in error.message
    assert "A record decides what a rollback restores" in error.message
    assert "aks_dataplane_record_dir" in error.remedy


@pytest.mark.parametrize(("which", "bits"), [(".", 0o777), ("shop.aks-blue", 0o777), ("shop.aks-blue", 0o1777), ("shop.aks-blue", 0o702)])
def test_a_folder_that_every_user_may_write_to_is_refused(tmp_path: Path, which: str, bits: int) -> None:
    store, run_id = Store(str(tmp_path / "runs"), "shop", "aks-blue"), new_run_id(NOW)
    store.write(record(run_id))
    (tmp_path / "runs" / which).chmod(bits)
    assert f"every user may write to it (mode {bits:04o})" in refused(store, run_id).message


def test_a_link_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.lstat
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "shop.aks-blue").symlink_to("elsewhere")

    def lstat(path: t.Any, **how: t.Any) -> os.stat_result:
        values = list(real(path, **how))
        values[stat.ST_UID] = OTHER if str(path).endswith("blue") else values[stat.ST_UID]
        return os.stat_result(values)

    monkeypatch.setattr(os, "lstat", lstat)
    assert "not to be trusted" in refused(Store(str(tmp_path), "shop", "aks-blue"), new_run_id(NOW)).message


@pytest.mark.parametrize("bits", [0o700, 0o755, 0o775, 0o2770])
def test_a_folder_of_ones_own_is_used(tmp_path: Path, bits: int) -> None:
    store, run_id = Store(str(tmp_path), "shop", "aks-blue"), new_run_id(NOW)
    store.write(record(run_id))
    Path(store.directory).chmod(bits)
    assert store.read(run_id).run_id == run_id


def test_folders_may_lie_where_everybody_has_some(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    store = Store(str(tmp_path), "shop", "aks-blue")
    store.write(record(new_run_id(NOW)))
    assert len(store.newest_first()) == 1


def test_a_record_that_another_user_has_put_there_is_none(tmp_path: Path, give_away: t.Callable[[Path], None]) -> None:
    store, run_id = Store(str(tmp_path), "shop", "aks-blue"), new_run_id(NOW)
    give_away(Path(store.write(record(run_id))))
    with pytest.raises(DataplaneError, match="it belongs to another user"):
        store.read(run_id)
    assert store.newest_first() == []


def test_what_a_killed_writer_left_goes_with_the_next_record(tmp_path: Path) -> None:
    """And the scratch file of one who is still writing stays."""
    store = Store(str(tmp_path), "shop", "aks-blue")
    path = store.write(record(new_run_id(NOW)))
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, signal, sys; open(sys.argv[1], 'w').write('half'); os.kill(os.getpid(), signal.SIGKILL)",
            f"{path}.7.tmp",
        ],
        check=False,
    )
    assert killed.returncode == -9
    with open(f"{path}.8.tmp", "w") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        store.write(record(new_run_id(NOW)))
        assert [name for name in os.listdir(store.directory) if name.endswith(".tmp")] == [f"{Path(path).name}.8.tmp"]


def test_half_a_character_of_somebody_elses_text_is_kept_out(tmp_path: Path) -> None:
    store = Store(str(tmp_path), "shop", "aks-blue")
    run = close_record(record(new_run_id(NOW)), "failed", now="t", message="a \ud800 b")
    store.write(run)
    assert store.read(run.run_id).message == "a ? b"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "status", "mode", "started", "run_id"]), inner),
    max_leaves=6,
)
WHOLE = dataclasses.replace(
    record("20261122T094501123Z-0a1b2c3d"),
    continues="20261121T094501123Z-0a1b2c3d",
    before={"mode": "IPTABLES", "enabled": True, "ipvs_config": None},
    phases=(Phase("preflight", "done", "t", "t", None), Phase("switch", "running", "t")),
    findings=({"id": "KP01"},),
    nodes=({"name": "n"},),
).to_dict()


@given(key=st.sampled_from(sorted(WHOLE)), value=JSON, within=st.booleans())
def test_anything_anywhere_in_a_record_is_read_or_passed_over(key: str, value: object, within: bool) -> None:
    """And what was read can be taken over by the next run."""
    mutated = {**WHOLE, key: [value] if within and isinstance(WHOLE[key], list) else value}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder, "shop", "aks-blue")
        os.mkdir(store.directory)
        (Path(store.directory) / f"{WHOLE['run_id']}.json").write_text(json.dumps(mutated))
        for found in store.newest_first():
            interrupted_run([found], "kube_proxy", {"mode": "NFTABLES"})
            feature_unfinished([found])
            store.write(close_record(begin_phase(found, "switch", now="t"), "switched", now="t"))
