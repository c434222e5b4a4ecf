"""The options that declare eBPF host routing, and what they come to."""

from __future__ import annotations

import typing as t

from ..._common.argspec import ArgumentSpec
from .configuration import Wanted

HOST_ROUTING_STATE = ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["disabled", "enabled"], "required": True},
        "enable_acns": {"type": "bool", "default": False},
    }
)


def wanted_from_params(params: t.Mapping[str, t.Any]) -> Wanted:
    """What a module's options declare."""
    return Wanted(enabled=params["state"] == "enabled", enable_acns=params["enable_acns"])
