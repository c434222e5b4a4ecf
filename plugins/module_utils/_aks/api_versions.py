"""Which ARM api-versions know which setting: what they show of a cluster, and what may be sent with them.

The swagger files of Microsoft.ContainerService (https://github.com/Azure/azure-rest-api-specs) say it for each version, the changelog of
azure-mgmt-containerservice for those that its releases are made for.
"""

from __future__ import annotations

import dataclasses
import datetime
import re

from .._common.errors import DataplaneError

# Reads that need no preview property.
DEFAULT_STABLE = "2026-08-01"

# kubeProxyConfig has never been in a stable api-version.
DEFAULT_KUBE_PROXY = "2026-08-02-preview"
KUBE_PROXY_SINCE = "2022-08-02-preview"
NFTABLES_SINCE = "2025-09-02-preview"

# accelerationMode. An earlier api-version shows the cluster without it, and a PUT with such a one wipes it.
DEFAULT_HOST_ROUTING = DEFAULT_STABLE
HOST_ROUTING_SINCE = "2026-01-01"
HOST_ROUTING_PREVIEW_SINCE = "2025-07-02-preview"

# advancedNetworking, with C(enabled) in it. Earlier previews had a shape that said nothing about being on.
ACNS_SINCE = "2024-09-01"
ACNS_PREVIEW_SINCE = "2024-09-02-preview"

_API_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?")


@dataclasses.dataclass(frozen=True)
class Setting:
    """A part of a cluster that not every api-version shows. A cluster read without it looks as if the setting were at its default.

    name: for the middle of a sentence. preview_since, stable_since: the first api-version of either kind that shows it; none when there is none yet.
    """

    name: str
    preview_since: str
    stable_since: str | None

    def is_shown_by(self, api_version: str) -> bool:
        """DataplaneError for what is not an api-version."""
        date, preview = check_api_version(api_version)
        since = self.preview_since if preview else self.stable_since
        return since is not None and date >= since[: len(date)]

    @property
    def versions(self) -> str:
        """The api-versions that show it, for the end of a sentence."""
        stable = f"{self.stable_since}, " if self.stable_since else ""
        return f"{stable}{self.preview_since} or a later {'one' if stable else 'preview'}"


KUBE_PROXY = Setting("the kube-proxy configuration", KUBE_PROXY_SINCE, None)
ACNS = Setting("Advanced Container Networking Services", ACNS_PREVIEW_SINCE, ACNS_SINCE)
HOST_ROUTING = Setting("eBPF host routing", HOST_ROUTING_PREVIEW_SINCE, HOST_ROUTING_SINCE)
# Shown by some previews before that, too.
ETAG = Setting("the eTag of a cluster", "2024-09-02-preview", "2024-09-01")
SETTINGS = (KUBE_PROXY, ACNS, HOST_ROUTING)


def unshown_note(api_version: str) -> str | None:
    """Which values of a cluster are null because the api-version does not show them, and which version does, in full sentences.

    None when it shows all of C(SETTINGS). DataplaneError for what is not an api-version.
    """
    unshown = [setting for setting in SETTINGS if not setting.is_shown_by(api_version)]
    if not unshown:
        return None
    texts = (f"{setting.name} ({setting.versions} shows it)" for setting in unshown)
    return (
        f"With api_version {api_version} Azure does not show {', '.join(texts)}. The values are null, which says nothing about the cluster."
    )


def check_api_version(api_version: str, default: str = DEFAULT_KUBE_PROXY) -> tuple[str, bool]:
    """The date (C(YYYY-MM-DD)) and whether it is a preview; DataplaneError for what is not an api-version of AKS. default: that of the option."""
    match = _API_VERSION.fullmatch(api_version)
    if match is None or not _is_date(match.group(1)):
        raise DataplaneError(
            f'api_version is "{api_version}", which is not an api-version.',
            remedy=f'It must look like "{DEFAULT_STABLE}" or "{DEFAULT_KUBE_PROXY}"; remove it to use {default}.',
            code="InvalidApiVersion",
        )
    return match.group(1), match.group(2) is not None


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_kube_proxy(api_version: str, mode: str | None) -> None:
    """Refuse an api-version that cannot carry the kube-proxy configuration, or not this mode of it."""
    date, preview = check_api_version(api_version)
    if not preview:
        raise DataplaneError(
            f'api_version is "{api_version}", a stable one, but the kube-proxy configuration exists in preview api-versions only.',
            remedy=f"Use {KUBE_PROXY_SINCE} or a later preview, or remove the option api_version to use {DEFAULT_KUBE_PROXY}.",
            code="InvalidApiVersion",
        )
    needed, reason = KUBE_PROXY_SINCE, "the kube-proxy configuration"
    if mode == "NFTABLES":
        needed, reason = NFTABLES_SINCE, "the kube-proxy mode NFTABLES"
    _refuse_before(api_version, date, needed, reason, f"Use {needed} or a later preview", DEFAULT_KUBE_PROXY)


def check_host_routing(api_version: str) -> None:
    """Refuse an api-version that cannot carry eBPF host routing."""
    date, preview = check_api_version(api_version, DEFAULT_HOST_ROUTING)
    needed = HOST_ROUTING_PREVIEW_SINCE if preview else HOST_ROUTING_SINCE
    reason = f"eBPF host routing, in {'preview' if preview else 'stable'} api-versions,"
    remedy = f"Use {HOST_ROUTING_SINCE}, {HOST_ROUTING_PREVIEW_SINCE} or a later one"
    _refuse_before(api_version, date, needed, reason, remedy, DEFAULT_HOST_ROUTING)


def _refuse_before(api_version: str, date: str, needed: str, reason: str, remedy: str, default: str) -> None:
    if date < needed[: len(date)]:
        raise DataplaneError(
            f'api_version is "{api_version}", but {reason} exists since {needed} only.',
            remedy=f"{remedy}, or remove the option api_version to use {default}.",
            code="InvalidApiVersion",
        )
