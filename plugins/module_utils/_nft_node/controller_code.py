"""Code that is not sent to nodes, because the action plugin does its work; without that plugin, it may be at hand."""

from __future__ import annotations

import importlib
import typing as t

_UTILS = "ansible_collections.aks.dataplane.plugins.module_utils"


def controller_code(name: str) -> t.Any:
    """The Python module, such as C(_nft.tables_spec); null on a node."""
    try:
        return importlib.import_module(f"{_UTILS}.{name}")
    except ImportError:
        return None
