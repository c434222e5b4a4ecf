# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
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

_API_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?")


def check_api_version(api_version: str) -> tuple[str, bool]:
    """The date and whether it is a preview; refuses what is not an api-version of AKS."""
    match = _API_VERSION.fullmatch(api_version)
    if match is None or not _is_date(match.group(1)):
        raise DataplaneError(
            f'api_version is "{api_version}", which is not an api-version.',
            remedy=f'It must look like "{DEFAULT_STABLE}" or "{DEFAULT_KUBE_PROXY}"; leave it out to use {DEFAULT_KUBE_PROXY}.',
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
    if date < needed[: len(date)]:
        raise DataplaneError(
            f'api_version is "{api_version}", but {reason} exists since {needed} only.',
            remedy=f"Use {needed} or a later preview, or leave api_version out to use {DEFAULT_KUBE_PROXY}.",
            code="InvalidApiVersion",
        )
