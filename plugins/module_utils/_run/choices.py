"""The variables that take one of a few words."""

from __future__ import annotations

from .._common.argspec import Options
from .._common.choices import wrong_values
from .._dataplane.declaration import Json
from .._dataplane.registry import data_planes
from .._preflight.findings import PROFILES
from . import rulesets

PROFILE = "aks_dataplane_profile"
NODE_LOOK = "aks_dataplane_node_look"
LEFTOVERS = "aks_dataplane_leftovers"
PROBE_ACTION = "aks_dataplane_probe_action"
NODE_LOOKS = ("auto", "exec", "pods", "ssh", "none")
KUBERNETES_VIA = "aks_dataplane_kubernetes_via"
WAYS = ("direct", "command")
PROBE_ACTIONS = ("stop", "rollback", "report")


def variable_options() -> Options:
    """What they take, by variable, in the terms of an argument specification.

    The specifications of the roles only describe it: Ansible would refuse a word in another case, with a message that holds the whole specification.
    """
    words = {PROFILE: PROFILES, NODE_LOOK: NODE_LOOKS, LEFTOVERS: ("report", "remove"), KUBERNETES_VIA: WAYS, PROBE_ACTION: PROBE_ACTIONS}
    words |= {rulesets.DELIVERY: rulesets.DELIVERIES, rulesets.STATE: rulesets.STATES["kubernetes"]}
    return {
        **{name: {"type": "str", "choices": list(choices)} for name, choices in words.items()},
        **{one.variable: one.takes for one in data_planes() if one.takes},
    }


def objection(variables: Json) -> str:
    """Why a value is refused, with the choices and the one that is probably meant, or nothing. variables: those that are set, by name."""
    wrong = next(wrong_values(variables, variable_options()), None)
    return wrong.text if wrong else ""
