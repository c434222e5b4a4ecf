# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The options with which Ansible was started."""

from __future__ import annotations

import os
import typing as t

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

from ..module_utils._run.typed import Extra, Typed

# Of a job of AWX all files are temporary, and its templates have the inventory and the variables.
_OF_AWX = "AWX_PRIVATE_DATA_DIR"


def typed(loader: t.Any) -> Typed:
    """loader: of the files that Ansible has read."""
    if os.environ.get(_OF_AWX):
        return Typed()
    given = [str(one) for one in context.CLIARGS.get("inventory") or ()]
    inventories = () if given == [str(one) for one in constants.DEFAULT_HOST_LIST or ()] else tuple(given)
    extras = [_extra(str(option), loader) for option in context.CLIARGS.get("extra_vars") or ()]
    return Typed(inventories, tuple(extra for extra in extras if extra is not None))


def _extra(option: str, loader: t.Any) -> Extra | None:
    """None for what is no longer readable, or holds nothing."""
    try:
        if option.startswith("@"):
            path = os.path.abspath(os.path.expanduser(option[1:]))
            found, file = loader.load_from_file(path), path
        else:
            found, file = (loader.load(option) if option[:1] in "[{" else parse_kv(option)), ""
    except (AnsibleError, OSError, ValueError):
        return None
    return Extra(dict(found), file) if isinstance(found, t.Mapping) and found else None
