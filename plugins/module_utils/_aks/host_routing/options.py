"""The options that declare eBPF host routing, and what they come to."""

from __future__ import annotations

import typing as t

from ..._common.argspec import ArgumentSpec
from .configuration import HostRoutingDeclaration

HOST_ROUTING_STATE = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["disabled", "enabled"], "required": True},
        "enable_acns": {"type": "bool", "default": False},
    }
)


def declaration_from_params(params: t.Mapping[str, t.Any]) -> HostRoutingDeclaration:
    """What a module's options declare. params: those of C(HOST_ROUTING_STATE)."""
    return HostRoutingDeclaration(enabled=params["state"] == "enabled", enable_acns=params["enable_acns"])
