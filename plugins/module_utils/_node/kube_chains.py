"""The chains of kube-proxy and kubelet, by what kube-proxy 1.30 and 1.36 have in common."""

from __future__ import annotations

import re

IPTABLES, IPVS, NFTABLES = "iptables", "ipvs", "nftables"
MODES = (IPTABLES, IPVS, NFTABLES)

# Kubelet makes these in every mode, so they show nothing. KUBE-FIREWALL is made by kube-proxy as well, and never removed.
_KUBELET = frozenset({"KUBE-FIREWALL", "KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY", "KUBE-MARK-DROP"})
_SHARED = frozenset({"KUBE-SERVICES", "KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-FORWARD", "KUBE-PROXY-FIREWALL"})
_OF_IPTABLES = frozenset({"KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-CANARY"})
_OF_IPVS = frozenset({"KUBE-IPVS-FILTER", "KUBE-IPVS-OUT-FILTER", "KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-SOURCE-RANGES-FIREWALL"})
# One chain per Service or endpoint, its name ends in a hash.
_NUMEROUS = ("KUBE-SVC-", "KUBE-SVL-", "KUBE-XLB-", "KUBE-SEP-", "KUBE-EXT-", "KUBE-FW-")

# Chains that carry no traffic by themselves: what kube-proxy 1.30 leaves behind, and marks of a mode without effect.
PASSIVE = frozenset({"KUBE-MARK-MASQ", "KUBE-PROXY-CANARY"})

_COMMENTS = (
    "kubernetes service portals",
    "kubernetes postrouting rules",
    "kubernetes load balancer firewall",
    "kubernetes health check service ports",
    "kubernetes externally-visible service portals",
    "kubernetes forwarding rules",
    "kubernetes ipvs access filter",
    "kube-proxy firewall rules",
    "kubernetes health check rules",
)
_HOOK = re.compile(
    r"-A (?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) (?:-m conntrack --ctstate NEW )?"
    rf'-m comment --comment "(?:{"|".join(_COMMENTS)})" -j KUBE-\S+'
)


def is_kubelet(chain: str) -> bool:
    """Whether kubelet makes chains of this name."""
    return chain in _KUBELET


def modes_of(chain: str) -> tuple[str, ...]:
    """The modes of kube-proxy that make a chain of this name; none when it is not kube-proxy's."""
    if chain in _SHARED:
        return (IPTABLES, IPVS)
    if chain in _OF_IPTABLES or chain.startswith(_NUMEROUS):
        return (IPTABLES,)
    return (IPVS,) if chain in _OF_IPVS else ()


def is_kubernetes(chain: str) -> bool:
    """Whether kube-proxy or kubelet makes chains of this name."""
    return is_kubelet(chain) or bool(modes_of(chain))


def is_kubernetes_rule(line: str) -> bool:
    """Whether a line of C(iptables -S) is a rule in such a chain. A node can have a hundred thousand of them."""
    return line.startswith("-A KUBE-") and is_kubernetes(line[len("-A ") :].partition(" ")[0])


def name_pattern(chain: str) -> str:
    """The name, or for one of the many chains with a hash what they have in common: KUBE-SVC-*."""
    return f"{chain[: chain.index('-', len('KUBE-'))]}-*" if chain.startswith(_NUMEROUS) else chain


def is_hook(line: str) -> bool:
    """Whether it is one of the rules by which kube-proxy leads traffic into its chains."""
    return _HOOK.fullmatch(line) is not None
