"""What a cluster's states mean for a change. C(raw) is always the body of a cluster, of any api-version."""

from __future__ import annotations

import re
import typing as t

from .._common.json_parts import object_of, objects_of

Raw = t.Mapping[str, t.Any]

# AKS invents states, all of them like Updating, RotatingClusterCertificates, UpgradingNodeImageVersion. Running is the one that is no work.
_WORKING = re.compile(r"[A-Z]?[a-z]*ing([A-Z].*)?|[A-Z]*ING")
_FAILED = frozenset({"failed", "canceled", "cancelled"})


def provisioning_state(raw: Raw) -> str:
    """The cluster's state as ARM spells it; V(Succeeded) when ARM does not say."""
    return object_of(raw, "properties").get("provisioningState") or "Succeeded"


def busy_with(raw: Raw) -> str | None:
    """The state of the cluster, or of its first pool, that is still being worked on; none when a change may be sent."""
    pools = objects_of(object_of(raw, "properties"), "agentPoolProfiles")
    states = [provisioning_state(raw), *(pool.get("provisioningState") or "" for pool in pools)]
    return next((state for state in states if is_working(state)), None)


def is_working(state: str) -> bool:
    """Whether a provisioning state is one that ends by itself, judged by its form: AKS publishes no list of its states."""
    return state.lower() != "running" and _WORKING.fullmatch(state) is not None


def has_failed(raw: Raw) -> bool:
    """Whether the last operation failed or was cancelled; AKS then stores what it may not have carried out."""
    return provisioning_state(raw).lower() in _FAILED


def is_deleting(raw: Raw) -> bool:
    """Whether the cluster is on its way out."""
    return provisioning_state(raw).lower() == "deleting"


def is_stopped(raw: Raw) -> bool:
    """By the power state, which is independent of the provisioning state; without one the cluster runs."""
    power = object_of(object_of(raw, "properties"), "powerState")
    return str(power.get("code") or "").lower() == "stopped"


def failure_message(raw: Raw) -> str:
    """AKS's own words for why the last operation failed; empty when it gives none."""
    error = object_of(object_of(object_of(raw, "properties"), "status"), "provisioningError")
    inner = object_of(error, "error") or error
    return ": ".join(str(inner[key]) for key in ("code", "message") if inner.get(key))
