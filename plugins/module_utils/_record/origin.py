"""The run that a rollback undoes, by the record that a person names."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .history import run_to_undo
from .run_record import RunRecord
from .store import Store, read_record_file

LATEST = "latest"
_KEPT = ("run_id", "resource_group", "cluster", "subject", "subscription", "wanted", "before", "after", "verdict")


def origin_of(named: str, record_dir: str, resource_group: str, cluster: str) -> dict[str, t.Any]:
    """Of the record what decides about the rollback, and its C(record_path); only C(why) where no run is to be rolled back. DataplaneError.

    named: the path of a record, or V(latest) for the last one of the cluster in C(record_dir) that switched it.
    """
    if named != LATEST:
        return _kept(read_record_file(named), named)
    store = Store(record_dir, resource_group, cluster)
    known = store.newest_first()
    if not known:
        raise DataplaneError(
            f"{cluster}: there is no run record in {store.directory}.",
            remedy="Set aks_dataplane_record_dir to the directory of the run that switched, or aks_dataplane_record to the path of its record.",
            code="NoRunToRollBack",
        )
    found = run_to_undo(known)
    if found.why:
        raise DataplaneError(f"{cluster} is not rolled back to the last run that switched it: {found.why}.", code="NoRunToRollBack")
    if found.run is None:
        return {"why": f"no run in {store.directory} has switched it that is not rolled back"}
    return _kept(found.run, store.path(found.run.run_id))


def _kept(record: RunRecord, path: str) -> dict[str, t.Any]:
    return {"record_path": path, **{name: getattr(record, name) for name in _KEPT}}
