# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""A module on several hosts of the inventory at the same time, for a task of another host: a play of one task, in Ansible's worker.

Ansible itself works on one host after the other where a task of one host is delegated to others.
"""

from __future__ import annotations

import typing as t

from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.playbook.play import Play
from ansible.plugins.action import ActionBase

Result = dict[str, t.Any]

# An sshd that all go through, a bastion for example, refuses connections at random from the tenth on that has not signed in yet (MaxStartups).
AT_ONCE = 8
_REGISTERED = "__aks_dataplane_seen_on_node"
# What our plays set for the clusters themselves, and would take the place of what hosts have.
_OF_CLUSTERS = "ansible_python_interpreter"


class _Quiet(TaskQueueManager):
    """The play is part of a task, whose result has all of it: no further output, and nothing for the callbacks of the operator."""

    def load_callbacks(self, *args: t.Any, **options: t.Any) -> None:
        pass

    def send_callback(self, *args: t.Any, **options: t.Any) -> None:
        pass


def on_hosts(
    action: ActionBase, hosts: t.Sequence[str], module: str, options: t.Mapping[str, t.Any], variables: Result
) -> dict[str, Result]:
    """The module's result by host, as root and with the connection and the Python of each; one that was not reached has C(msg).

    action: the plugin of the task, with its variables.
    """
    known = variables["hostvars"]
    inventory, manager = known._inventory, known._variable_manager
    # In this worker alone: nodes are in no batch of clusters, and need not be in the limit.
    inventory.remove_restriction()
    inventory.subset(None)
    context = action._play_context
    queue = _Quiet(
        inventory,
        manager,
        action._loader,
        {"conn_pass": context.password, "become_pass": context.become_pass},
        run_additional_callbacks=False,
        forks=min(AT_ONCE, len(hosts)),
    )
    # The operator's --start-at-task and tags are about other tasks.
    queue._start_at_done = True
    play = Play().load(_play(action, hosts, module, options), variable_manager=manager, loader=action._loader)
    play.only_tags, play.skip_tags = frozenset({"all"}), frozenset()
    try:
        queue.run(play)
    finally:
        queue.cleanup()
    return {host: dict(known.raw_get(host).get(_REGISTERED) or {}) for host in hosts}


def _play(action: ActionBase, hosts: t.Sequence[str], module: str, options: t.Mapping[str, t.Any]) -> Result:
    return {
        "name": action._task.get_name(),
        "hosts": list(hosts),
        "gather_facts": False,
        "strategy": "ansible.builtin.linear",
        "vars": {name: value for name, value in action._task.get_play().get_vars().items() if name != _OF_CLUSTERS},
        "tasks": [{"name": action._task.get_name(), module: dict(options), "become": True, "register": _REGISTERED}],
    }
