"""Run records on disk: one file per run, replaced as a whole, so that a reader or a killed writer never leaves half of one."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import secrets
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_text import read_json
from .._files.foreign import foreign_folder, is_foreign
from .._files.whole_file import sweep, write_whole
from .history import newest_first
from .run_record import RunRecord

# Bytes of a record; one of 5,000 nodes has 3 million. What is longer is read in part, and so is no JSON.
_LONGEST = 2**26
_RUN_ID = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")


def timestamp(now: datetime.datetime) -> str:
    """The moment as records have it: UTC, ISO 8601, to the millisecond."""
    return now.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def new_run_id(now: datetime.datetime) -> str:
    """An id that sorts by time and that no other run gets."""
    moment = now.astimezone(datetime.timezone.utc)
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z-{secrets.token_hex(4)}"


class Store:
    """The records of one cluster, in C(<record_dir>/<resource_group>.<cluster>)."""

    def __init__(self, record_dir: str, resource_group: str, cluster: str) -> None:
        for option, value in (("resource_group", resource_group), ("name", cluster)):
            if not value.strip(". ") or "/" in value or not _can_be_path(value):
                raise DataplaneError(f"{option} is {value!r}, which is not a name that Azure gives to anything.")
        if not _can_be_path(record_dir):
            raise DataplaneError(f"record_dir is {record_dir!r}, which no directory can be called.", code="RecordDirectoryUnusable")
        # Azure ignores case in names.
        self._record_dir = record_dir
        self.directory = os.path.join(record_dir, f"{resource_group}.{cluster}".lower())

    def path(self, run_id: str) -> str:
        """Of the record of a run, whether there is one or not; raises DataplaneError for what is not an id of C(new_run_id)."""
        if not _RUN_ID.fullmatch(run_id):
            raise DataplaneError(f"run_id is {run_id!r}, but an id looks like 20261122T094501123Z-0a1b2c3d.")
        return os.path.join(self.directory, f"{run_id}.json")

    def read(self, run_id: str) -> RunRecord:
        """The record of a run; raises DataplaneError with the code RecordUnreadable when there is none, or none that can be understood."""
        path = self.path(run_id)
        self._check_owner()
        try:
            with open(path, "rb") as file:
                _check_file(file)
                return _of_run(RunRecord.from_dict(read_json(file.read(_LONGEST))), run_id)
        except (OSError, ValueError) as exc:
            reason = (exc.strerror if isinstance(exc, OSError) else "") or foreign(exc)
            raise DataplaneError(
                f"The run record {path} cannot be read: {reason}.", remedy="Open a new run with event=opened.", code="RecordUnreadable"
            ) from exc

    def newest_first(self) -> list[RunRecord]:
        """All readable records, in the order of C(history.newest_first); what is not a record of ours is passed over."""
        return newest_first(self._readable())

    def _readable(self) -> t.Iterator[RunRecord]:
        self._check_owner()
        try:
            names = os.listdir(self.directory)
        except FileNotFoundError:
            return
        except OSError as exc:
            raise self._unusable(exc) from exc
        for name in names:
            run_id, extension = os.path.splitext(name)
            if extension != ".json" or not _RUN_ID.fullmatch(run_id):
                continue
            try:
                yield self.read(run_id)
            except DataplaneError:
                continue

    def write(self, record: RunRecord) -> str:
        """Put the record on disk, whole and for good, before this returns; its path."""
        path = self.path(record.run_id)
        text = json.dumps(record.to_dict(), indent=2, ensure_ascii=False) + "\n"
        try:
            _make_directory(self.directory)
            self._check_owner()
            sweep(self.directory)
            # Half a character in what others said is no reason to have no record.
            write_whole(path, text.encode("utf-8", "replace"))
        except OSError as exc:
            raise self._unusable(exc) from exc
        return path

    def _check_owner(self) -> None:
        """DataplaneError for a folder that somebody else may write to: who writes a record decides what a rollback restores."""
        try:
            found = [(path, foreign_folder(path, others_within=path == self._record_dir)) for path in (self._record_dir, self.directory)]
        except OSError as exc:
            raise self._unusable(exc) from exc
        for path, why in found:
            if why:
                raise _untrusted(path, why)

    def _unusable(self, exc: OSError) -> DataplaneError:
        return DataplaneError(
            f"The run record cannot be kept in {self.directory}: {exc.strerror or exc}.",
            remedy="Set record_dir (aks_dataplane_record_dir in the playbooks) to a directory that the user who runs Ansible can write to.",
            code="RecordDirectoryUnusable",
        )


def read_record_file(path: str) -> RunRecord:
    """The record in a file, wherever that is; DataplaneError with the code RecordUnreadable, or for a file that others may write."""
    try:
        why = foreign_folder(os.path.dirname(os.path.abspath(path)), others_within=True)
        if why:
            raise _untrusted(os.path.dirname(os.path.abspath(path)), why)
        with open(path, "rb") as file:
            _check_file(file)
            return RunRecord.from_dict(read_json(file.read(_LONGEST)))
    except (OSError, ValueError) as exc:
        reason = (exc.strerror if isinstance(exc, OSError) else "") or foreign(exc)
        raise DataplaneError(
            f"The run record {path} cannot be read: {reason}.",
            remedy="Set aks_dataplane_record to the path of a run record on the Ansible controller, or to latest.",
            code="RecordUnreadable",
        ) from exc


def _untrusted(path: str, why: str) -> DataplaneError:
    return DataplaneError(
        f"The run records in {path} are not to be trusted: {why}. A record decides what a rollback restores.",
        remedy="Set record_dir (aks_dataplane_record_dir in the playbooks) to a directory that belongs to the user who runs Ansible and that "
        "not every user may write to.",
        code="RecordDirectoryUnusable",
    )


def _can_be_path(text: str) -> bool:
    """Whether the system takes it in a path at all; it is another error to ask for what it does not take."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _check_file(file: t.IO[bytes]) -> None:
    """ValueError for a record that another user has put there."""
    if is_foreign(os.fstat(file.fileno())):
        raise ValueError("it belongs to another user")


def _of_run(record: RunRecord, run_id: str) -> RunRecord:
    """ValueError for the record of another run, which somebody has copied."""
    if record.run_id != run_id:
        raise ValueError(f"it is the record of the run {record.run_id}")
    return record


def _make_directory(path: str) -> None:
    """Each missing directory gets mode 0700, whatever the umask says."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for directory in reversed(missing):
        # Another run may have made it in the meantime.
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, 0o700)
