#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.controller_code import controller_code
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.ruleset import apply_ruleset


def body(module: AnsibleModule) -> None:
    module.exit_json(**apply_ruleset(module))


def main() -> None:
    # The action plugin checks tables, and makes text of them. Options that begin with _ are for it.
    spec = controller_code("_nft.tables_spec")
    arguments = {
        "content": {"type": "str"},
        "src": {"type": "path"},
        "tables": {"type": "list", "elements": "dict", "options": spec and spec.SUBOPTIONS},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "adopt": {"type": "bool", "default": False},
        "backup": {"type": "bool", "default": False},
        "persist": {"type": "bool", "default": True},
        "confirm_timeout": {"type": "int", "default": 0},
        "compare": {"type": "str", "choices": ["full", "hash"], "default": "full"},
        "validate_only": {"type": "bool", "default": False},
        "wire_confirm": {"type": "dict"},
        "wire_declared": {"type": "str"},
        "wire_origin": {"type": "str"},
        "wire_segments": {"type": "list", "elements": "raw"},
    }
    source = ["content", "src", "tables"]
    run_module(
        Module(argument_spec=arguments, mutually_exclusive=[source], required_one_of=[source], supports_check_mode=True),
        body,
    )


if __name__ == "__main__":
    main()
