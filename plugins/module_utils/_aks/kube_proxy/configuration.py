"""The kube-proxy configuration of a cluster: what it means, what is wanted, and what has to be sent.

The leaf in ARM is C(properties.networkProfile.kubeProxyConfig). AKS's own reading of it: no leaf is kube-proxy enabled in IPTABLES mode;
a leaf without C(enabled) is kube-proxy disabled, since AKS leaves C(false) out of its answers.
https://learn.microsoft.com/azure/aks/configure-kube-proxy describes it.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ..._common.errors import DataplaneError
from ..._common.result import Change
from ..body import object_at
from ..comparison import Comparison
from ..names import canonical

MODES = ("IPTABLES", "IPVS", "NFTABLES")
SCHEDULERS = ("LeastConnection", "RoundRobin")
LEAF = ("properties", "networkProfile", "kubeProxyConfig")

# Setting of IpvsConfig -> its key in ARM.
IPVS_KEYS = {
    "scheduler": "scheduler",
    "tcp_timeout_seconds": "tcpTimeoutSeconds",
    "tcp_fin_timeout_seconds": "tcpFinTimeoutSeconds",
    "udp_timeout_seconds": "udpTimeoutSeconds",
}


@dataclasses.dataclass(frozen=True)
class IpvsConfig:
    """Settings of the IPVS mode; none is AKS's default. Times are in seconds."""

    scheduler: str | None = None
    tcp_timeout_seconds: int | None = None
    tcp_fin_timeout_seconds: int | None = None
    udp_timeout_seconds: int | None = None

    def over(self, base: IpvsConfig | None) -> IpvsConfig:
        """These settings, and those of C(base) where these have none."""
        if base is None:
            return self
        own = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        return dataclasses.replace(base, **own)

    def to_dict(self) -> dict[str, t.Any]:
        """In the spelling of module results: a setting that is not set is null."""
        return dataclasses.asdict(self)

    def to_arm(self) -> dict[str, t.Any]:
        """In ARM's spelling: a setting that is not set is left out, which AKS takes for kube-proxy's own default."""
        return {IPVS_KEYS[name]: value for name, value in dataclasses.asdict(self).items() if value is not None}


@dataclasses.dataclass(frozen=True)
class KubeProxyConfig:
    """What kube-proxy does; C(mode) of a disabled one is what it would be when enabled. C(ipvs) only with mode IPVS."""

    enabled: bool = True
    mode: str = "IPTABLES"
    ipvs: IpvsConfig | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """The effective meaning in the spelling of the modules' options: two equal ones are the same to a cluster."""
        if not self.enabled:
            return {"enabled": False, "mode": None, "ipvs_config": None}
        return {"enabled": True, "mode": self.mode, "ipvs_config": self.ipvs.to_dict() if self.ipvs else None}

    def to_arm(self) -> dict[str, t.Any]:
        """The effective meaning in the shape that ARM and C(az aks update --kube-proxy-config) take."""
        if not self.enabled:
            return {"enabled": False}
        ipvs = {"ipvsConfig": self.ipvs.to_arm()} if self.ipvs else {}
        return {"enabled": True, "mode": self.mode, **ipvs}


DEFAULT = KubeProxyConfig()


@dataclasses.dataclass(frozen=True)
class KubeProxyDeclaration:
    """What the operator declared.

    kind: V(default) = AKS's default; V(partial) = C(enabled), C(mode), C(ipvs) where they are not none, the rest stays as it is;
    V(whole) = C(config), in ARM's shape, replaces everything.
    """

    kind: t.Literal["default", "partial", "whole"]
    enabled: bool | None = None
    mode: str | None = None
    ipvs: IpvsConfig | None = None
    config: t.Mapping[str, t.Any] | None = None

    @property
    def declared_mode(self) -> str | None:
        """The mode that is asked for, whatever the cluster has; none when that stays."""
        return self.mode if self.kind == "partial" else resolve(DEFAULT, self).mode


def _ipvs(raw: t.Any) -> IpvsConfig | None:
    """The settings in ARM's C(ipvsConfig); an empty one is none."""
    if not isinstance(raw, dict):
        return None
    settings: dict[str, t.Any] = {name: raw.get(key) for name, key in IPVS_KEYS.items()}
    settings["scheduler"] = canonical(settings["scheduler"], SCHEDULERS)
    config = IpvsConfig(**settings)
    return None if config == IpvsConfig() else config


