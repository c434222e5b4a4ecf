"""Which ARM api-versions know which setting."""

from __future__ import annotations

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

_API_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?")


def check_api_version(api_version: str, default: str = DEFAULT_KUBE_PROXY) -> tuple[str, bool]:
    """The date and whether it is a preview; refuses what is not an api-version of AKS. default: that of the option."""
    match = _API_VERSION.fullmatch(api_version)
    if match is None or not _is_date(match.group(1)):
        raise DataplaneError(
            f'api_version is "{api_version}", which is not an api-version.',
            remedy=f'It must look like "{DEFAULT_STABLE}" or "{DEFAULT_KUBE_PROXY}"; leave it out to use {default}.',
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
            remedy=f"Use {KUBE_PROXY_SINCE} or a later preview, or leave api_version out to use {DEFAULT_KUBE_PROXY}.",
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
    told = f"eBPF host routing, in {'preview' if preview else 'stable'} api-versions,"
    remedy = f"Use {HOST_ROUTING_SINCE}, {HOST_ROUTING_PREVIEW_SINCE} or a later one"
    _refuse_before(api_version, date, needed, told, remedy, DEFAULT_HOST_ROUTING)


def _refuse_before(api_version: str, date: str, needed: str, reason: str, remedy: str, default: str) -> None:
    if date < needed[: len(date)]:
        raise DataplaneError(
            f'api_version is "{api_version}", but {reason} exists since {needed} only.',
            remedy=f"{remedy}, or leave api_version out to use {default}.",
            code="InvalidApiVersion",
        )
