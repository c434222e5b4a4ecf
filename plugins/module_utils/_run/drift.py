"""What a verification by itself finds besides the configuration of the nodes: what somebody has changed since the switch, or forgotten."""

from __future__ import annotations

import typing as t

from .._dataplane.declaration import Json
from . import leftovers, node_looks, texts, waivers
from .settings import Settings
from .state import OF_NODES, Run

AZURE, WAIVER, LEFTOVERS = "azure", "waiver", "leftovers"


def by_itself(run: Run) -> bool:
    """Whether nodes are verified that no switch of this run has changed."""
    return run.phase == "verification" and not run.switch


def looks_at_nodes(run: Run, settings: Settings) -> bool:
    """Whether leftovers are looked for: only where the look is asked for by name, because it runs commands on every node."""
    asked = settings.node_look in ("exec", "pods", "ssh")
    return by_itself(run) and asked and run.data_plane.verification.leaves_rules and not settings.check_mode


def found(run: Run, settings: Settings) -> list[dict[str, str]]:
    """All deviations, each with its C(kind) and a C(message); empty in a run that switches."""
    if not by_itself(run):
        return []
    every = (*_of_nodes(run), *_of_azure(run), *_of_waivers(settings), *_of_leftovers(run, settings))
    return [{"kind": kind, "message": message} for kind, message in every]


def lines(deviations: t.Sequence[Json], settings: Settings) -> list[str]:
    """One for each deviation. What is wrong with the nodes is the reason that the run fails for, and stands there."""
    return [texts.phase(settings, "drift", f"{one['kind']}: {one['message']}") for one in deviations if one["kind"] != OF_NODES]


def refusal(deviations: t.Sequence[Json], settings: Settings) -> str:
    """Why a verification fails whose nodes are as wanted, or nothing."""
    if not deviations:
        return ""
    kinds = ", ".join(dict.fromkeys(one["kind"] for one in deviations))
    lines_above = "the line that begins" if len(deviations) == 1 else f"the {len(deviations)} lines that begin"
    return (
        f"{settings.cluster}: every node is as declared, but there is drift ({kinds}). See {lines_above} with '{settings.cluster} | drift'."
    )


def _of_nodes(run: Run) -> t.Iterator[tuple[str, str]]:
    if not run.proved:
        for reason in run.proof.get("reasons") or ():
            yield OF_NODES, reason


def _of_azure(run: Run) -> t.Iterator[tuple[str, str]]:
    if not run.plan:
        yield AZURE, "the setting could not be read, so that nobody knows what AKS gives to the next node. See the reason above."
    for change in run.plan.get("plan") or ():
        before, after = texts.value(change["before"]), texts.value(change["after"])
        yield (
            AZURE,
            (
                f"{change['path']} is {before}, and {after} is declared. Find out who changed it (the activity log of the cluster), and run the "
                "switch again, or change the declaration."
            ),
        )


def _of_waivers(settings: Settings) -> t.Iterator[tuple[str, str]]:
    for one in waivers.given(settings):
        if one.is_expired(settings.today):
            ticket = f" ({one.ticket})" if one.ticket else ""
            yield WAIVER, f"the waiver of {one.id} expired on {one.until}{ticket}. Renew it, or remove it and run the preflight."


def _of_leftovers(run: Run, settings: Settings) -> t.Iterator[tuple[str, str]]:
    if not looks_at_nodes(run, settings):
        return
    if not run.leftovers:
        yield LEFTOVERS, "no node could be inspected. See the reason above."
        return
    held, removable = leftovers.staying(run.leftovers)
    if held or removable:
        first = "Remove the third-party rules, then set" if held else "Set"
        yield (
            LEFTOVERS,
            (
                f"{leftovers.extent(run.leftovers)}. {first} aks_dataplane_leftovers: remove for a run of the switch, or upgrade the node images: "
                "az aks nodepool upgrade --node-image-only."
            ),
        )
    for one in run.leftovers.get("probers") or ():
        yield (
            LEFTOVERS,
            (
                f"an interrupted run has left the prober pods and the ConfigMap {one['name']}. The next run that measures with from: cluster removes them, and "
                f"so does: {one['removal']}"
            ),
        )
    if run.leftovers["unseen"]:
        yield LEFTOVERS, f"not everything could be inspected on {node_looks.named(run.leftovers['unseen'])}. See the reasons above."
