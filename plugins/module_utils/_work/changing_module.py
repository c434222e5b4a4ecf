"""What the modules that change one part of a cluster have in common: their arguments, and the way from these to the change."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from .._aks.new_cluster import check_new_cluster
from .._aks.secrets import secrets_of
from .._arm.argspec import AZURE, CLUSTER
from .._arm.client import connect
from .._arm.clusters import Clusters
from .._arm.operations import Operation
from .._common.argspec import ArgumentSpec
from .._common.waiting import check_wait_arguments, wait_arguments
from .._dataplane.data_plane import Change
from .._files.json_file import read_json_object
from .cluster_change import ClusterChange
from .stepwise import exit_stepwise

# The body of a cluster has passwords in many places.
UNSHOWN = ("managed_cluster",)


def change_arguments(change: Change) -> ArgumentSpec:
    """All arguments of such a module."""
    return AZURE.merge(
        CLUSTER,
        change.options,
        wait_arguments(timeout=change.wait_timeout),
        ArgumentSpec(
            options={
                "managed_cluster": {"type": "dict"},
                "api_version": {"type": "str", "default": change.api_version},
                "operation_url": {"type": "str", "no_log": True},
            }
        ),
    )


def change_cluster(module: AnsibleModule, change: Change) -> None:
    """Check everything that needs nobody, then change the cluster and end the module.

    module: with the options of C(change_arguments), of which those in UNSHOWN are not shown. DataplaneError, ArmError among them, for every end without
    success.
    """
    params = module.params
    body = params["managed_cluster"]
    known = (params["resource_group"], params["name"], (body or {}).get("location"))
    module.no_log_values.update(secrets_of(body, public=[text for text in known if isinstance(text, str)]))
    check_wait_arguments(params)
    compare = change.compare(params, read_json_object)
    if body is not None:
        check_new_cluster(body)
    resume = Operation.from_url(params["operation_url"]) if params["operation_url"] else None
    work = ClusterChange(
        Clusters(connect(params), params["api_version"]),
        params["resource_group"],
        params["name"],
        compare,
        create_body=body,
        check_mode=module.check_mode,
        wait=params["wait"],
        resume=resume,
    )
    exit_stepwise(module, work.advance)
