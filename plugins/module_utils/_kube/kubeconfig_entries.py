"""What a kubeconfig says, as typed values: its shape is checked here, and nowhere after. Pure; files that it names are not opened.

https://kubernetes.io/docs/reference/config-api/kubeconfig.v1 documents the format.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import Misshapen, flag_at, object_at, objects_at, text_at, texts_at

# Resolves a path in the kubeconfig against the folder of the file that has it; V('') stays so.
Resolve = t.Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Cluster:
    """How to reach an API server. authority: path; authority_data: base64. insecure: certificates are not to be looked at."""

    server: str
    authority: str
    authority_data: str
    tls_server_name: str
    proxy_url: str
    insecure: bool
    raw: t.Mapping[str, t.Any] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Plugin:
    """A program that gives credentials. folder: that of its kubeconfig, where it runs. env: variables to add."""

    command: str
    args: tuple[str, ...]
    env: t.Mapping[str, str] = dataclasses.field(repr=False)
    api_version: str
    install_hint: str
    interactive_mode: str
    provide_cluster: bool
    folder: str


@dataclasses.dataclass(frozen=True)
class Impersonation:
    """As whom the API server is to act."""

    user: str
    uid: str
    groups: tuple[str, ...]
    extra: t.Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True, repr=False)
class User:
    """Who signs in, in all ways that the entry has. Files are paths, what ends with data is base64, provider is the name of an auth-provider."""

    token: str = ""
    token_file: str = ""
    certificate: str = ""
    certificate_data: str = ""
    key: str = ""
    key_data: str = ""
    username: str = ""
    password: str = ""
    plugin: Plugin | None = None
    provider: str = ""
    provider_token: str = ""
    impersonation: Impersonation | None = None


@dataclasses.dataclass(frozen=True)
class Context:
    """Names of entries; user is V('') for nobody in particular."""

    cluster: str
    user: str


@dataclasses.dataclass(frozen=True)
class Entries:
    """A kubeconfig, or several merged into one."""

    current: str
    contexts: t.Mapping[str, Context]
    clusters: t.Mapping[str, Cluster]
    users: t.Mapping[str, User]


def read_entries(document: t.Any, resolve: Resolve, folder: str) -> Entries:
    """What a parsed kubeconfig says. Misshapen, whose text is the end of a sentence and holds nothing of what a user entry has."""
    if not isinstance(document, dict):
        raise Misshapen("it does not hold a mapping")
    return Entries(
        current=_name(document.get("current-context")),
        contexts={
            name: Context(_name(raw.get("cluster")), _name(raw.get("user"))) for name, raw in _named(document, "contexts", "context")
        },
        clusters={name: _cluster(raw, resolve) for name, raw in _named(document, "clusters", "cluster")},
        users={name: _user(raw, resolve, folder) for name, raw in _named(document, "users", "user")},
    )


def merge(all_entries: t.Sequence[Entries]) -> Entries:
    """As kubectl does: the first one that has an entry of a name, or a current context, counts."""
    contexts: dict[str, Context] = {}
    clusters: dict[str, Cluster] = {}
    users: dict[str, User] = {}
    for entries in reversed(all_entries):
        contexts.update(entries.contexts)
        clusters.update(entries.clusters)
        users.update(entries.users)
    return Entries(next((entries.current for entries in all_entries if entries.current), ""), contexts, clusters, users)


def _named(document: t.Mapping[str, t.Any], key: str, inner: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    seen: set[str] = set()
    try:
        entries = objects_at(document, key)
    except Misshapen:
        raise Misshapen(f"it has no valid list of {key}") from None
    for entry in entries:
        name = _name(entry.get("name"))
        if not name:
            raise Misshapen(f"it has no valid list of {key}: one has no name")
        if name in seen:
            raise Misshapen(f"it has two {key} of the name {name}")
        seen.add(name)
        try:
            yield name, object_at(entry, inner)
        except Misshapen as exc:
            raise Misshapen(f"in the entry {name} of {key}, {exc}") from None


def _name(value: t.Any) -> str:
    """Names of digits only are numbers to YAML."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Misshapen("the name of an entry is no text")
    return str(value)


def _cluster(raw: dict[str, t.Any], resolve: Resolve) -> Cluster:
    return Cluster(
        server=text_at(raw, "server").strip(),
        authority=resolve(text_at(raw, "certificate-authority")),
        authority_data=text_at(raw, "certificate-authority-data"),
        tls_server_name=text_at(raw, "tls-server-name"),
        proxy_url=text_at(raw, "proxy-url").strip(),
        insecure=bool(flag_at(raw, "insecure-skip-tls-verify")),
        raw=raw,
    )


def _user(raw: dict[str, t.Any], resolve: Resolve, folder: str) -> User:
    provider = object_at(raw, "auth-provider")
    return User(
        token=text_at(raw, "token"),
        token_file=resolve(text_at(raw, "tokenFile")),
        certificate=resolve(text_at(raw, "client-certificate")),
        certificate_data=text_at(raw, "client-certificate-data"),
        key=resolve(text_at(raw, "client-key")),
        key_data=text_at(raw, "client-key-data"),
        username=text_at(raw, "username"),
        password=text_at(raw, "password"),
        plugin=_plugin(object_at(raw, "exec"), folder) if raw.get("exec") is not None else None,
        provider=text_at(provider, "name") or ("without a name" if provider else ""),
        provider_token=text_at(provider, "config", "id-token") if provider else "",
        impersonation=_impersonation(raw),
    )


def _plugin(raw: dict[str, t.Any], folder: str) -> Plugin:
    return Plugin(
        command=text_at(raw, "command"),
        args=tuple(texts_at(raw, "args")),
        env={text_at(item, "name"): text_at(item, "value") for item in objects_at(raw, "env")},
        api_version=text_at(raw, "apiVersion"),
        install_hint=text_at(raw, "installHint"),
        interactive_mode=text_at(raw, "interactiveMode"),
        provide_cluster=bool(flag_at(raw, "provideClusterInfo")),
        folder=folder,
    )


def _impersonation(raw: dict[str, t.Any]) -> Impersonation | None:
    extra = object_at(raw, "as-user-extra")
    found = Impersonation(
        user=text_at(raw, "as"),
        uid=text_at(raw, "as-uid"),
        groups=tuple(texts_at(raw, "as-groups")),
        extra={str(key): tuple(texts_at(extra, str(key))) for key in extra},
    )
    return found if found != Impersonation("", "", (), {}) else None
