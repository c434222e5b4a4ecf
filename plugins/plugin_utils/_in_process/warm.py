# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What modules import, imported once: Ansible loads an action plugin in the parent of all workers, which are forks of it."""

from __future__ import annotations

import contextlib
import gc
import importlib

from ...module_utils._arm.shared_answers import open_shared
from ...module_utils._common.missing_library import REQUIREMENTS, check_version

_PLUGINS = "ansible_collections.aks.dataplane.plugins"
AZURE = ("azure.identity", "azure.mgmt.core.policies", "azure.core.pipeline.transport")
# Newer ones import these two only when they are asked for.
KUBERNETES = ("kubernetes.client", "kubernetes.client.api_client", "kubernetes.client.configuration")


def warm(*modules: str, packages: tuple[str, ...]) -> None:
    """Import modules of the collection, and the packages that they import when they need them; all forks sign in together."""
    open_shared()
    for name in (*(f"{_PLUGINS}.modules.{module}" for module in modules), *packages):
        # What is absent or broken is the module's to report, with the remedy, if it is needed at all.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for package in REQUIREMENTS:
        with contextlib.suppress(Exception):
            check_version(package)
    # Collections of garbage in the forks need not touch, and so copy, what is there.
    gc.freeze()


def warm_actions(*modules: str) -> None:
    """Load modules and their action plugins, each of which warms its own, for a plugin whose workers call them. Not every module has one."""
    for name in (f"{_PLUGINS}.{kind}.{module}" for module in modules for kind in ("action", "modules")):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
