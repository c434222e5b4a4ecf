# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prediction of aks_preflight_info, without a cluster to look at."""

from __future__ import annotations

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import combine, predict
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4, BUNDLED_IPV6


def prediction(lines: t.Mapping[str, t.Mapping[str, t.Sequence[str] | None]]) -> dict[str, t.Any]:
    """Of the monitor's verdict on a node with these C(monitor_lines)."""
    return combine(predict(lines["ipv4"], BUNDLED_IPV4), predict(lines["ipv6"], BUNDLED_IPV6)).to_dict()


class FilterModule:
    """For Ansible."""

    def filters(self) -> dict[str, t.Callable]:
        """By name."""
        return {"monitor_prediction": prediction}
