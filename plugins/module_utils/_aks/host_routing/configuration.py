"""eBPF host routing of a cluster: what its configuration means, what is wanted, and what has to be sent.

The leaf in ARM is C(properties.networkProfile.advancedNetworking), Advanced Container Networking Services (ACNS). AKS replaces it as a whole, and
omitted parts of it are reset to a default; so all of it is sent, though only C(performance.accelerationMode) is to change.
https://learn.microsoft.com/azure/aks/container-network-performance-ebpf-host-routing describes it.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ..._common.errors import DataplaneError
from ..._common.json_parts import object_of
from ..._common.result import Change
from ..body import object_at
from ..comparison import Comparison
from ..names import canonical

LEAF = ("properties", "networkProfile", "advancedNetworking")

ENABLED = "BpfVeth"
DISABLED = "None"
FEATURES = ("observability", "security")

PRICES = "https://azure.microsoft.com/pricing/details/azure-container-networking-services/"

ROLLING = "AKS replaces every node of every node pool for this (reimage), in a rolling upgrade that drains each node first."


@dataclasses.dataclass(frozen=True)
class HostRouting:
    """acceleration_mode: the mode in effect, V(BpfVeth) or V(None). acns, observability, security: whether each of them is on."""

    acceleration_mode: str = DISABLED
    acns: bool = False
    observability: bool = False
    security: bool = False

    @property
    def enabled(self) -> bool:
        return self.acceleration_mode == ENABLED

    def to_dict(self) -> dict[str, t.Any]:
        """In the spelling of module results: two equal ones are the same to a cluster."""
        return {
            "state": "enabled" if self.enabled else "disabled",
            "acceleration_mode": self.acceleration_mode,
            "acns": {"enabled": self.acns, "observability": self.observability, "security": self.security},
        }


@dataclasses.dataclass(frozen=True)
class HostRoutingDeclaration:
    """What the operator declared. enable_acns: ACNS, which costs money, may be enabled where it is disabled."""

    enabled: bool
    enable_acns: bool = False


def effective(raw: t.Mapping[str, t.Any] | None) -> HostRouting:
    """What the raw leaf means: nothing of it is in effect without C(enabled), and with it both features are on unless they are off."""
    if raw is None or raw.get("enabled") is not True:
        return HostRouting()
    return HostRouting(
        acceleration_mode=_stored_mode(raw),
        acns=True,
        observability=object_of(raw, "observability").get("enabled") is not False,
        security=object_of(raw, "security").get("enabled") is not False,
    )


def raw_leaf(cluster: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The leaf in a cluster's ARM body."""
    return object_at(cluster, LEAF)


def compare(cluster: t.Mapping[str, t.Any], wanted: HostRoutingDeclaration) -> Comparison:
    """The cluster's host routing against the wanted one, by what it means and not by how it is spelled.

    cluster: its ARM body. DataplaneError when the wanted one needs ACNS and may not enable it.
    """
    raw = raw_leaf(cluster)
    current = effective(raw)
    if wanted.enabled and not current.acns and not wanted.enable_acns:
        raise DataplaneError(
            "eBPF host routing is part of Advanced Container Networking Services (ACNS), which is disabled in this cluster. "
            "ACNS is a paid service, so the module does not enable it without your consent. Nothing was changed.",
            remedy=f"To enable this paid service, set the option enable_acns to true (prices: {PRICES}).",
            code="AcnsDisabled",
        )
    value = _leaf_value(raw, wanted)
    target = effective(value)
    return Comparison(
        before=current.to_dict(),
        after=target.to_dict(),
        changes=_changes(current, target),
        leaf=LEAF,
        value=value,
        notes=() if current == target else _notes(current, target),
        disruption="reimage",
    )


def _leaf_value(raw: t.Mapping[str, t.Any] | None, wanted: HostRoutingDeclaration) -> dict[str, t.Any] | None:
    """The whole leaf with the mode set in it; keys that this collection does not know stay, at every depth."""
    if raw is None and not wanted.enabled:
        return None
    leaf = {} if raw is None else copy.deepcopy(dict(raw))
    if wanted.enabled and leaf.get("enabled") is not True:
        _switch_acns_on(leaf)
    leaf["performance"] = {**object_of(leaf, "performance"), "accelerationMode": ENABLED if wanted.enabled else DISABLED}
    return leaf


def _switch_acns_on(leaf: dict[str, t.Any]) -> None:
    """A leaf of ACNS that is off shows its features as off, and AKS refuses ACNS without any of them; on by itself it has both."""
    leaf["enabled"] = True
    if not any(object_of(leaf, feature).get("enabled") is True for feature in FEATURES):
        for feature in FEATURES:
            leaf[feature] = {**object_of(leaf, feature), "enabled": True}


def _notes(current: HostRouting, target: HostRouting) -> tuple[str, ...]:
    if not target.enabled:
        return (ROLLING, "ACNS, a paid service, stays enabled.")
    if current.acns:
        return (ROLLING,)
    features = " and ".join(feature for feature in FEATURES if getattr(target, feature))
    return (ROLLING, f"ACNS, a paid service, is enabled by this, with {features}.")


def _changes(current: HostRouting, target: HostRouting) -> tuple[Change, ...]:
    """One item for each property that differs; all of them are carried out by the one update that replaces the nodes."""
    before, after = _by_path(current), _by_path(target)
    return tuple(Change(path, before[path], after[path], "reimage") for path in before if before[path] != after[path])


def _by_path(config: HostRouting) -> dict[str, t.Any]:
    prefix = ".".join(LEAF)
    return {
        f"{prefix}.enabled": config.acns,
        f"{prefix}.observability.enabled": config.observability,
        f"{prefix}.security.enabled": config.security,
        f"{prefix}.performance.accelerationMode": config.acceleration_mode,
    }


def _stored_mode(raw: t.Mapping[str, t.Any]) -> str:
    """No mode is V(None); a mode that is not known here stays as it is."""
    return canonical(object_of(raw, "performance").get("accelerationMode"), (ENABLED, DISABLED)) or DISABLED
