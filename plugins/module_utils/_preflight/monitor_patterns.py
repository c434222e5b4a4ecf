"""The patterns of rules that AKS's iptables monitor expects, as published; for clusters where the live ones cannot be read.

The list moves with AKS's releases, so what a cluster's own ConfigMap says always goes before it.
"""

from __future__ import annotations

import typing as t

# State of github.com/Azure/azure-container-networking, test/integration/manifests/cilium/*/ebpf.
BUNDLED_DATE = "2026-08-20"

_GLOBAL = (
    r"^-N .*",
    r"^-P .*",
    r"^-A (KUBE-FIREWALL) .*",
    r"^-A .* -j (KUBE-FIREWALL)",
    r"^-A IP-MASQ-AGENT",
    r"^-A .* -j IP-MASQ-AGENT",
    r"^.*--comment.*cilium:",
    r"^.*--comment.*cilium-feeder:",
    r"^.*--comment.*AKS managed: added by AgentBaker",
    # The blank at the end is part of the pattern.
    r"^-A CILIUM_\S+ ",
)
_WIRE_SERVER = (
    "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 32526 -j DROP",
    "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP",
)
_DHCP = ("-A INPUT -p udp --dport 68 -j ACCEPT",)
_NAT = ("-A POSTROUTING -j SWIFT", "-A SWIFT -s", "-A POSTROUTING -j SWIFT-POSTROUTING", "-A SWIFT-POSTROUTING -s")
_LOCALDNS = (
    r'^-A (PREROUTING|OUTPUT) -d 169\.254\.10\.(10|11)\/32 -p (tcp|udp) -m comment --comment "localdns: skip conntrack" '
    r"-m (tcp|udp) --dport 53 -j NOTRACK$",
    r'^-A OUTPUT -s 169\.254\.10\.(10|11)\/32 -p (tcp|udp) -m comment --comment "localdns: skip conntrack" '
    r"-m (tcp|udp) --sport 53 -j NOTRACK$",
)
_DNS_OF_AZURE = (
    "-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT",
    "-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner --uid-owner 0 -j ACCEPT",
    "-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP",
)


def _file(*patterns: str) -> str:
    return "".join(f"{pattern}\n" for pattern in patterns)


# File name to content, as in the ConfigMaps allowed-iptables-patterns and allowed-ip6tables-patterns.
BUNDLED_IPV4: t.Mapping[str, str] = {
    "global": _file(*_GLOBAL),
    "nat": _file(*_NAT),
    "mangle": _file(*_WIRE_SERVER),
    "filter": _file(*_WIRE_SERVER, *_DHCP),
    "raw": _file(*_LOCALDNS),
    "security": _file(*_DNS_OF_AZURE),
}
BUNDLED_IPV6: t.Mapping[str, str] = {
    "global": _file(*_GLOBAL),
    "nat": _file(*_NAT),
    "mangle": "",
    "filter": _file(*_DHCP),
    "raw": _file(r"^.*--comment.*localdns: skip conntrack"),
    "security": "",
}
