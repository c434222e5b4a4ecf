#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_dataplane_report
short_description: Write pages about run records
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Writes a page about each run record, as one HTML file that needs nothing else, and as Markdown. A page has the verdict, the change, the findings, the
    waivers, the nodes, the timeline, how to roll back, and the SHA-256 of the record.
  - With a directory it also writes C(index.html) and C(index.md), which list the clusters by the state in which their last run left them, and C(junit.xml)
    for CI systems.
  - It reads records of all versions of this collection, and makes no request.
  - It runs on the Ansible controller with any connection.
extends_documentation_fragment:
  - aks.dataplane.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  async:
    support: full
  action_group:
    support: none
    membership: []
options:
  records:
    description: Paths of run records, or of directories in which all of them are read, such as that in C(aks_dataplane_record_dir).
    type: list
    elements: path
    required: true
  dest:
    description:
      - Directory of the pages. The module creates a missing one.
      - Without it, each page is written next to its record, and C(index.html), C(index.md) and C(junit.xml) to the directory in O(records) if that is the
        only element.
    type: path
requirements:
  - jinja2
  - pygal, for the chart of a measured interruption; without it, a page has the tables alone
seealso:
  - module: aks.dataplane.aks_run_record
"""

EXAMPLES = r"""
- name: Write pages about all runs, and the clusters by state
  aks.dataplane.aks_dataplane_report:
    records:
      - ~/.local/state/aks.dataplane/runs
    dest: report

- name: Write the page of one run next to its record
  aks.dataplane.aks_dataplane_report:
    records:
      - runs/shop.aks-blue/20261122T094501123Z-0a1b2c3d.json
"""

RETURN = r"""
files:
  description: Paths of the pages. In check mode, of those that would be written.
  returned: success
  type: list
  elements: str
  sample:
    - runs/shop.aks-blue/20261122T094501123Z-0a1b2c3d.html
    - runs/shop.aks-blue/20261122T094501123Z-0a1b2c3d.md
markdown:
  description: The page of the run as Markdown; with several records, the list of the clusters.
  returned: success
  type: str
  sample: "# aks-blue: switched\n"
excerpt:
  description: The same, for places with little room such as the artifacts of AWX. What is longer than 3,500 characters is cut at the end of a line, and
    the last line names the file of the whole page.
  returned: success
  type: str
  sample: "# aks-blue: switched\n"
runs:
  description: The runs, the last one first.
  returned: success
  type: list
  elements: dict
  contains:
    run_id:
      description: Id of the run.
      type: str
    cluster:
      description: Name of the cluster.
      type: str
    resource_group:
      description: Name of the resource group.
      type: str
    verdict:
      description: The verdict of the record, or V(interrupted).
      type: str
  sample:
    - {run_id: 20261122T094501123Z-0a1b2c3d, cluster: aks-blue, resource_group: shop, verdict: switched}
skipped:
  description: Files that are no run records, each with C(path) and C(reason).
  returned: success
  type: list
  elements: dict
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._report.writer import write_report

ARGUMENTS = ArgumentSpec(options={"records": {"type": "list", "elements": "path", "required": True}, "dest": {"type": "path"}})


def body(module: AnsibleModule) -> None:
    written = write_report(module.params["records"], module.params["dest"], check_mode=module.check_mode)
    runs = [{name: getattr(page, name) for name in ("run_id", "cluster", "resource_group", "verdict")} for page in written.pages]
    skipped = [{"path": path, "reason": reason} for path, reason in written.skipped]
    texts = {"markdown": written.markdown, "excerpt": written.excerpt}
    module.exit_json(changed=written.changed, files=list(written.files), **texts, runs=runs, skipped=skipped)


def main() -> None:
    run_on_controller(ControllerModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
