"""From kubeconfig files to what a connection needs; every way in which a kubeconfig can be wrong is reported here."""

from __future__ import annotations

import base64
import dataclasses
import os
import typing as t
import urllib.parse

from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen
from .._common.missing_library import MissingLibrary, check_version
from .._observe.kubernetes import KubeError
from .._observe.yaml_text import NotYaml, read_yaml
from .entra import AzureToken, entra_login
from .errors import OPTIONS, kubeconfig_invalid, named
from .given import Given, over_cluster, over_user
from .kubeconfig_entries import Cluster, Context, Entries, User, merge, read_entries
from .login_plugin import check_plugin
from .proxies import Proxy, UnusableProxy, choose_proxy
from .sign_in import FRESH, SignIn
from .unnamed_file import unnamed_file
from .untrusted import check_untrusted

# Of a kubeconfig. A file may have no end, as /dev/zero.
LONGEST = 2**24


@dataclasses.dataclass(frozen=True)
class Kubeconfig:
    """A kubeconfig's text, where it came from in the operator's words, and the folder that relative paths in it start from.

    trusted: whether it may have this machine run programs and read files, as that of an operator may.
    further: those that are merged with it, and have a word only where it has none; its origin is then that of all.
    """

    text: str = dataclasses.field(repr=False)
    origin: str
    folder: str = ""
    further: tuple[Kubeconfig, ...] = ()
    trusted: bool = True

    def invalid(self, problem: str, remedy: str) -> KubeError:
        return kubeconfig_invalid(self.origin, problem, remedy)


@dataclasses.dataclass(frozen=True, repr=False)
class Access:
    """How to reach an API server and to sign in there. Files are paths, V('') for none. warnings: what the operator should know of it."""

    host: str
    sign_in: SignIn
    authority: str
    certificate: str
    key: str
    verify: bool
    tls_server_name: str
    proxy: Proxy | None
    warnings: tuple[str, ...]


def read(paths: str) -> Kubeconfig:
    """The kubeconfig in a file, or in several whose paths are joined as in KUBECONFIG; raises KubeError when none can be read.

    Of several, those that do not exist are passed over.
    """
    several = [paths] if os.path.exists(paths) else [part for part in paths.split(os.pathsep) if part]
    expanded = [os.path.expanduser(path) for path in several]
    there = [path for path in expanded if os.path.exists(path)] or expanded[:1]
    first, *others = [_read_file(path) for path in there] or [_read_file(paths)]
    return first if not others else dataclasses.replace(first, origin=paths, further=tuple(others))


def local(environ: t.Mapping[str, str], context: str | None, cluster: str = "") -> Kubeconfig | None:
    """What kubectl would use, where it has the context that the operator names; none otherwise.

    Without a name of a context nothing is taken from there: its current context may be that of any other cluster. So may one that the environment names
    for all modules and hosts: it counts only if its name, or the name of its cluster in the file, is that of the AKS cluster. cluster: that name.
    """
    if not context:
        return None
    paths = environ.get("KUBECONFIG", "").strip() or os.path.expanduser("~/.kube/config")
    if not any(os.path.exists(os.path.expanduser(path)) for path in paths.split(os.pathsep)):
        return None
    found = read(paths)
    chosen = _entries(found).contexts.get(context)
    for_all = environ.get("K8S_AUTH_CONTEXT") == context
    return found if chosen is not None and (not for_all or cluster in (context, chosen.cluster)) else None


def _read_file(path: str) -> Kubeconfig:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
        reason = f"it is longer than {LONGEST} characters" if len(text) > LONGEST else ""
    except (OSError, ValueError) as exc:
        text, reason = "", (exc.strerror if isinstance(exc, OSError) else "") or "it is not text"
    if reason:
        raise kubeconfig_invalid(
            path,
            f"cannot be read: {reason}",
            "Set the option kubeconfig to the path of a kubeconfig file on the machine that runs the module, or remove it to have one fetched.",
        )
    return Kubeconfig(text, path, os.path.dirname(os.path.abspath(path)))


def require_library() -> None:
    """Raise MissingLibrary when the kubernetes package is absent, DataplaneError when it is too old."""
    try:
        import kubernetes.client  # noqa: F401
    except ImportError as exc:
        raise MissingLibrary("kubernetes", exc) from exc
    check_version("kubernetes")


def configuration(kubeconfig: Kubeconfig, context: str | None, azure_token: AzureToken | None = None, given: Given | None = None) -> Access:
    """For one context; a credential plugin is run, but for kubelogin of a fetched kubeconfig where azure_token takes its place. Raises KubeError.

    given: takes the place of what the kubeconfig says.
    """
    wanted = Given() if given is None else given
    if kubeconfig.origin == OPTIONS:
        cluster, user = Cluster("", "", "", "", "", insecure=False, raw={}), User()
    else:
        cluster, user = _chosen(kubeconfig, _entries(kubeconfig), context)
    if not kubeconfig.trusted:
        check_untrusted(kubeconfig.origin, user)
    cluster, user = over_cluster(wanted, cluster), over_user(wanted, user)
    _check_server(kubeconfig, cluster.server)
    login = None if kubeconfig.trusted else entra_login(user.plugin, azure_token, os.environ)
    if user.plugin is not None and login is None:
        if not user.plugin.command:
            raise kubeconfig.invalid("names no command for its credential plugin", FRESH)
        check_plugin(user.plugin, kubeconfig.origin)
    sign_in = SignIn(user, cluster, kubeconfig.origin, kubeconfig.invalid, login=login)
    certificate, key = _pair(kubeconfig, user, sign_in)
    try:
        proxy = choose_proxy(cluster.server, cluster.proxy_url, "the option proxy" if wanted.proxy else "proxy-url")
    except UnusableProxy as exc:
        raise kubeconfig.invalid(str(exc), "Correct the URL of the proxy.") from exc
    return Access(
        host=urllib.parse.urlsplit(cluster.server).geturl().rstrip("/"),
        sign_in=sign_in,
        authority=_file(kubeconfig, "certificate-authority", cluster.authority, cluster.authority_data),
        certificate=certificate,
        key=key,
        verify=not cluster.insecure,
        tls_server_name=cluster.tls_server_name,
        proxy=proxy,
        warnings=_warnings(kubeconfig, cluster, wanted),
    )


