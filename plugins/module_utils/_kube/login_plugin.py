"""Credential plugins of kubeconfigs: programs that print an ExecCredential.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins documents the protocol.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen, text_at
from .._common.json_text import NotJson, read_json
from .._observe.kubernetes import KubeError
from .kubeconfig_entries import Cluster, Plugin

# It may sign in to Azure over a slow network, and may not wait for a person.
PLUGIN_SECONDS = 120.0
# Sign-in methods of kubelogin that wait for a person.
INTERACTIVE_LOGINS = ("devicecode", "interactive")
_BY_HAND = "Run the plugin manually on the machine that runs the module, or use a kubeconfig with other credentials."


@dataclasses.dataclass(frozen=True, repr=False)
class Credential:
    """token: V('') where the plugin gave a certificate with its key, both PEM. expires: None for never."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime.datetime | None = None


def check_plugin(plugin: Plugin, origin: str) -> None:
    """That it is installed and asks no person; KubeError."""
    if _path(plugin) is None:
        hint = f" ({foreign(plugin.install_hint)})" if plugin.install_hint else ""
        raise KubeError(
            f"The kubeconfig {origin} needs the credential plugin {plugin.command}, which is not installed where the module runs{hint}.",
            remedy="Install it (az aks install-cli installs kubelogin), or set the option admin_credentials to true if local accounts are enabled, "
            "or use another "
            "kubeconfig.",
            code="KubeLoginPlugin",
        )
    if os.path.basename(plugin.command) == "kubelogin" and _asks_a_person(plugin):
        raise KubeError(
            f"The kubeconfig {origin} has kubelogin ask a person to sign in, which is impossible here.",
            remedy="Set the environment variable AAD_LOGIN_METHOD to spn, msi, workloadidentity or azurecli (with the variables that it needs), "
            "or use a kubeconfig converted with kubelogin convert-kubeconfig.",
            code="KubeLoginPlugin",
        )
    if plugin.interactive_mode == "Always":
        raise KubeError(
            f"The kubeconfig {origin} has the credential plugin {plugin.command} ask a person (interactiveMode), which is impossible here.",
            remedy="Use a kubeconfig with other credentials.",
            code="KubeLoginPlugin",
        )


def run_plugin(plugin: Plugin, cluster: Cluster, origin: str, seconds: float = PLUGIN_SECONDS) -> Credential:
    """What the plugin gives. KubeError, with what it printed as its reason, when it gives nothing that can be used."""
    output = _output(plugin, cluster, origin, seconds)
    try:
        answer = read_json(output)
        version, kind = text_at(answer, "apiVersion"), text_at(answer, "kind")
        if kind != "ExecCredential" or version != plugin.api_version:
            raise _failure(plugin, origin, f"it printed {foreign(kind) or 'something'} of the version {foreign(version) or 'none'}")
        token = text_at(answer, "status", "token")
        certificate, key = text_at(answer, "status", "clientCertificateData"), text_at(answer, "status", "clientKeyData")
        expiry = text_at(answer, "status", "expirationTimestamp")
    except NotJson:
        raise _failure(plugin, origin, "it printed no JSON") from None
    except Misshapen as exc:
        raise _failure(plugin, origin, f"in what it printed, {exc}") from None
    if not token.strip() and not (certificate and key):
        raise _failure(plugin, origin, "it printed neither a token nor a certificate with its key")
    return Credential(token, certificate, key, _expires(plugin, origin, expiry) if expiry else None)


def _expires(plugin: Plugin, origin: str, text: str) -> datetime.datetime:
    # Python 3.10 knows neither Z nor fractions of other than 3 or 6 digits.
    whole = re.sub(r"\.\d+", "", text.strip())
    try:
        moment = datetime.datetime.fromisoformat(re.sub("[Zz]$", "+00:00", whole))
    except ValueError:
        raise _failure(plugin, origin, "its expirationTimestamp is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def _output(plugin: Plugin, cluster: Cluster, origin: str, seconds: float) -> bytes:
    path = _path(plugin)
    if path is None:
        raise _failure(plugin, origin, "it is not installed any more")
    try:
        # The command is the kubeconfig's, which says who signs in here anyway.
        # What runs it has no module, and may have threads.
        process = subprocess.Popen(  # noqa: S603 # pylint: disable=ansible-bad-function
            [path, *plugin.args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=plugin.folder or None,
            env={**os.environ, **plugin.env, "KUBERNETES_EXEC_INFO": json.dumps(_exec_info(plugin, cluster), default=str)},
            start_new_session=True,
        )
    except (OSError, ValueError) as exc:
        raise _failure(plugin, origin, (exc.strerror if isinstance(exc, OSError) else "") or "it cannot be started") from None
    with process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise _failure(plugin, origin, f"it did not end within {seconds:.0f} seconds") from None
        finally:
            # What it has started in its turn, too: it would keep the pipes open.
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise _failure(plugin, origin, foreign(errors) or f"it ended with {process.returncode}")
    return output


def _exec_info(plugin: Plugin, cluster: Cluster) -> dict[str, t.Any]:
    spec: dict[str, t.Any] = {"interactive": False}
    if plugin.provide_cluster:
        names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url", "disable-compression")
        spec["cluster"] = {name: cluster.raw[name] for name in names if name in cluster.raw}
        spec["cluster"] |= {"config": extension} if (extension := _extension(cluster)) is not None else {}
    return {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}


def _extension(cluster: Cluster) -> t.Any:
    extensions = cluster.raw.get("extensions")
    named = [item for item in extensions if isinstance(item, dict)] if isinstance(extensions, list) else []
    return next((item.get("extension") for item in named if item.get("name") == "client.authentication.k8s.io/exec"), None)


def _path(plugin: Plugin) -> str | None:
    """A command with a slash in it is relative to the kubeconfig's folder."""
    return shutil.which(os.path.join(plugin.folder, plugin.command) if os.sep in plugin.command else plugin.command)


def _failure(plugin: Plugin, origin: str, reason: str) -> KubeError:
    return KubeError(
        f"The credential plugin {plugin.command} of the kubeconfig {origin} gave no credentials: {reason}.",
        remedy=_BY_HAND,
        code="KubeLoginPlugin",
    )


def _asks_a_person(plugin: Plugin) -> bool:
    if os.environ.get("AAD_LOGIN_METHOD") or plugin.env.get("AAD_LOGIN_METHOD"):
        return False
    return any(argument.removeprefix("--login=") in INTERACTIVE_LOGINS for argument in plugin.args)
