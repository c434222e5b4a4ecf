"""The declaration of a ruleset for nodes: which of its variables belong together, and why one is refused before any node or cluster is asked."""

from __future__ import annotations

from .._common.choices import Wrong
from .._dataplane.declaration import Json

DELIVERY = "aks_dataplane_ruleset_delivery"
STATE = "aks_dataplane_ruleset_state"
NAME = "aks_dataplane_ruleset_name"
CONTENTS = ("aks_dataplane_ruleset_content", "aks_dataplane_ruleset_src", "aks_dataplane_ruleset_tables")
RESOURCE_GROUP = "aks_dataplane_resource_group"
VARIABLES = (DELIVERY, STATE, NAME, *CONTENTS)

# What a state may be, by the way in which the tables get to the nodes. The first way is the default.
STATES = {"ssh": ("present", "absent"), "kubernetes": ("present", "absent", "paused")}
DELIVERIES = tuple(STATES)
# The playbook for each.
PLAYBOOKS = {"ssh": "aks.dataplane.node_ruleset", "kubernetes": "aks.dataplane.cluster_ruleset"}


def objection(host: str, ruleset: Json, resource_group: str, playbook_for: str) -> str:
    """Why the variables of a host are refused, or nothing.

    ruleset: those of C(VARIABLES) that are set, by name. playbook_for: the delivery that the playbook is for, or nothing where none has called the role.
    """
    delivery = ruleset.get(DELIVERY, DELIVERIES[0])
    if delivery not in DELIVERIES:
        return Wrong(DELIVERY, (), str(delivery), DELIVERIES).text
    if playbook_for and delivery != playbook_for:
        return f"{host} has {DELIVERY}: {delivery}, and this playbook is for {playbook_for}. Run {PLAYBOOKS[delivery]} for it, or remove the variable."
    state = ruleset.get(STATE, "present")
    if state not in STATES[delivery]:
        return Wrong(STATE, (), str(state), STATES[delivery]).text
    return _content_objection(ruleset, delivery, state) or (_cluster_objection(host, ruleset, resource_group) if delivery != "ssh" else "")


def _content_objection(ruleset: Json, delivery: str, state: str) -> str:
    given = [name for name in CONTENTS if name in ruleset]
    # In a cluster the pods know which tables they have made.
    needed = 1 if delivery == "ssh" or state == "present" else 0
    if needed <= len(given) <= 1:
        return ""
    return f"Exactly one of {CONTENTS[2]}, {CONTENTS[0]} and {CONTENTS[1]} is needed; given: {', '.join(given) or 'none'}."


def _cluster_objection(host: str, ruleset: Json, resource_group: str) -> str:
    missing = [name for name, value in ((NAME, ruleset.get(NAME)), (RESOURCE_GROUP, resource_group)) if not value]
    if not missing:
        return ""
    purpose = {NAME: "the name of the ruleset in the cluster, such as firewall", RESOURCE_GROUP: "the resource group of the cluster"}
    return " ".join(f"{host} has no {name}: set it to {purpose[name]}." for name in missing)
