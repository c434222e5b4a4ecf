"""What a cluster's states mean for a change."""

from __future__ import annotations

import re
import typing as t

Raw = t.Mapping[str, t.Any]

# AKS invents states, all of them like Updating, RotatingClusterCertificates, UpgradingNodeImageVersion. Running is the one that is no work.
_WORKING = re.compile(r"[A-Z]?[a-z]*ing([A-Z].*)?|[A-Z]*ING")
_FAILED = frozenset({"failed", "canceled", "cancelled"})


def provisioning_state(raw: Raw) -> str:
    """The cluster's state as ARM spells it; V(Succeeded) when ARM does not tell."""
    return (raw.get("properties") or {}).get("provisioningState") or "Succeeded"


def busy_with(raw: Raw) -> str | None:
    """The state of the cluster, or of its first pool, that is still being worked on; none when a change may be sent."""
    pools = (raw.get("properties") or {}).get("agentPoolProfiles") or ()
    states = [provisioning_state(raw), *(pool.get("provisioningState") or "" for pool in pools)]
    return next((state for state in states if is_working(state)), None)


def is_working(state: str) -> bool:
    """Whether a provisioning state is one that ends by itself, judged by its form: AKS publishes no list of its states."""
    return state.lower() != "running" and _WORKING.fullmatch(state) is not None


def has_failed(raw: Raw) -> bool:
    """Whether the last operation failed or was cancelled; AKS then stores what it may not have carried out."""
    return provisioning_state(raw).lower() in _FAILED


def is_deleting(raw: Raw) -> bool:
    return provisioning_state(raw).lower() == "deleting"


def is_stopped(raw: Raw) -> bool:
    """By the power state, which is independent of the provisioning state; without one the cluster runs."""
    power = (raw.get("properties") or {}).get("powerState") or {}
    return str(power.get("code") or "").lower() == "stopped"


def failure_message(raw: Raw) -> str:
    """AKS's own words for why the last operation failed; empty when it does not tell."""
    status = (raw.get("properties") or {}).get("status") or {}
    error = status.get("provisioningError") or {}
    inner: dict[str, t.Any] = error["error"] if isinstance(error.get("error"), dict) else error
    return ": ".join(str(inner[key]) for key in ("code", "message") if inner.get(key))
