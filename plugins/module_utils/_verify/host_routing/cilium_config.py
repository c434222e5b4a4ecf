"""What C(cilium-config) holds on AKS by host routing mode, as data."""

from __future__ import annotations

import typing as t

from .model import BPF, LEGACY

Config = t.Mapping[str, str]

# What decides the mode: another value contradicts it, and without a value it is not verified.
PROVING: t.Mapping[str, Config] = {
    BPF: {
        "enable-host-legacy-routing": "false",
        "enable-bpf-masquerade": "true",
        "kube-proxy-replacement": "true",
    },
    LEGACY: {"enable-host-legacy-routing": "true"},
}

# What AKS sets next to it for eBPF host routing. Another value is only worth a note.
USUAL: Config = {
    "enable-ipv4-masquerade": "true",
    "enable-ip-masq-agent": "true",
    "routing-mode": "native",
    "datapath-mode": "veth",
    "bpf-lb-mode": "snat",
    "bpf-lb-acceleration": "disabled",
}

NAME = "cilium-config"


def contradictions(config: Config, mode: str) -> list[str]:
    """What in the configuration speaks against the mode."""
    return [
        f"{NAME} sets {name} to {config[name]}, not {value}."
        for name, value in PROVING[mode].items()
        if name in config and not _same(config[name], value)
    ]


def gaps(config: Config | None, mode: str) -> list[str]:
    """What the configuration should say about the mode, but does not."""
    if config is None:
        return [f"There is no ConfigMap {NAME}."]
    return [f"{NAME} does not set {name}." for name in PROVING[mode] if name not in config]


def notes(config: Config, mode: str) -> list[str]:
    """What is unusual for the mode, but says nothing for or against it."""
    if mode != BPF:
        return []
    return [
        f"{NAME} sets {name} to {config[name]}; with eBPF host routing AKS usually has {value}."
        for name, value in USUAL.items()
        if name in config and not _same(config[name], value)
    ]


def relevant_settings(config: Config) -> dict[str, str]:
    """The settings that matter, of the several hundred that are there."""
    return {name: config[name] for name in (*PROVING[BPF], *USUAL) if name in config}


def _same(seen: str, expected: str) -> bool:
    return seen.strip().lower() == expected
