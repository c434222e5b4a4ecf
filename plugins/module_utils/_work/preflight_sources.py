"""What a preflight reads of Azure and Kubernetes; what may not be read is reported and is no failure."""

from __future__ import annotations

import datetime
import typing as t

from .._arm.client import ArmClient, connect
from .._arm.clusters import Clusters, cluster_not_found
from .._arm.errors import ArmError
from .._arm.features import Features
from .._dataplane.preflight import Readable
from .._files.json_file import read_json_object
from .._kube.client import KubeClient
from .._preflight.node_observation import NodeObservation
from . import api_server
from .foresight import PREFLIGHT

NOT_ASKED = "the Kubernetes API server was not asked, because kubernetes is false"


class ClusterSources:
    """The C(Sources) of a check, from the parameters of the module. observed: what was seen on nodes."""

    def __init__(self, params: t.Mapping[str, t.Any], observed: tuple[NodeObservation, ...], *, check_mode: bool) -> None:
        self._params = params
        self._observed = observed
        self._check_mode = check_mode
        self._client: ArmClient | None = None

    def cluster(self, api_version: str) -> dict[str, t.Any]:
        group, name = self._params["resource_group"], self._params["name"]
        raw = Clusters(self._arm(), api_version).get(group, name)
        if raw is None:
            raise cluster_not_found(group, name)
        return raw

    def feature_state(self, feature: str) -> Readable:
        return readable(lambda: Features(self._arm()).state(feature), f"the state of the feature {feature}")

    def provider_state(self) -> Readable:
        return readable(lambda: Features(self._arm()).provider_state(), "the state of the resource provider")

    def kubernetes(self) -> tuple[KubeClient | None, str]:
        if not self._params["kubernetes"]:
            return None, NOT_ASKED
        if api_server.lacks_consent(self._params, check_mode=self._check_mode):
            return None, api_server.NO_CONSENT
        return api_server.connect_to_read(self._params, self._arm, PREFLIGHT, check_mode=self._check_mode), ""

    def json_object(self, path: str, option: str) -> dict[str, t.Any]:
        return read_json_object(path, option)

    def day(self) -> str:
        return today()

    def observations(self) -> tuple[NodeObservation, ...]:
        return self._observed

    def _arm(self) -> ArmClient:
        self._client = self._client or connect(self._params)
        return self._client


def today() -> str:
    """The day, as an ISO date; in UTC, so that it is the same wherever Ansible runs."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def readable(read: t.Callable[[], str], what: str) -> Readable:
    """A state, or that it may not be read; ArmError for any other failure."""
    try:
        return Readable(read(), "")
    except ArmError as exc:
        if exc.status != 403:
            raise
        return Readable(None, f"{what} may not be read: {exc.message.rstrip('.')}")
