# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The nodes of clusters that Azure lists, as the API server of each lists them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..module_utils._arm.client import ArmClient, connect
from ..module_utils._common.errors import DataplaneError
from ..module_utils._inventory.hosts import Host, Variables, make_hosts
from ..module_utils._inventory.nodes import node_variables, of_cluster
from ..module_utils._inventory.tags import has_tags
from ..module_utils._kube.threads import Threads
from ..module_utils._observe.cluster import NODES
from ..module_utils._work import api_server
from ._fleet_source import FleetSource

# Clusters that are asked at the same time.
AT_ONCE = 8
OF_ONE_CLUSTER = ("kubeconfig", "host", "api_key", "ca_cert")


@dataclasses.dataclass(frozen=True)
class NodeSource:
    """names: of clusters, empty for all of the fleet. tags: see C(parse_tags). kubernetes: the options of C(argspec.KUBERNETES) and
    C(argspec.SERVER).
    """

    fleet: FleetSource
    names: tuple[str, ...]
    tags: t.Mapping[str, frozenset[str]]
    kubernetes: t.Mapping[str, t.Any]

    def scope(self) -> dict[str, t.Any]:
        """See C(Source)."""
        return {
            **self.fleet.scope(),
            "names": sorted(self.names),
            "tags": {name: sorted(values) for name, values in self.tags.items()},
            # What is kept on a disk has no secrets.
            **{name: value for name, value in self.kubernetes.items() if name != "api_key"},
        }

    def ask(self) -> list[Variables]:
        """See C(Source). A list of Azure for each place, then one of each API server, and its credentials where none are given."""
        clusters = self._clusters()
        option = next((name for name in OF_ONE_CLUSTER if self.kubernetes.get(name)), "")
        if option and len(clusters) > 1:
            raise DataplaneError(
                f"The option {option} is for one cluster, and {len(clusters)} are chosen: {', '.join(host.name for host in clusters)}.",
                remedy=f"Choose one with the options clusters and resource_groups, or leave {option} out to have the credentials fetched.",
                code="InvalidInput",
            )
        arm = connect(self.fleet.azure)
        found = Threads(AT_ONCE).each(lambda host: self._nodes(arm, host), clusters)
        return [node for nodes in found for node in nodes]

    def _clusters(self) -> list[Host]:
        """Those that are chosen and can have nodes. DataplaneError for a name that no cluster has."""
        hosts = make_hosts(self.fleet.ask())
        unknown = [name for name in self.names if not any(_is_called(host, name) for host in hosts)]
        if unknown:
            raise DataplaneError(
                f"There is no cluster {', '.join(unknown)} where the inventory looks.",
                remedy="Check the options clusters, subscriptions and resource_groups.",
                code="ClusterNotFound",
            )
        return [
            host
            for host in hosts
            if (not self.names or any(_is_called(host, name) for name in self.names))
            and has_tags(host.variables["aks_tags"], self.tags)
            # Its API server is stopped as well.
            and host.variables["aks_power_state"] != "Stopped"
        ]

    def _nodes(self, arm: ArmClient, host: Host) -> list[Variables]:
        of = host.variables
        params = {**self.kubernetes, "resource_group": of["aks_resource_group"], "name": of["aks_name"]}
        try:
            api = api_server.connect(params, lambda: arm.for_subscription(of["aks_subscription_id"]))
            return [of_cluster(node, host) for node in api.list_objects(NODES, node_variables)]
        except DataplaneError as exc:
            # Without it, the play would work on fewer nodes than it should.
            raise DataplaneError(
                f"The nodes of cluster {host.name} cannot be listed. {exc.message}",
                remedy=f"{exc.remedy} To leave the cluster out, name the others with the option clusters.".strip(),
                code=exc.code,
                details=exc.details,
            ) from exc


def _is_called(host: Host, name: str) -> bool:
    """By its name in Azure, or by that of the inventory."""
    return name.casefold() in (host.name.casefold(), str(host.variables["aks_name"]).casefold())
