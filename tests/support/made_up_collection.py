# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection that is made up, with one public name of every kind, for tests that change it."""

from __future__ import annotations

import pathlib

from tools.public_names.collect import written_names
from tools.public_names.compare import broken_names
from tools.public_names.model import Names
from tools.public_names.renames import Rename, incomplete

MODULE = "plugins/modules/aks_old.py"
SPECS = "roles/switchover/meta/argument_specs.yml"
DEFAULTS = "roles/switchover/defaults/main.yml"
TASKS = "roles/switchover/tasks/main.yml"
RUNTIME = "meta/runtime.yml"
RESULTS = "docs/docsite/rst/reference_results.rst"
ERRORS = "docs/docsite/rst/reference_errors.rst"
RULES = "docs/docsite/rst/reference_preflight.rst"
PLAYBOOK = "playbooks/go_back.yml"
FRAGMENT = "changelogs/fragments/news.yml"

FILES = {
    "galaxy.yml": "version: 0.2.0\n",
    "changelogs/changelog.yaml": "releases: {0.1.0: {}}\n",
    RUNTIME: "action_groups:\n  azure: [aks_old]\n",
    MODULE: '''
DOCUMENTATION = r"""
extends_documentation_fragment:
  - aks.dataplane.azure
options:
  mode:
    type: str
    choices: [IPTABLES, IPVS]
  _step:
    type: str
"""
EXAMPLES = "- name: {"
RETURN = r"""
state:
  description: V(wanted) or V(other), for example of a node. For example V(never).
  type: str
plan:
  type: list
  elements: dict
  sample:
    - {path: a}
"""
''',
    "plugins/modules/aks_run_record.py": 'DOCUMENTATION = "options: {verdict: {type: str, choices: [switched]}}"\n',
    "plugins/doc_fragments/azure.py": (
        "class ModuleDocFragment:\n"
        '    DOCUMENTATION = "options: {tenant: {type: str, aliases: [azure_tenant]}, subscription: {type: str, required: true}}"\n'
    ),
    "plugins/action/aks_old.py": "",
    "plugins/filter/told.yml": "DOCUMENTATION: {options: {_input: {type: dict, required: true}}}\n",
    "plugins/inventory/fleet.py": 'DOCUMENTATION = "extends_documentation_fragment: [constructed]"\n',
    SPECS: """
argument_specs:
  main:
    options:
      aks_dataplane_rollback:
        description: Whether to go back.
        type: bool
        default: true
      aks_dataplane_config:
        type: dict
        options:
          mode: {type: str, choices: [IPTABLES, IPVS]}
""",
    DEFAULTS: "aks_dataplane_rollback: true\n",
    TASKS: """
- name: Roll back
  ansible.builtin.debug:
    msg: "{{ aks_dataplane_config.mode }} of {{ hostvars[item].aks_dataplane_node }} in {{ groups['aks_nodes'] }}"
  when: aks_dataplane_rollback | bool
- name: Tell
  block:
    - name: Tell
      ansible.builtin.set_stats:
        data:
          aks_dataplane_verdicts: {}
""",
    PLAYBOOK: "- name: Roll back\n  hosts: all\n  serial: \"{{ aks_dataplane_serial | default('100%') }}\"\n",
    RESULTS: "``switched``\n   It was.\n\n``aks_dataplane_verdicts``\n   Of the playbook ``aks.dataplane.go_back``: ``proved`` or ``not_proved``.\n",
    ERRORS: "Ours\n----\n\n``NoWayBack``\n   None.\n\nErrors of Azure\n---------------\n\n``Theirs``\n   Theirs.\n",
    RULES: "KP01: A rule\n~~~~~~~~~~~~\n",
    "awx/settings.yml": "aks_dataplane_awx_image: x\n",
    "awx/objects.yml": """
ask: [{variable: aks_dataplane_mode, type: multiplechoice, choices: "IPTABLES\\nIPVS"}]
more: [{variable: aks_dataplane_serial, type: text}]
survey: {spec: "{{ ask + more }}"}
controller_templates:
  - {name: AKS go back, survey_spec: "{{ survey }}", extra_vars: {mode: !unsafe "{{ aks_dataplane_mode }}"}}
  - {name: "{{ a_setting }}"}
controller_workflows:
  - {name: AKS, simplified_workflow_nodes: [{identifier: plan}]}
controller_credential_types:
  - {name: AKS kubeconfig, inputs: {fields: [{id: context, type: string}]}}
""",
}


class Collection:
    """On disk, with the names that it began with. Written anew, changed, and held to them."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)
        self.recorded = self.names()

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        if old not in text:
            raise AssertionError(f"{name} has no {old!r}")
        self.write(name, text.replace(old, new))

    def move(self, old: str, new: str) -> None:
        (self.root / old).rename(self.root / new)

    def tell(self, line: str) -> None:
        self.write(FRAGMENT, f"deprecated_features:\n  - {line}\n")

    def names(self) -> Names:
        return written_names(self.root)

    def broken(self, *renames: Rename) -> list[str]:
        return broken_names(self.recorded, self.names(), renames)

    def incomplete(self, rename: Rename) -> list[str]:
        return incomplete(self.root, self.names(), rename)
