"""The looks at the nodes in a run: what each goes by, and whether the first one lets the change begin."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from . import changes, leftovers
from .settings import Settings
from .state import Run

# Seconds, as the roles have it.
_POLL_INTERVAL = 10

# As many nodes are named.
_MOST = 10


def looks_first(run: Run, settings: Settings) -> bool:
    """Whether the very look that verifies the change is made before it. A rollback must not depend on the state that it leaves."""
    return settings.reads and bool(run.plan["plan"] or run.passage) and not settings.going_back


def objection(settings: Settings) -> str:
    """Why a look at the nodes that was asked for by name cannot be had, or nothing. A rollback does without it."""
    if not (settings.kubernetes and settings.by_command and settings.node_look in ("exec", "pods")) or settings.going_back:
        return ""
    return (
        f"aks_dataplane_node_look: {settings.node_look} needs a direct connection to the API server of {settings.cluster}, and "
        "aks_dataplane_kubernetes_via is command: the output of AKS's run command is too small for a look at the nodes. Set aks_dataplane_node_look "
        "to auto, ssh or none, or run where the API server can be reached, with aks_dataplane_kubernetes_via: direct."
    )


def unread(settings: Settings) -> list[str]:
    """Why nothing of Kubernetes is read though it was to be, for whoever could allow it."""
    if settings.reads or not settings.kubernetes:
        return []
    return [
        f"{settings.cluster}: nothing is read of Kubernetes, because AKS's run command creates a pod and this is check mode. "
        "To allow it, set aks_dataplane_command_in_check_mode: true."
    ]


def asks(run: Run, settings: Settings) -> bool:
    """Whether a verification has to look at the nodes.

    What the wait saw last verifies it, but for what went on between the switch and the end of the wait. Where it ended without having seen the nodes,
    the time is up.
    """
    seen = run.switch and ((run.proved and not changes.watched_from(run, settings)) or run.proof.get("seen") == "not_seen")
    return not settings.check_mode and not seen


def earlier(run: Run, settings: Settings) -> Json:
    """What the next look goes by; nothing for a verification by itself, for which every node counts."""
    if run.phase == "rollback":
        # Once something was changed, the API server is waited for.
        return {**(run.base or _NO_BASE), "answered": True}
    if run.last_look:
        return run.last_look
    if not run.switch:
        return {"answered": True} if run.answered and run.phase != "verification" else {}
    unchanged = not run.continues and run.same and not run.switch.get("changed")
    if unchanged and not settings.require_all_nodes:
        return {"answered": True, "ready_only": True}
    return {"answered": True, **_NO_BASE}


# Every node counts: what it was like before is not known.
_NO_BASE: Json = {"not_verifiable": []}


def base(run: Run, look: Json) -> Json:
    """What later looks are compared with. What a continued run finds may come from the run that was cut off, and so excuses no node.

    That no node is as wanted before the change is not held against it.
    """
    return {"answered": True, **_NO_BASE} if run.continues else {**look, "bad_since": {}}


def patience(run: Run, settings: Settings) -> dict[str, t.Any]:
    """How long a look waits, in seconds."""
    return {
        "wait_timeout": settings.rollout_timeout or run.data_plane.verification.rollout_timeout,
        "poll_interval": settings.poll_interval or _POLL_INTERVAL,
    }


def refusal(status: Json, settings: Settings) -> str:
    """Why the change must not begin, from the result of the look before it, or nothing."""
    look, verdict = status["look"], status["verdict"]
    first = f"{settings.cluster}: the change could not be verified afterwards, so the run does not begin it."
    by_choice = "To change the cluster without verification, set aks_dataplane_kubernetes to false."
    if look["not_verifiable"] is None:
        return " ".join([first, "The nodes could not be seen.", *verdict["reasons"], by_choice])
    if not look["verifiable"]:
        return " ".join([first, "No node can be verified now.", _named(verdict, look["not_verifiable"]), by_choice])
    if look["not_verifiable"] and settings.require_all_nodes:
        return (
            f"{settings.cluster}: not every node can be verified, and aks_dataplane_require_all_nodes is true. "
            f"{_named(verdict, look['not_verifiable'])}"
        )
    return ""


def lines(run: Run, status: Json, settings: Settings) -> list[dict[str, str]]:
    """Which nodes cannot be verified before the change and so fail nothing after it, as a C(label) for the list and a C(text)."""
    names = base(run, status["look"])["not_verifiable"]
    if not names:
        return []
    text = f"{settings.cluster}: nodes that cannot be verified before the change do not count after it: {_named(status['verdict'], names)}"
    return [{"label": "nodes", "text": text}]


def _named(verdict: Json, names: t.Sequence[str]) -> str:
    reasons = {one["name"]: "; ".join(one["reasons"]) for one in verdict["not_verifiable"]}
    found = [f"{name} ({reasons[name]})" if reasons.get(name) else name for name in names[:_MOST]]
    more = [f"and {len(names) - _MOST} more"] if len(names) > _MOST else []
    return f"{', '.join([*found, *more])}."


def extent(proof: Json, left: Json) -> str:
    """On how many nodes something is verified, which are not, and what is left there, as C(leftovers.summary) has it."""
    names = [one["name"] for one in proof.get("not_verifiable") or []]
    unverified = f" Not verified, because they were not verifiable before the change: {_named(proof, names)}" if names else ""
    return f"verified on {proof['nodes_wanted']} of {proof['nodes_total']} nodes ({leftovers.extent(left)}).{unverified}"
