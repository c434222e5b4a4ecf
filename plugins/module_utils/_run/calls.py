"""The modules that the roles call by way of the run, because only the data plane knows their options."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from .._dataplane.registry import data_planes
from . import changes, checks, looks
from .settings import Settings
from .state import Run


@dataclasses.dataclass(frozen=True)
class Call:
    """module: its name. options: those that the run decides on; the role has given the others."""

    module: str
    options: Json


def _plan(run: Run, settings: Settings, subject: str) -> Call:
    change = run.data_plane.change
    return Call(change.module, change.from_variables(settings.declaration(run.data_plane)))


def _restore(run: Run, settings: Settings, subject: str) -> Call:
    return Call(run.data_plane.change.module, run.data_plane.rollback.module_options(run.former))


def _preflight(run: Run, settings: Settings, subject: str) -> Call:
    declaration = settings.declaration(run.data_plane)
    options = {
        **run.data_plane.options.from_variables(declaration),
        **run.data_plane.preflight.from_variables(declaration),
        "ignore": checks.set_aside(run, settings),
    }
    return Call("aks.dataplane.aks_preflight", options)


def _status(run: Run, settings: Settings, subject: str) -> Call:
    asked = run.data_plane.verification.question(changes.configuration(run, settings))
    earlier = looks.earlier(run, settings)
    return Call("aks.dataplane.aks_dataplane_status", {**asked, **({"earlier_look": earlier} if earlier else {})})


def _audit(run: Run, settings: Settings, subject: str) -> Call:
    """subject: what is asked of every cluster, by its key in the entries of an audit."""
    (data_plane,) = (one for one in data_planes() if one.audit.key == subject)
    # What the playbook that switches would see to by itself is no obstacle.
    rule = data_plane.preflight.feature_rule
    excused = [rule] if rule and settings.register_feature else []
    return Call("aks.dataplane.aks_preflight", {**data_plane.audit.options, "ignore": [*settings.ignore, *excused]})


CALLS: t.Mapping[str, t.Callable[[Run, Settings, str], Call]] = {
    "plan": _plan,
    "switch": _plan,
    "restore": _restore,
    "preflight": _preflight,
    "status": _status,
    "audit": _audit,
}
