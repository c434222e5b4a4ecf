"""eBPF host routing as the data plane of a run."""

from __future__ import annotations

from .data_plane import DataPlane
from .settings import HOST_ROUTING, Json, Settings

_IN_WORDS = {"enabled": "eBPF host routing", "disabled": "legacy host routing"}


def _left_on(before: Json, after: Json) -> bool:
    """The module leaves ACNS on when it disables host routing."""
    return not (before.get("acns") or {}).get("enabled", True) and bool((after.get("acns") or {}).get("enabled"))


def _left_on_text(settings: Settings) -> str:
    return (
        "Advanced Container Networking Services, which this run switched on, are still on, and are billed. To switch them off: az aks update "
        f"--resource-group {settings.resource_group} --name {settings.cluster} --disable-acns"
    )


DATA_PLANE = DataPlane(
    subject="host_routing",
    variable=HOST_ROUTING,
    example="aks_dataplane_host_routing=enabled",
    playbook="aks.dataplane.ebpf_host_routing",
    # A change replaces every node of every pool.
    wait_timeout=14400,
    rollout_timeout=3600,
    # A right that is missing must show before every node is replaced, and not as a failed proof that replaces them once more.
    looks_first=True,
    monitor_lines=True,
    # It is generally available.
    needs_feature=lambda settings: False,
    resolves=False,
    declared=lambda settings: {"state": settings.host_routing},
    in_words=lambda configuration: _IN_WORDS[configuration["state"]],
    wanted_in_words=lambda settings: "eBPF host routing" if settings.host_routing == "enabled" else "the configuration",
    value_in_words=lambda value: f"eBPF host routing {value}",
    # ACNS are not taken back, so that they are no configuration to go back to.
    same=lambda before, after: before.get("state") == after.get("state"),
    preflight_options=lambda settings: {"enable_acns": settings.enable_acns, "ruleset_nodes": list(settings.ruleset_nodes)},
    question=lambda configuration: {"host_routing": configuration["state"]},
    # Rules that something tried to write on the nodes before the switch say nothing of what it came to.
    watched=lambda settings: settings.host_routing == "enabled",
    restoring=lambda former: former["state"],
    left_on=_left_on,
    left_on_text=_left_on_text,
)
