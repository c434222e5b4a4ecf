# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a further data plane known to Ansible and to all modules that run in its process, where the environment names the file of one."""

from __future__ import annotations

import importlib.util
import os
import sys

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: further_data_plane
type: notification
short_description: Make a further data plane known, for tests
description: Makes a further data plane known to the modules of C(aks.dataplane) that run in Ansible's own process.
"""

MODULES = "ansible_collections.aks.dataplane.plugins.modules"
# The environment variable with the path of the file of a further data plane.
DATA_PLANE = "IN_PROCESS_DATA_PLANE"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "further_data_plane"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        if DATA_PLANE in os.environ:
            _register(os.environ[DATA_PLANE])


def _register(file: str) -> None:
    """Import a module of the collection that declares a data plane: it makes itself known to the registry, in all processes that are forked."""
    name = f"{MODULES}.{os.path.basename(file).removesuffix('.py')}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(file)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
