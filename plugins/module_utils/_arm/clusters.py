"""Managed clusters as raw JSON: nothing that Azure knows and we do not is lost."""

from __future__ import annotations

import base64
import dataclasses
import re
import typing as t
from urllib.parse import quote

from .._common.errors import DataplaneError
from .answers import CLUSTER_TYPE, check_cluster, check_listed_cluster
from .errors import ArmError
from .operations import Operation, OperationStatus, read_operation

if t.TYPE_CHECKING:
    from .client import Answer, ArmClient

OPERATION_HEADER = "azure-asyncoperation"


@dataclasses.dataclass(frozen=True)
class Accepted:
    """Azure took the change. body: the cluster as it will be. operation: what brings it there; None when it is there already."""

    body: dict[str, t.Any]
    operation: Operation | None


def cluster_not_found(resource_group: str, name: str) -> ArmError:
    """The error, to be raised, for a cluster that must be there and is not."""
    return ArmError(
        f"Cluster {name} does not exist in resource group {resource_group}.",
        remedy="Check the option name and the option resource_group, and that the option subscription_id is the cluster's subscription.",
        code="ResourceNotFound",
        details={"status": 404},
    )


class Clusters:
    """The managed clusters of the client's subscription, in the terms of one api-version.

    Every method raises ArmError for a refusal and for want of an answer, and DataplaneError for what Azure does not allow as a name.
    https://learn.microsoft.com/rest/api/aks/managed-clusters documents the requests.
    """

    def __init__(self, client: ArmClient, api_version: str) -> None:
        self._client = client
        self._api_version = api_version

    @property
    def api_version(self) -> str:
        """The one that clusters are read and sent with."""
        return self._api_version

    def get(self, resource_group: str, name: str) -> dict[str, t.Any] | None:
        """The cluster; None when there is none. A missing resource group or subscription is an C(ArmError)."""
        path = self._path(resource_group, name)
        body = self._client.get(path, self._api_version, allow_404=True)
        return None if body is None else check_cluster(body, path, f"GET {path}")

    def list(self, resource_group: str | None = None) -> list[dict[str, t.Any]]:
        """All clusters of a resource group, or of the subscription."""
        path = self._path(resource_group)
        scope = path.partition("/providers/")[0]
        return [check_listed_cluster(element, scope, f"GET {path}") for element in self._client.list(path, self._api_version)]

    def put(self, resource_group: str, name: str, body: t.Mapping[str, t.Any], etag: str | None) -> Accepted:
        """Create or change the cluster.

        body: the whole of it, since a PUT replaces. etag: the C(eTag) of the body that the change is based on, C(client.ANY_ETAG) where it shows none;
        None for a new cluster, which must not exist yet. StaleEtag when that is not so by now, OperationInProgress while somebody changes it.
        C(BadAnswer) for an acceptance that is not Azure's, after which nobody knows whether the change arrived.
        """
        path = self._path(resource_group, name)
        answer = self._client.put(path, self._api_version, body, etag)
        url = answer.headers.get(OPERATION_HEADER)
        return Accepted(
            body=check_cluster(answer.body, path, f"PUT {path}"),
            operation=Operation.from_header(url) if url else None,
        )

    def read_operation(self, operation: Operation, failures: int = 0) -> OperationStatus:
        """Ask once how far a change is; see C(operations.read_operation)."""
        return read_operation(self._client, operation, failures)

    def user_kubeconfig(self, resource_group: str, name: str, admin: bool = False) -> str:
        """The text of a kubeconfig file (YAML) for the cluster's users, or its admins."""
        what = "listClusterAdminCredential" if admin else "listClusterUserCredential"
        answer = self._client.post(f"{self._path(resource_group, name)}/{what}", self._api_version)
        try:
            return base64.b64decode(answer.body["kubeconfigs"][0]["value"], validate=True).decode()
        except (LookupError, TypeError, ValueError):
            # The answer holds credentials, so nothing of it is shown.
            raise ArmError(
                f"Azure answered {what} for cluster {name} without a readable kubeconfig.",
                remedy="Set the option kubeconfig to a kubeconfig file.",
                code="NoKubeconfig",
            ) from None

    def run_command(self, resource_group: str, name: str, body: t.Mapping[str, t.Any]) -> Answer:
        """What AKS says of a command that it is to run in the cluster: 202 with the place of the result, or the result. See C(commands)."""
        return self._client.post(f"{self._path(resource_group, name)}/runCommand", self._api_version, body)

    def _path(self, resource_group: str | None, name: str | None = None) -> str:
        group = "" if resource_group is None else f"/resourceGroups/{_segment('resource_group', resource_group)}"
        cluster = "" if name is None else f"/{_segment('name', name)}"
        return f"/subscriptions/{self._client.subscription_id}{group}/providers/{CLUSTER_TYPE}{cluster}"


def _segment(option: str, value: str) -> str:
    """A name as part of a path. An empty one, or one of dots, would make it the path of something else."""
    if not re.fullmatch(r"[\w().-]*[\w()-]", value):
        raise DataplaneError(
            f"{option} is {value!r}, which Azure does not allow as a name.",
            remedy="Names consist of letters, digits, hyphens, underscores, parentheses and periods, and do not end with a period.",
        )
    return quote(value, safe="")
