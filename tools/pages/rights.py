# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/docsite/rst/reference_rights.rst, of the catalogue that the files in docs/rights are made of: python -m tools.pages.rights writes it."""

from __future__ import annotations

import sys
import typing as t

from tools.made import ROOT, main
from tools.rights.catalogue import AZURE, AZURE_OPTIONAL, KUBERNETES, KubernetesNeed
from tools.rights.files import AZURE_ROLES, PURPOSES

PATH = ROOT / "docs" / "docsite" / "rst" / "reference_rights.rst"

INTRODUCTION = """\
..
  Copyright (c) 2026, the aks.dataplane authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

  Made from tools/rights/catalogue.py by: python -m tools.pages.rights

.. _ansible_collections.aks.dataplane.docsite.reference_rights:

Rights in Azure and Kubernetes
==============================

Everything that the collection asks of Azure and of an API server needs one of these rights. The tests compare the list with each request that is made.
The files are in ``docs/rights``, in the repository and in an installed collection:
``~/.ansible/collections/ansible_collections/aks/dataplane/docs/rights``. :ref:`Grant permissions
<ansible_collections.aks.dataplane.docsite.guide_real_cluster.permissions>` shows the commands that apply them.

.. list-table::
   :header-rows: 1

   * - For
     - In Azure
     - In Kubernetes
   * - audit, ``--check``, verification
     - ``read.json``
     - ``read.yml``
   * - a switch, a rollback
     - ``switch.json``, which includes ``read.json``
     - ``read.yml``
   * - a look at the nodes in the pods of AKS; eBPF host routing
     -
     - and ``exec.yml``
   * - a look at the nodes with temporary pods
     -
     - and ``pods.yml``
   * - an interruption measured from the nodes
     -
     - and ``prober.yml``
   * - nftables tables on nodes by a DaemonSet
     -
     - and ``ruleset.yml``
   * - ``aks_dataplane_kubernetes_via: command``
     - and ``command.json``
     -

Where a file is for a namespace, it is ``aks-dataplane``, and the file creates it. Replace the zeros in each file with the subject that the run uses. Who grants
the rights needs ``Microsoft.Authorization/roleDefinitions/write`` and ``roleAssignments/write`` in Azure, and must be an admin of the cluster.

To take rights away again:

.. list-table::
   :header-rows: 1

   * - Granted by
     - Taken away by
   * - a role assignment in Azure
     - ``az role assignment delete --role "AKS data plane operator" --assignee OBJECT_ID --scope SCOPE``
   * - ``read.yml``, ``exec.yml``
     - ``kubectl delete -f docs/rights/kubernetes/exec.yml``
   * - ``pods.yml``, ``prober.yml``, ``ruleset.yml``
     - ``kubectl delete rolebinding,role aks-dataplane-pods --namespace aks-dataplane``, or ``aks-dataplane-prober``, ``aks-dataplane-ruleset``. They share
       the namespace: ``kubectl delete -f`` removes it with all that is in it.

Azure also asks for rights on :ref:`linked resources <ansible_collections.aks.dataplane.docsite.guide_real_cluster.permissions>`, such as the
subnet of the nodes.
"""


def text() -> str:
    """The whole page."""
    lines = [INTRODUCTION, *_title("Azure")]
    for part, actions in AZURE.items():
        name, purpose = AZURE_ROLES[part]
        more = dict(actions)
        if part == "switch":
            purpose += " It has the actions of read.json, and:"
            more = {action: why for action, why in actions.items() if action not in AZURE["read"]}
        lines += [f"``{part}.json``, the role *{name}*: {purpose}", "", *_table(("Action", "Why"), _actions(more))]
    lines += ["In no file, because an option asks for it:", "", *_table(("Action", "Why"), _actions(AZURE_OPTIONAL))]
    lines += _title("Kubernetes")
    for part, needs in KUBERNETES.items():
        rows = ((_resource(need), ", ".join(need.verbs), need.namespace or "the cluster", need.why) for need in needs)
        lines += [f"``{part}.yml``: {' '.join(PURPOSES[part].split())}", "", *_table(("Resource", "Verbs", "In", "Why"), rows)]
    return "\n".join(lines)


def _title(title: str) -> list[str]:
    return [title, "-" * len(title), ""]


def _actions(actions: t.Mapping[str, str]) -> t.Iterator[tuple[str, str]]:
    return ((f"``{action}``", why) for action, why in actions.items())


def _resource(need: KubernetesNeed) -> str:
    group = f".{need.group}" if need.group else ""
    names = f": {', '.join(need.names)}" if need.names else ""
    return f"``{need.resource}{group}``{names}"


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> list[str]:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for first, *others in (head, *rows):
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main("tools.pages.rights", lambda: {PATH: text()}, __doc__))
