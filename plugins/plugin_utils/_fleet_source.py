# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The clusters of subscriptions and resource groups, as Azure lists them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..module_utils._aks.api_versions import check_kube_proxy
from ..module_utils._arm.client import connect
from ..module_utils._arm.clusters import Clusters
from ..module_utils._arm.credential_sources import LocalCredentialSources
from ..module_utils._arm.credentials import check_subscription_id, choose_credentials
from ..module_utils._arm.errors import ArmError
from ..module_utils._inventory.hosts import Variables, host_variables, remove_duplicates


@dataclasses.dataclass(frozen=True)
class FleetSource:
    """azure: the options of C(argspec.AZURE). subscriptions: never empty. resource_groups: empty for all clusters of the subscriptions."""

    azure: t.Mapping[str, t.Any]
    subscriptions: tuple[str, ...]
    resource_groups: tuple[str, ...]
    api_version: str
    signs_in: t.Mapping[str, str]

    @classmethod
    def from_options(
        cls, azure: t.Mapping[str, t.Any], subscriptions: t.Sequence[str], resource_groups: t.Sequence[str], api_version: str
    ) -> FleetSource:
        """Checks all that can be checked without a request; subscriptions: when empty, the one that the credentials are for."""
        for subscription in subscriptions:
            check_subscription_id(subscription)
        check_kube_proxy(api_version, None)
        options = {**azure, "subscription_id": subscriptions[0]} if subscriptions else dict(azure)
        choice = choose_credentials(options, LocalCredentialSources())
        return cls(
            azure=options,
            subscriptions=_unique(subscriptions or [choice.subscription_id]),
            resource_groups=_unique(resource_groups),
            api_version=api_version,
            signs_in={name: getattr(choice, name) for name in ("kind", "tenant", "client_id", "cloud_environment")},
        )

    def scope(self) -> dict[str, t.Any]:
        """What is asked, and as whom, without secrets: the answer to other questions is another one. Plain JSON."""
        return {
            "subscriptions": list(self.subscriptions),
            "resource_groups": list(self.resource_groups),
            "api_version": self.api_version,
            **self.signs_in,
        }

    def ask(self) -> list[Variables]:
        """One listing for each subscription, or for each resource group in it."""
        client = connect(self.azure)
        places = [Clusters(client.for_subscription(subscription), self.api_version) for subscription in self.subscriptions]
        if self.resource_groups:
            listed = [cluster for group in self.resource_groups for cluster in _list_group(places, group)]
        else:
            listed = [cluster for place in places for cluster in place.list()]
        return remove_duplicates(host_variables(cluster, self.api_version) for cluster in listed)


def _list_group(places: t.Iterable[Clusters], group: str) -> list[dict[str, t.Any]]:
    """The clusters of a resource group, which is in one of the subscriptions at least, but hardly in all of them."""
    answers = [_list_or_missing(place, group) for place in places]
    missing = [answer for answer in answers if isinstance(answer, ArmError)]
    if len(missing) == len(answers):
        raise missing[0]
    return [cluster for answer in answers if not isinstance(answer, ArmError) for cluster in answer]


def _list_or_missing(place: Clusters, group: str) -> list[dict[str, t.Any]] | ArmError:
    try:
        return place.list(group)
    except ArmError as exc:
        if exc.code != "ResourceGroupNotFound":
            raise
        return exc


def _unique(names: t.Iterable[str]) -> tuple[str, ...]:
    """Azure takes names that differ in case only for the same."""
    return tuple({name.casefold(): name for name in names}.values())
