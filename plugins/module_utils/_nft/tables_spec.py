"""The suboptions of the option C(tables), as an argument spec. Apart from what is done with them, which only the controller does."""

from __future__ import annotations

import typing as t

from .._node.netlink_messages import FAMILIES

# Those that netdev tables have; inet tables may have them, too.
DEVICE_HOOKS = ("ingress", "egress")

_Spec = dict[str, t.Any]


def _text(**more: t.Any) -> _Spec:
    return {"type": "str", **more}


def _list(options: _Spec, **more: t.Any) -> _Spec:
    return {"type": "list", "elements": "dict", "options": options, **more}


_NAMED: _Spec = {"name": _text(required=True), "comment": _text()}
_ONE_TYPE: _Spec = {"required_one_of": [("type", "typeof")], "mutually_exclusive": [("type", "typeof")]}
_ELEMENT: _Spec = {"timeout": _text(), "comment": _text()}
SET_ELEMENT: _Spec = {"element": _text(required=True), **_ELEMENT}
RULE: _Spec = {"rule": _text(required=True), "comment": _text()}
_SET: _Spec = {
    **_NAMED,
    "type": _text(),
    "typeof": _text(),
    "flags": {"type": "list", "elements": "str", "choices": ["constant", "interval", "timeout", "dynamic"]},
    "timeout": _text(),
    "size": {"type": "int"},
    "policy": _text(choices=["performance", "memory"]),
    "counter": {"type": "bool"},
}

# As an argument spec. What stands in a raw list is in MIXED.
SUBOPTIONS: _Spec = {
    "family": _text(required=True, choices=list(FAMILIES.values())),
    **_NAMED,
    "flags": {"type": "list", "elements": "str", "choices": ["dormant"]},
    "chains": _list(
        {
            **_NAMED,
            "type": _text(choices=["filter", "nat", "route"]),
            "hook": _text(choices=["prerouting", "input", "forward", "output", "postrouting", *DEVICE_HOOKS]),
            "priority": _text(),
            "policy": _text(choices=["accept", "drop"]),
            "devices": {"type": "list", "elements": "str"},
            "rules": {"type": "list", "elements": "raw"},
        },
        required_together=[("type", "hook", "priority")],
        required_by={"policy": ("hook",), "devices": ("hook",)},
    ),
    # A gc_interval of maps is known to newer versions of nft only.
    "sets": _list(
        {**_SET, "gc_interval": _text(), "auto_merge": {"type": "bool"}, "elements": {"type": "list", "elements": "raw"}}, **_ONE_TYPE
    ),
    "maps": _list(
        {**_SET, "elements": _list({"key": _text(required=True, no_log=False), "value": _text(required=True), **_ELEMENT})},
        **_ONE_TYPE,
    ),
    "counters": _list(_NAMED),
    "quotas": _list({**_NAMED, "quota": _text(required=True)}),
    "limits": _list({**_NAMED, "rate": _text(required=True)}),
}

# Items of raw lists: text, or a dictionary of this shape.
MIXED: dict[str, _Spec] = {"rules": RULE, "elements": SET_ELEMENT}