def _entries(kubeconfig: Kubeconfig) -> Entries:
    try:
        return merge([_entries_of(one) for one in (kubeconfig, *kubeconfig.further)])
    except NotYaml as exc:
        raise kubeconfig.invalid(f"is not valid YAML: {exc}", FRESH) from exc
    except Misshapen as exc:
        raise kubeconfig.invalid(f"cannot be used: {exc}", FRESH) from exc


def _entries_of(kubeconfig: Kubeconfig) -> Entries:
    def resolve(path: str) -> str:
        return os.path.normpath(os.path.join(kubeconfig.folder, path)) if path else ""

    return read_entries(read_yaml(kubeconfig.text), resolve, kubeconfig.folder)


def _chosen(kubeconfig: Kubeconfig, entries: Entries, context: str | None) -> tuple[Cluster, User]:
    """Of the context; checks on the way that context, cluster and user are there."""
    wanted = context or entries.current
    if not entries.contexts:
        raise kubeconfig.invalid("has no valid list of contexts", FRESH)
    available = ", ".join(sorted(entries.contexts)) or "none"
    if not wanted:
        raise kubeconfig.invalid("has no current context", f"Set context to one of: {available}.")
    chosen: Context | None = entries.contexts.get(wanted)
    if chosen is None:
        raise kubeconfig.invalid(f"has no context {wanted}", f"Set context to one of: {available}.")
    cluster = entries.clusters.get(chosen.cluster)
    if cluster is None or not cluster.server:
        raise kubeconfig.invalid(f"names no server for its context {wanted}", FRESH)
    # As for kubectl, a context may be nobody's, and a user may have nothing to sign in with.
    user = entries.users.get(chosen.user) if chosen.user else User()
    if user is None:
        raise kubeconfig.invalid(f"has no user for its context {wanted}", FRESH)
    return cluster, user


def _check_server(kubeconfig: Kubeconfig, server: str) -> None:
    try:
        parts = urllib.parse.urlsplit(server)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
        parts = urllib.parse.urlsplit("")
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or not server.isascii() or any(map(str.isspace, server)):
        raise kubeconfig.invalid(f"names the server {foreign(server, longest=100)}, which is no URL of an API server", FRESH)


def _pair(kubeconfig: Kubeconfig, user: User, sign_in: SignIn) -> tuple[str, str]:
    """The files with a client certificate and its key; V('') for none."""
    given = sign_in.credential
    if given is not None and given.certificate and given.key:
        return _kept(kubeconfig, "client-certificate", given.certificate), _kept(kubeconfig, "client-key", given.key)
    certificate = _file(kubeconfig, "client-certificate", user.certificate, user.certificate_data)
    key = _file(kubeconfig, "client-key", user.key, user.key_data)
    if bool(certificate) != bool(key):
        raise kubeconfig.invalid("cannot be used: of a client certificate and its key it has only one", FRESH)
    return certificate, key


def _file(kubeconfig: Kubeconfig, name: str, path: str, data: str) -> str:
    """Of a part that may be there as a path, and as base64, which counts more; V('') for none."""
    if data:
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except ValueError:
            raise kubeconfig.invalid(f"cannot be used: {name}-data is not base64", FRESH) from None
        return _kept(kubeconfig, name, content)
    if path and not (os.path.isfile(path) and os.access(path, os.R_OK)):
        raise kubeconfig.invalid(f"cannot be used: there is no {name} {path} that can be read", FRESH)
    return path


def _kept(kubeconfig: Kubeconfig, name: str, content: str | bytes) -> str:
    """The path of a file with the content."""
    try:
        return unnamed_file(content)
    except OSError as exc:
        raise kubeconfig.invalid(
            f"cannot be used: its {name} cannot be kept ({exc.strerror})", "Make room in the temporary folder."
        ) from exc


def _warnings(kubeconfig: Kubeconfig, cluster: Cluster, given: Given) -> tuple[str, ...]:
    if cluster.server.lower().startswith("http://"):
        return (
            f"The {named(kubeconfig.origin)} names the API server {cluster.server} by http: credentials and answers are not encrypted, "
            "and the server is not verified.",
        )
    if cluster.insecure:
        cause = "validate_certs is false" if given.verify is False else f"The {named(kubeconfig.origin)} has insecure-skip-tls-verify"
        return (
            f"{cause}: the certificate of the API server {cluster.server} is not verified, so "
            "another server can receive the credentials and answer instead.",
        )
    return ()
