"""The shape of tables as data: the suboptions of the option C(tables), and what each value may look like."""

from __future__ import annotations

import re
import typing as t

FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")

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
    "family": _text(required=True, choices=list(FAMILIES)),
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


class Form(t.NamedTuple):
    """pattern: of the whole value. told: what it has to be."""

    pattern: str
    told: str


_TIME = r"([0-9]+(ms|[smhdw]))+|[0-9]+"
# Nothing that could end the statement in which it stands.
_PLAIN = r"[^\x00-\x1f\x7f\"{};#\\]+"
_ITEM = r"([^\x00-\x1f\x7f\"{};#\\,]|\"[^\x00-\x1f\x7f\"]*\")+"
_PRIORITIES = "raw|mangle|dstnat|filter|security|out|srcnat"

# By the name of the option, where no choices say it.
FORMS = {
    "name": Form(r"[A-Za-z_.][A-Za-z0-9_.\-]{0,199}", "a name of letters, digits and _ . - that does not begin with a digit or -"),
    "comment": Form(r"[^\x00-\x1f\x7f\"]{1,128}", 'of 1 to 128 characters in one line, without "'),
    "timeout": Form(_TIME, "a time such as 90s, 30m or 1d12h"),
    "gc_interval": Form(_TIME, "a time such as 90s, 30m or 1d12h"),
    "priority": Form(
        rf"-?[0-9]+|({_PRIORITIES})( ?[+\-] ?[0-9]+)?", f"a number, or one of {_PRIORITIES.replace('|', ', ')} with a number added or taken"
    ),
    "devices": Form(r"[^\x00-\x20\x7f\"/]{1,15}", "the name of a network interface"),
    "type": Form(r"[a-z0-9_ .:]+", "a type such as ipv4_addr, ipv4_addr . inet_service, or ipv4_addr : verdict"),
    "typeof": Form(_PLAIN, 'an expression of nft in one line, without " { } ; # \\'),
    "quota": Form(_PLAIN, "a quota such as over 25 mbytes"),
    "rate": Form(_PLAIN, "a rate such as 10/second burst 5 packets"),
    "element": Form(_ITEM, "one element, without { } ; # \\ and , outside of quotes"),
    "key": Form(_ITEM, "one key, without { } ; # \\ and , outside of quotes"),
    "value": Form(_ITEM, "one value, without { } ; # \\ and , outside of quotes"),
}
PATTERNS = {name: re.compile(form.pattern) for name, form in FORMS.items()}
