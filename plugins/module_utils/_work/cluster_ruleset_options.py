"""The options of M(aks.dataplane.aks_node_ruleset), and what they ask for."""

from __future__ import annotations

import re
import typing as t

from .._arm.argspec import AZURE, CLUSTER
from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._common.waiting import check_wait_arguments, wait_arguments
from .._kube.argspec import HOME, KUBERNETES, SERVER
from .._nft.tables_spec import SUBOPTIONS

PRESENT, ABSENT, PAUSED = "present", "absent", "paused"
SOURCES = ("content", "src", "tables")

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
_AMOUNT = re.compile(r"[1-9][0-9]{0,4}|(?:[1-9][0-9]?|100)%")
_MOST_SECONDS = 3600


def arguments() -> ArgumentSpec:
    """All options; of the three that declare tables, one at most may be given."""
    ruleset = ArgumentSpec(
        options={
            "ruleset": {"type": "str", "required": True},
            "content": {"type": "str"},
            "src": {"type": "path"},
            "tables": {"type": "list", "elements": "dict", "options": SUBOPTIONS},
            "state": {"type": "str", "choices": [PRESENT, ABSENT, PAUSED], "default": PRESENT},
            "node_labels": {"type": "dict"},
            "node_pools": {"type": "list", "elements": "str"},
            "node_os": {"type": "list", "elements": "str"},
            "max_unavailable": {"type": "str", "default": "1"},
            "min_ready_seconds": {"type": "int", "default": 30},
            "lockout_timeout": {"type": "int", "default": 60},
            "namespace": {"type": "str", "default": "aks-dataplane"},
            "image": {"type": "str", "default": "mcr.microsoft.com/oss/v2/kubernetes/pause:3.6"},
            "allow_cilium": {"type": "bool", "default": False},
            "keeper_update": {"type": "bool", "default": False},
            "adopt": {"type": "bool", "default": False},
            "render_to": {"type": "path"},
            "wire_origin": {"type": "str"},
            "wire_segments": {"type": "list", "elements": "raw"},
        },
        mutually_exclusive=(SOURCES,),
    )
    return CLUSTER.merge(AZURE, KUBERNETES, SERVER, HOME, wait_arguments(timeout=3600), ruleset)


def check(params: t.Mapping[str, t.Any]) -> None:
    """DataplaneError for values that the argument spec lets through."""
    check_wait_arguments(dict(params))
    if not _NAME.fullmatch(params["ruleset"]):
        raise DataplaneError(
            f"ruleset is {params['ruleset']!r}, but must be at most 30 lower case letters, digits and hyphens, begin with a letter, and not end with a hyphen."
        )
    if not _AMOUNT.fullmatch(params["max_unavailable"]):
        raise DataplaneError(
            f"max_unavailable is {params['max_unavailable']!r}, but must be a number from 1 on, or a percentage up to 100%."
        )
    for name, least in (("min_ready_seconds", 0), ("lockout_timeout", 10)):
        if not least <= params[name] <= _MOST_SECONDS:
            raise DataplaneError(f"{name} is {params[name]}, but must be from {least} to {_MOST_SECONDS} seconds.")
    if params["state"] == PRESENT and all(params[name] is None for name in SOURCES):
        raise DataplaneError("state present needs content, src or tables, which declare the tables.")
    if params["render_to"] and params["state"] != PRESENT:
        raise DataplaneError(f"render_to writes objects that keep tables, so it cannot be used with state {params['state']}.")


def max_unavailable(params: t.Mapping[str, t.Any]) -> int | str:
    """As Kubernetes takes it: a number, or text with a percentage."""
    text = str(params["max_unavailable"])
    return text if text.endswith("%") else int(text)
