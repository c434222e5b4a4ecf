"""All data planes. Whatever is about more than one of them goes through here."""

from __future__ import annotations

import typing as t

from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._preflight.rule import Rule
from .data_plane import DataPlane, Params
from .host_routing import HOST_ROUTING
from .kube_proxy import KUBE_PROXY

_DATA_PLANES: dict[str, DataPlane] = {}


def register(data_plane: DataPlane) -> None:
    """Make it known; a name, a variable, an option or a rule that another one has already is a ValueError."""
    for other in _DATA_PLANES.values():
        alike = {data_plane.name, data_plane.variable} & {other.name, other.variable}
        alike |= set(data_plane.options.declaring) & set(other.options.declaring)
        alike |= {rule.id for rule in data_plane.preflight.rules} & {rule.id for rule in other.preflight.rules}
        if alike:
            raise ValueError(f"{data_plane.name} and {other.name} both have {', '.join(sorted(alike))}")
    _DATA_PLANES[data_plane.name] = data_plane


for _one in (KUBE_PROXY, HOST_ROUTING):
    register(_one)


def data_planes() -> tuple[DataPlane, ...]:
    """In the order in which they were made known."""
    return tuple(_DATA_PLANES.values())


def by_name(name: str) -> DataPlane:
    """KeyError for a name that there is not."""
    return _DATA_PLANES[name]


def by_configuration(configuration: t.Mapping[str, t.Any]) -> DataPlane:
    """The data plane whose module returns such a configuration; DataplaneError where none does."""
    for one in data_planes():
        if one.record.key in configuration:
            return one
    keys = " or ".join(one.record.key for one in data_planes())
    raise DataplaneError(f"The configuration {sorted(configuration)} is of no known data plane.", remedy=f"It must have the key {keys}.")


def by_variable() -> dict[str, DataPlane]:
    """All data planes, by the variable that declares each."""
    return {one.variable: one for one in data_planes()}


def rules() -> dict[str, Rule]:
    """The rules of all data planes, by id."""
    return {rule.id: rule for one in data_planes() for rule in one.preflight.rules}


def options() -> ArgumentSpec:
    """The options that declare a data plane in the modules that serve all: at most one of them may be declared."""
    planes = data_planes()
    return ArgumentSpec().merge(*(one.options.spec for one in planes), _only_one_of([one.options.declaring for one in planes]))


def status_options() -> ArgumentSpec:
    """The options of M(aks.dataplane.aks_dataplane_status_info) that say what is wanted: of at most one data plane."""
    specs = [one.verification.options for one in data_planes()]
    return ArgumentSpec().merge(*specs, _only_one_of([tuple(spec.options) for spec in specs]))


def _only_one_of(groups: t.Sequence[tuple[str, ...]]) -> ArgumentSpec:
    """Options of different groups exclude each other."""
    return ArgumentSpec(
        mutually_exclusive=tuple(
            (own, theirs) for position, later in enumerate(groups) for earlier in groups[:position] for own in later for theirs in earlier
        )
    )


def declared(params: Params) -> DataPlane:
    """The data plane that a module's parameters are about; DataplaneError for none, and for two."""
    found = [one for one in data_planes() if one.options.is_declared(params)]
    if len(found) > 1:
        raise DataplaneError(
            f"{' and '.join(one.name for one in found)} are both declared.",
            remedy="Remove one of the two: a cluster has only one of them.",
        )
    if not found:
        options_of_each = "; or ".join(" or ".join(one.options.declaring) for one in data_planes())
        raise DataplaneError("No data plane is declared.", remedy=f"Set {options_of_each}.")
    return found[0]
