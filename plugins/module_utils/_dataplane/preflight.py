"""What the check of a data plane may ask, and what it returns."""

from __future__ import annotations

import dataclasses
import typing as t

from .._preflight.facts import Facts
from .._preflight.node_observation import NodeObservation


class Readable(t.NamedTuple):
    """A state of Azure, or none and why it may not be read."""

    state: str | None
    reason: str


class Sources(t.Protocol):
    """A cluster, as far as it may be read. Each call asks."""

    def cluster(self, api_version: str) -> dict[str, t.Any]:
        """The cluster's ARM body in the terms of this api-version. ArmError, also when there is no such cluster."""

    def feature_state(self, feature: str) -> Readable:
        """Of a preview feature. ArmError for any other failure than a missing right."""

    def provider_state(self) -> Readable:
        """Of AKS's resource provider. ArmError for any other failure than a missing right."""

    def kubernetes(self) -> tuple[t.Any, str]:
        """The Kubernetes API and V(''), or nothing and why it is not asked."""

    def json_object(self, path: str, option: str) -> dict[str, t.Any]:
        """The JSON object in a file that an option names; DataplaneError."""

    def day(self) -> str:
        """The day, as an ISO date."""

    def observations(self) -> tuple[NodeObservation, ...]:
        """What was seen on nodes themselves."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """facts: for the rules. report: further keys of the result of M(aks.dataplane.aks_preflight_info), plain JSON types."""

    facts: Facts
    report: dict[str, t.Any]
