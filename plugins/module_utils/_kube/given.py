"""What is given of a connection to an API server, and what counts where several things are. Pure.

The order, of which the first counts:

1. the options of the module,
2. the environment variables of C(kubernetes.core) for them (C(K8S_AUTH_...)), which Ansible puts in the place of options that are not set,
3. the kubeconfig that is given: the option or variable for it, else the context of the operator's own files that is named,
4. the kubeconfig that is fetched from AKS.

With C(host) and C(api_key) no kubeconfig is needed, and none is read. Without one of them, and for the other options, what is given takes the place of
what the kubeconfig says.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from .kubeconfig_entries import Cluster, Impersonation, User

Params = t.Mapping[str, t.Any]


class Source(enum.Enum):
    """Where a connection begins. FILES: the option C(kubeconfig); CONTEXT: the operator's own files, where they have the context."""

    OPTIONS = "options"
    FILES = "files"
    CONTEXT = "context"
    AZURE = "azure"


@dataclasses.dataclass(frozen=True)
class Given:
    """V('') for what is not given. authority: path of a file. verify: None where nothing is said of it."""

    host: str = ""
    api_key: str = dataclasses.field(default="", repr=False)
    authority: str = ""
    verify: bool | None = None
    proxy: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()


def read_given(params: Params) -> Given:
    """From the options of C(argspec.KUBERNETES) and C(argspec.SERVER); a module need not have those of the latter."""
    groups = params.get("impersonate_groups")
    return Given(
        host=params.get("host") or "",
        api_key=params.get("api_key") or "",
        authority=params.get("ca_cert") or "",
        verify=params.get("validate_certs"),
        proxy=params.get("proxy") or "",
        user=params.get("impersonate_user") or "",
        groups=tuple(groups) if groups else (),
    )


def sources_of(params: Params) -> tuple[Source, ...]:
    """What a connection may begin with; the first that there is counts. The last one always is."""
    if params.get("host") and params.get("api_key"):
        return (Source.OPTIONS,)
    if params.get("kubeconfig"):
        return (Source.FILES,)
    return (Source.CONTEXT, Source.AZURE) if params.get("context") else (Source.AZURE,)


def over_cluster(given: Given, cluster: Cluster) -> Cluster:
    """The entry of a kubeconfig with what is given in its place."""
    if given.host:
        cluster = dataclasses.replace(cluster, server=given.host.strip())
    if given.authority:
        cluster = dataclasses.replace(cluster, authority=given.authority, authority_data="")
    if given.verify is not None:
        cluster = dataclasses.replace(cluster, insecure=not given.verify)
    return dataclasses.replace(cluster, proxy_url=given.proxy.strip()) if given.proxy else cluster


def over_user(given: Given, user: User) -> User:
    """The entry of a kubeconfig with what is given in its place. With a token nothing else signs in."""
    if given.api_key:
        user = User(token=given.api_key, impersonation=user.impersonation)
    if given.user:
        return dataclasses.replace(user, impersonation=Impersonation(given.user, "", given.groups, {}))
    if given.groups:
        known = Impersonation("", "", (), {}) if user.impersonation is None else user.impersonation
        return dataclasses.replace(user, impersonation=dataclasses.replace(known, groups=given.groups))
    return user
