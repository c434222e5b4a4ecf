# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which integration tests every supported ansible-core runs; the local one runs all of them.

Chosen is what depends on ansible-core: of each part of the collection the way from nothing through check mode and run to the run that finds nothing to
do, by ansible-playbook. What tables, faults and Azure's answers do to the code, ansible-core has no say in. A new part gets its line here, or
tests/unit/test_matrix.py fails. The marker C(matrix) is set by this table, and on the unit tests of plugins.
"""

from __future__ import annotations

KUBE_PROXY = (
    "test_playbook_kube_proxy.py::test_check_mode_plans_and_changes_nothing",
    "test_playbook_kube_proxy.py::test_two_clusters_one_after_the_other_and_again",
)
# Its roles and action plugins are those of kube-proxy, which are run to the end.
HOST_ROUTING = ("test_playbook_ebpf_host_routing.py::test_check_mode_plans_and_changes_nothing",)
AUDIT = ("test_playbook_audit.py::test_the_clusters_of_an_inventory",)
CLUSTER_RULESET = ("test_playbook_cluster_ruleset.py::test_from_nothing_to_removal",)
NODE_RULESET = ("test_playbook_node_ruleset.py::test_from_nothing_to_removal",)
# Where a module runs goes through much of Ansible's own code.
IN_PROCESS = (
    "test_in_process.py::test_every_module_gives_the_same_result",
    "test_in_process_ends.py::test_the_time_limit_of_a_task_in_the_middle_of_a_change",
    "test_in_process_ends.py::test_a_run_that_is_ended_leaves_nothing",
    "test_in_process_where.py::test_tasks_that_are_delegated",
    "test_in_process_where.py::test_what_needs_an_ordinary_process_has_one",
    "test_in_process_where.py::test_encrypted_options_and_paths_beside_the_playbook",
    "test_in_process_where.py::test_hosts_that_run_at_their_own_pace_with_defaults_of_the_group",
    "test_in_process_where.py::test_one_module_from_the_command_line",
    "test_in_process_ends.py::test_a_run_that_is_killed_leaves_no_secret_on_disk",
    "test_one_sign_in.py::test_a_playbook_over_20_hosts_signs_in_once",
)
# How a failure is shown is ansible-core's matter.
OUTPUT = ("test_playbook_output.py::test_a_refusal_is_shown_once",)
LEAF = ("test_leaf_modules.py::TestActionPlugin::test_progress_is_shown_and_leaves_no_trace_in_results",)
# How plugins are loaded, cached and made data that is never a template is different in each.
INVENTORY = (
    "test_aks_clusters_inventory.py::test_a_fleet_is_grouped_by_its_data_plane",
    "test_aks_clusters_inventory.py::test_what_azure_tells_is_never_a_template",
)
NODES_INVENTORY = ("test_aks_nodes_inventory.py::test_filters_groups_and_composed_variables",)
PREFLIGHT = ("test_playbook_workflow_steps.py::test_the_preflight_tells_of_every_cluster_and_changes_nothing",)
ROLLBACK = ("test_playbook_workflow_steps.py::test_going_back_goes_by_what_an_earlier_run_reported",)
REPORT = ("test_playbook_report.py::test_pages_of_a_directory_of_records",)
FORMER_NAMES = (
    "test_former_names.py::test_modules_give_the_same_results",
    "test_former_names.py::test_defaults_of_one_name_are_those_of_the_other",
    "test_former_names.py::test_one_module_from_the_command_line",
    "test_former_names.py::test_the_playbook_takes_the_same_variables",
)
# What is sent to nodes, with other Pythons than the controller's.
NODES = ("test_node_python_versions.py::test_the_modules_need_nothing_but_python",)
INTERRUPTION_PROBE = ("test_playbook_probe.py::test_pods_that_are_refused_end_the_run_before_the_change",)
NODES_PROBE = ("test_aks_nodes_probe.py::test_every_node_is_seen_and_nothing_stays",)
CLUSTER_RULESET = (
    "test_aks_node_ruleset.py::test_from_nothing_to_all_nodes_and_away_again",
    "test_aks_node_ruleset.py::test_a_play_shows_the_rollout",
)
NODES_INFO = ("test_aks_nodes_info.py::test_every_node_is_seen_and_nothing_is_changed",)
# Connections, which differ most from one ansible-core to the next: reset, lost, and in the background.
CONFIRMED = (
    "test_nft_confirm_ssh.py::test_a_good_change_is_kept",
    "test_node_nftables_ruleset_confirm.py::test_the_result_never_arrives",
    "test_node_nftables_ruleset_confirm.py::test_async",
)

# Warnings, templates in keywords of plays, and variables of other hosts differ.
INPUT = (
    "test_input_names.py::test_one_host_of_many_is_enough_and_it_is_refused_once",
    "test_input_names.py::test_others_cause_one_warning",
    "test_input_names.py::test_roles_alone_refuse_it[preflight]",
    "test_input_values.py::test_a_wrong_value_is_one_short_sentence",
    "test_playbook_output.py::test_a_wrong_value_of_a_later_role_is_refused_with_one_sentence_before_the_first_one_begins",
    "test_playbook_input.py::test_an_inventory_that_is_misspelt_or_empty",
    "test_playbook_input.py::test_a_misspelt_group_of_nodes",
)

# By file or folder of the collection, without its suffix.
PARTS: dict[str, tuple[str, ...]] = {
    "playbooks/audit": AUDIT,
    "playbooks/cluster_ruleset": CLUSTER_RULESET,
    "playbooks/ebpf_host_routing": HOST_ROUTING,
    "playbooks/go_back": FORMER_NAMES,
    "playbooks/kube_proxy": KUBE_PROXY,
    "playbooks/node_ruleset": NODE_RULESET,
    "playbooks/preflight": PREFLIGHT,
    "playbooks/report": REPORT,
    "playbooks/rollback": ROLLBACK,
    "playbooks/verification": ("test_playbook_workflow_steps.py::test_a_verification_without_a_declaration_asks_nothing",),
    "plugins/action/aks_audit": AUDIT,
    "plugins/action/aks_dataplane_status_info": KUBE_PROXY,
    "plugins/action/aks_ebpf_host_routing": LEAF,
    "plugins/action/aks_interruption_probe": INTERRUPTION_PROBE,
    "plugins/action/aks_kube_proxy": LEAF,
    "plugins/action/aks_network_info": IN_PROCESS,
    "plugins/action/aks_node_ruleset": CLUSTER_RULESET,
    "plugins/action/aks_nodes_info": NODES_INFO,
    "plugins/action/aks_nodes_probe": NODES_PROBE,
    "plugins/action/aks_preflight_info": IN_PROCESS,
    "plugins/action/aks_preview_feature": KUBE_PROXY,
    "plugins/action/aks_run_record": (*KUBE_PROXY, *OUTPUT),
    "plugins/action/node_nftables_ruleset": CONFIRMED,
    "plugins/action/node_nftables_ruleset_info": NODE_RULESET,
    "plugins/filter/audit": AUDIT,
    "plugins/filter/cluster_ruleset": CLUSTER_RULESET,
    "plugins/filter/nft_findings": NODE_RULESET,
    "plugins/filter/to_nft": ("test_nft_examples.py::test_as_written[to_nft]",),
    "plugins/inventory/aks_clusters": INVENTORY,
    "plugins/inventory/aks_nodes": NODES_INVENTORY,
    "plugins/modules/aks_audit": AUDIT,
    "plugins/modules/aks_dataplane_report": REPORT,
    "plugins/modules/aks_dataplane_status_info": (*KUBE_PROXY, *HOST_ROUTING, *FORMER_NAMES),
    "plugins/modules/aks_ebpf_host_routing": (*LEAF, *HOST_ROUTING),
    "plugins/modules/aks_interruption_probe": INTERRUPTION_PROBE,
    "plugins/modules/aks_kube_proxy": (*LEAF, *KUBE_PROXY),
    "plugins/modules/aks_network_info": IN_PROCESS,
    "plugins/modules/aks_node_ruleset": CLUSTER_RULESET,
    "plugins/modules/aks_nodes_info": NODES_INFO,
    "plugins/modules/aks_nodes_probe": NODES_PROBE,
    "plugins/modules/aks_preflight_info": (*KUBE_PROXY, *HOST_ROUTING, *FORMER_NAMES),
    "plugins/modules/aks_preview_feature": KUBE_PROXY,
    "plugins/modules/aks_run_record": KUBE_PROXY,
    "plugins/modules/node_dataplane_info": NODES,
    "plugins/modules/node_nftables_ruleset": (*NODES, *CONFIRMED),
    "plugins/modules/node_nftables_ruleset_info": NODES,
    "roles/audit": AUDIT,
    "roles/feature_registration": KUBE_PROXY,
    "roles/node_ruleset": (*NODE_RULESET, *CLUSTER_RULESET),
    "roles/preflight": KUBE_PROXY,
    "roles/run_record": (*KUBE_PROXY, *INPUT),
    "roles/switchover": (*KUBE_PROXY, *HOST_ROUTING),
    "roles/verification": (*KUBE_PROXY, *HOST_ROUTING),
}
TESTS = frozenset(test for tests in PARTS.values() for test in tests)


def is_chosen(test: str) -> bool:
    """By its name as pytest prints it, with or without the folder."""
    name = test.removeprefix("tests/integration/")
    if test.startswith("tests/unit/"):
        # The others are about the development environment, and what it makes once for all of them.
        return test.startswith("tests/unit/plugins/")
    return name in TESTS or name.partition("[")[0] in TESTS