def effective(raw: t.Mapping[str, t.Any] | None) -> KubeProxyConfig:
    """What the raw leaf means."""
    if raw is None:
        return DEFAULT
    mode = canonical(raw.get("mode"), MODES) or DEFAULT.mode
    return KubeProxyConfig(enabled=raw.get("enabled") is True, mode=mode, ipvs=_ipvs(raw.get("ipvsConfig")) if mode == "IPVS" else None)


def raw_leaf(cluster: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The leaf in a cluster's ARM body."""
    return object_at(cluster, LEAF)


def resolve(current: KubeProxyConfig, wanted: KubeProxyDeclaration) -> KubeProxyConfig:
    """What a cluster with the current configuration will have. DataplaneError for settings of the IPVS mode with another one."""
    if wanted.kind == "default":
        return DEFAULT
    if wanted.kind == "whole":
        return effective(wanted.config)
    return _resolve_partial(current, wanted)


def _resolve_partial(current: KubeProxyConfig, wanted: KubeProxyDeclaration) -> KubeProxyConfig:
    mode = wanted.mode or current.mode
    if wanted.ipvs is not None and mode != "IPVS":
        raise DataplaneError(
            f"ipvs_config is set without mode, but the cluster's kube-proxy mode is {mode}.",
            remedy="Set mode to IPVS too, or remove ipvs_config.",
            code="IpvsConfigWithoutIpvs",
        )
    enabled = wanted.enabled
    if enabled is None:
        enabled = True if wanted.mode is not None or wanted.ipvs is not None else current.enabled
    if mode != "IPVS":
        return KubeProxyConfig(enabled, mode)
    ipvs = (wanted.ipvs or IpvsConfig()).over(current.ipvs)
    return KubeProxyConfig(enabled, mode, None if ipvs == IpvsConfig() else ipvs)


def compare(cluster: t.Mapping[str, t.Any], wanted: KubeProxyDeclaration) -> Comparison:
    """The cluster's kube-proxy configuration against the wanted one, by what they mean and not by how they are spelled.

    cluster: its ARM body. DataplaneError when the two together cannot be.
    """
    raw = raw_leaf(cluster)
    current = effective(raw)
    target = resolve(current, wanted)
    return Comparison(
        before=current.to_dict(),
        after=target.to_dict(),
        changes=config_changes(current, target),
        leaf=LEAF,
        value=_leaf_value(raw, wanted, target, keep_ipvs=current.mode == "IPVS"),
    )


def _leaf_value(
    raw: dict[str, t.Any] | None, wanted: KubeProxyDeclaration, target: KubeProxyConfig, *, keep_ipvs: bool
) -> dict[str, t.Any]:
    if wanted.kind == "default":
        # Leaving the leaf out would not reset it: AKS keeps what it has stored.
        return DEFAULT.to_arm()
    if wanted.kind == "whole":
        return {} if wanted.config is None else copy.deepcopy(dict(wanted.config))
    return _merged_leaf({} if raw is None else copy.deepcopy(raw), target, keep_ipvs)


def _merged_leaf(leaf: dict[str, t.Any], target: KubeProxyConfig, keep_ipvs: bool) -> dict[str, t.Any]:
    """The leaf with the target set in it; keys that this collection does not know stay."""
    leaf["enabled"] = target.enabled
    if not target.enabled:
        return leaf
    leaf["mode"] = target.mode
    ipvs = leaf.pop("ipvsConfig", None)
    # AKS refuses these settings with any other mode.
    if target.mode == "IPVS":
        kept = ipvs if keep_ipvs and isinstance(ipvs, dict) else {}
        merged = {**kept, **(target.ipvs.to_arm() if target.ipvs else {})}
        if merged:
            leaf["ipvsConfig"] = merged
    return leaf


def config_changes(current: KubeProxyConfig, target: KubeProxyConfig) -> tuple[Change, ...]:
    """One item for each property that differs; each of them makes AKS roll the kube-proxy DaemonSet out again."""
    before, after = _by_path(current), _by_path(target)
    paths = (path for path in {**before, **after} if before.get(path) != after.get(path))
    return tuple(Change(path, before.get(path), after.get(path), "restart") for path in paths)


def _by_path(config: KubeProxyConfig) -> dict[str, t.Any]:
    prefix = ".".join(LEAF)
    effects = config.to_dict()
    flat = {f"{prefix}.enabled": effects["enabled"], f"{prefix}.mode": effects["mode"]}
    ipvs = effects["ipvs_config"]
    for name, value in () if ipvs is None else ipvs.items():
        flat[f"{prefix}.ipvsConfig.{IPVS_KEYS[name]}"] = value
    return flat
