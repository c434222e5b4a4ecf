"""Which clusters go back to what they had, by the statistics of an earlier run."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._dataplane.registry import by_variable
from .settings import Settings

# A cluster with another verdict is well, or back already.
_UNWELL = ("planned", "failed", "rollback_failed", "not_proved")


@dataclasses.dataclass(frozen=True)
class Return:
    """objection: why the statistics are refused, or nothing. text: whether and to what the cluster goes back.

    variable, value: what declares that; nothing when the cluster stays as it is.
    """

    objection: str = ""
    text: str = ""
    variable: str = ""
    value: t.Any = None


def going_back_to(settings: Settings) -> Return:
    """What the statistics of the earlier run say of this cluster, or the objection to statistics that no run sets."""
    host = settings.host
    all_before = settings.statistics_before
    verdict = str(settings.statistics_verdicts.get(host) or "")
    before = all_before.get(host, {}) if isinstance(all_before, t.Mapping) else all_before
    wanted = before if verdict in ("", *_UNWELL) else {}
    if not isinstance(wanted, t.Mapping) or (wanted and [*wanted] not in [[variable] for variable in by_variable()]):
        return Return(
            objection=(
                f"aks_dataplane_before has for {host} {json.dumps(wanted)}, which is not what a run of this collection tells. Give what the "
                f'statistics of the earlier run name, for example {{"{host}": {{"aks_dataplane_kube_proxy": {{"config": {{"enabled": true, '
                '"mode": "IPTABLES"}}}}.'
            )
        )
    if not wanted:
        why = f"its verdict is {verdict}" if before else "it is not in aks_dataplane_before: nothing was changed in it"
        return Return(text=f"{settings.cluster}: stays as it is, because {why}.")
    ((variable, value),) = wanted.items()
    words = by_variable()[variable].rollback.in_words(value)
    return Return(text=f"{settings.cluster}: goes back to {words}.", variable=variable, value=value)


def hidden(settings: Settings, variable: str, value: t.Any) -> str:
    """Why the cluster cannot go back although C(variable) was set to C(value), or nothing."""
    if settings.declared.get(variable) == value:
        return ""
    return f"{variable} is an extra variable, which hides what {settings.host} is to go back to. Leave it out."
