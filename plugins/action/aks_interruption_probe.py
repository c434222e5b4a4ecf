# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..plugin_utils._in_process.action import ActionModule
from ..plugin_utils._in_process.warm import AZURE, KUBERNETES, warm

__all__ = ["ActionModule"]

warm("aks_interruption_probe", packages=(*AZURE, *KUBERNETES))
