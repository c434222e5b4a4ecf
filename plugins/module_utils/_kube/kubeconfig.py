"""From a kubeconfig to a configured C(kubernetes) client; every way in which a kubeconfig can be wrong is reported here."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pathlib
import shutil
import typing as t

from .._common.missing_library import MissingLibrary
from .._observe.kubernetes import KubeError
from .errors import kubeconfig_invalid
from .unnamed_file import unnamed_file
from .untrusted import check_untrusted

# Sign-in methods of kubelogin that wait for a person.
INTERACTIVE_LOGINS = ("devicecode", "interactive")


@dataclasses.dataclass(frozen=True)
class Kubeconfig:
    """A kubeconfig's text, where it came from in the operator's words, and the folder that relative paths in it start from.

    trusted: whether it may have this machine run programs and read files, as that of an operator may.
    """

    text: str = dataclasses.field(repr=False)
    origin: str
    folder: str = ""
    trusted: bool = True

    def invalid(self, problem: str, remedy: str) -> KubeError:
        return kubeconfig_invalid(self.origin, problem, remedy)


def read(path: str) -> Kubeconfig:
    """The kubeconfig in a file; raises KubeError when it cannot be read."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not text"
        raise kubeconfig_invalid(
            path,
            f"cannot be read: {reason}",
            "Give the path of a kubeconfig file on the machine that runs the module, or leave kubeconfig out to have one fetched.",
        ) from exc
    return Kubeconfig(text, path, os.path.dirname(os.path.abspath(path)))


def require_library() -> None:
    """Raise MissingLibrary when the kubernetes package is absent."""
    try:
        import kubernetes.client
        import kubernetes.config  # noqa: F401
    except ImportError as exc:
        raise MissingLibrary("kubernetes", exc) from exc


def configuration(kubeconfig: Kubeconfig, context: str | None) -> t.Any:
    """The C(kubernetes.client.Configuration) for one context; credential plugins are run. Raises KubeError."""
    import kubernetes.client
    from kubernetes.config import ConfigException, kube_config

    parsed = _parse(kubeconfig)
    user = _user_of(kubeconfig, parsed, context)
    if not kubeconfig.trusted:
        check_untrusted(kubeconfig.origin, user)
    _check_plugin(kubeconfig, user)
    config = kubernetes.client.Configuration()
    # For good: it renews credentials later, too.
    kube_config._create_temp_file_with_content = unnamed_file
    with _capture_log() as log:
        try:
            kube_config.KubeConfigLoader(parsed, active_context=context, config_base_path=kubeconfig.folder).load_and_set(config)
        except (ConfigException, OSError, ValueError, TypeError, KeyError) as exc:
            raise kubeconfig.invalid(f"cannot be used: {_one_line(str(exc))}", "Fetch a fresh kubeconfig.") from exc
    if "exec" in user and not config.api_key and not config.cert_file:
        raise KubeError(
            f"The credential plugin {user['exec']['command']} of the kubeconfig {kubeconfig.origin} gave no credentials: "
            f"{_one_line(' '.join(log))}.",
            remedy="Run the plugin by hand on the machine that runs the module, or use a kubeconfig with other credentials.",
            code="KubeLoginPlugin",
        )
    return config


def _parse(kubeconfig: Kubeconfig) -> dict[str, t.Any]:
    import yaml

    remedy = "Fetch a fresh kubeconfig."
    try:
        parsed = yaml.safe_load(kubeconfig.text)
    except yaml.YAMLError as exc:
        # The exception's text quotes the file, which may hold a token: only the place is reported.
        mark = getattr(exc, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise kubeconfig.invalid(f"is not valid YAML{place}", remedy) from exc
    if not isinstance(parsed, dict):
        raise kubeconfig.invalid("does not hold a mapping", remedy)
    for key in ("clusters", "contexts", "users"):
        entries = parsed.get(key)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) and "name" in entry for entry in entries):
            raise kubeconfig.invalid(f"has no valid list of {key}", remedy)
    return parsed


def _user_of(kubeconfig: Kubeconfig, parsed: dict[str, t.Any], context: str | None) -> dict[str, t.Any]:
    """The user entry of the context; checks on the way that context, cluster and user are there."""
    wanted = context or parsed.get("current-context")
    contexts = _by_name(parsed["contexts"], "context")
    available = ", ".join(sorted(contexts)) or "none"
    if not wanted:
        raise kubeconfig.invalid("has no current context", f"Set context to one of: {available}.")
    if wanted not in contexts:
        raise kubeconfig.invalid(f"has no context {wanted}", f"Set context to one of: {available}.")
    chosen = contexts[wanted]
    cluster = _by_name(parsed["clusters"], "cluster").get(str(chosen.get("cluster")))
    if cluster is None or not cluster.get("server"):
        raise kubeconfig.invalid(f"names no server for its context {wanted}", "Fetch a fresh kubeconfig.")
    user = _by_name(parsed["users"], "user").get(str(chosen.get("user")))
    if user is None:
        raise kubeconfig.invalid(f"has no user for its context {wanted}", "Fetch a fresh kubeconfig.")
    return user


def _by_name(entries: list[dict[str, t.Any]], key: str) -> dict[str, dict[str, t.Any]]:
    return {str(entry["name"]): entry[key] if isinstance(entry.get(key), dict) else {} for entry in entries}


def _check_plugin(kubeconfig: Kubeconfig, user: dict[str, t.Any]) -> None:
    """A credential plugin must be installed and must not ask a person."""
    plugin = user.get("exec")
    if not plugin:
        return
    command = str(plugin.get("command", "")) if isinstance(plugin, dict) else ""
    if not command:
        raise kubeconfig.invalid("names no command for its credential plugin", "Fetch a fresh kubeconfig.")
    if shutil.which(os.path.join(kubeconfig.folder, command) if os.sep in command else command) is None:
        raise KubeError(
            f"The kubeconfig {kubeconfig.origin} needs the credential plugin {command}, which is not installed where the module runs.",
            remedy="Install it (az aks install-cli installs kubelogin), or set admin_credentials if local accounts are on, or use another "
            "kubeconfig.",
            code="KubeLoginPlugin",
        )
    if os.path.basename(command) == "kubelogin" and _asks_a_person(plugin):
        raise KubeError(
            f"The kubeconfig {kubeconfig.origin} has kubelogin ask a person to sign in, which cannot be done here.",
            remedy="Set the environment variable AAD_LOGIN_METHOD to spn, msi, workloadidentity or azurecli (with the variables that it needs), "
            "or give a kubeconfig that went through kubelogin convert-kubeconfig.",
            code="KubeLoginPlugin",
        )


def _asks_a_person(plugin: dict[str, t.Any]) -> bool:
    set_here = {str(item.get("name")) for item in plugin.get("env") or [] if isinstance(item, dict) and item.get("value")}
    if os.environ.get("AAD_LOGIN_METHOD") or "AAD_LOGIN_METHOD" in set_here:
        return False
    arguments = [str(argument) for argument in plugin.get("args") or []]
    return any(argument.removeprefix("--login=") in INTERACTIVE_LOGINS for argument in arguments)


@contextlib.contextmanager
def _capture_log() -> t.Iterator[list[str]]:
    """The kubernetes package only logs what a credential plugin complains of; catch it for the message."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield lines
    finally:
        root.removeHandler(handler)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500].rstrip(".") or "no reason given"
