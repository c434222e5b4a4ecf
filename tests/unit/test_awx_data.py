# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWX objects agree with each other, with the playbooks and with what the modules read. All of it as the role that makes them gets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import jinja2
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import ENVIRONMENT, PROOFS, choose_credentials
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES

from tests.support.awx.data import Awx, Object, choices, leaves, load, questions
from tests.support.awx.project import PROJECT, offered
from tests.support.awx.workflow import ancestors, order, parents
from tests.support.playbook_files import Made, all_statistics, made
from tests.support.simulator import ROOT

LOADER = {"AZURE_SUBSCRIPTION_ID": "sub", "AZURE_TENANT": "ten", "AZURE_CLIENT_ID": "cli", "AZURE_SECRET": "sec"}
# What the inventory plugin returns of each cluster.
FROM_THE_INVENTORY = {"aks_dataplane_resource_group", "aks_dataplane_cluster", "aks_dataplane_subscription_id"}
PLAYBOOKS = offered(PROJECT)
# So that nothing is left to a default of AWX.
ALL_SET = {
    "aks_dataplane_awx_image_credential": "Registry",
    "aks_dataplane_awx_project_credential": "Git",
    "aks_dataplane_awx_pod_credential": "Pods",
    "aks_dataplane_awx_record_claim": "aks-records",
    "aks_dataplane_awx_instance_groups": ["AKS jobs"],
    "aks_dataplane_awx_node_instance_groups": ["AKS node jobs"],
}
GUID = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Awx:
    return load(tmp_path_factory.mktemp("load"), LOADER, aks_dataplane_awx_slices=3, **ALL_SET)


def test_the_loader_hands_on_every_key_of_every_object(awx: Awx) -> None:
    """To the modules, whose own argument specifications refuse unknown keys and wrong types while this is loaded."""
    for kind, items in written().items():
        made = awx.objects[kind]
        assert len(made) == len(items)
        for item, given in zip(items, made, strict=True):
            assert set(item) <= set(given), (kind, item.get("name"))
        if kind != "controller_roles":
            assert len({item["name"] for item in made}) == len(made), kind
    assert set(written()) == set(awx.objects)


def written() -> dict[str, list[Object]]:
    """The objects as they are in the files, with their templates."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "awx").glob("*.yml")) if not path.name.endswith(".aks.yml")]
    found = {name: value for text in texts for name, value in yaml.load(text, Loader).items()}
    return {name: value for name, value in found.items() if name.startswith("controller_")}


def test_the_settings_are_used_and_nothing_else_is_named(awx: Awx) -> None:
    settings = set(yaml.safe_load((ROOT / "awx" / "settings.yml").read_text(encoding="utf-8")))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "awx").glob("*.yml")) if path.name != "settings.yml")
    named = set(re.findall(r"aks_dataplane_awx_\w+", texts))
    assert {name for name in named if not re.search(rf"^{name}:", texts, re.MULTILINE)} == settings
    # The example overrides some of them.
    assert {item["organization"] for items in awx.objects.values() for item in items if "organization" in item} == {"Platform"}


def test_every_name_is_that_of_an_object(awx: Awx) -> None:
    credentials, projects = awx.named("controller_credentials"), awx.named("controller_projects")
    environments, inventories = awx.named("controller_execution_environments"), awx.named("controller_inventories")
    notified = {name for item in [*awx.templates.values(), *awx.workflows.values()] for key in item if "notif" in key for name in item[key]}
    assert notified == set(awx.named("controller_notifications"))
    types = {*awx.named("controller_credential_types"), "Microsoft Azure Resource Manager"}
    assert {item["credential_type"] for item in credentials.values()} <= types
    for project in projects.values():
        assert project["default_environment"] in environments
    for source in awx.objects["controller_inventory_sources"]:
        assert source["inventory"] in inventories
        if inventories[source["inventory"]].get("kind") == "constructed":
            assert source["name"] == f"Auto-created source for: {source['inventory']}", "the one that AWX makes by itself"
            assert set(inventories[source["inventory"]]["input_inventories"]) <= set(inventories)
            continue
        assert (source["inventory"], source["source_project"]) == ("AKS clusters", "AKS data plane")
        assert source["source_project"] in projects
        assert source["credential"] in credentials
        assert source["execution_environment"] in environments
        assert source["source_path"].endswith(".aks.yml"), "the name by which the inventory plugin knows its files"
        assert (PROJECT / source["source_path"]).is_file()
    for template in awx.templates.values():
        assert template["project"] in projects
        assert template["inventory"] in inventories
        assert template["execution_environment"] in environments
        assert set(template.get("credentials", [])) <= set(credentials)
    for roles in awx.objects["controller_roles"]:
        assert set(roles["teams"]) <= set(awx.named("controller_teams"))
        assert set(roles["workflows"]) <= set(awx.workflows)
        assert set(roles.get("job_templates", [])) <= set(awx.templates)


def test_a_schedule_only_reads_or_is_off_and_asks_for_an_approval(awx: Awx) -> None:
    for schedule in awx.objects["controller_schedules"]:
        name = schedule["unified_job_template"]
        template, workflow = awx.templates.get(name), awx.workflows.get(name)
        assert re.fullmatch(
            r"DTSTART(;TZID=[\w/]+)?:\d{8}T\d{6}Z? RRULE:FREQ=(DAILY|WEEKLY);INTERVAL=1(;BYDAY=\w\w|;COUNT=1)?", schedule["rrule"]
        )
        if workflow:
            assert schedule["enabled"] is False
            assert schedule["limit"]
            assert any("approval_node" in node for node in workflow["simplified_workflow_nodes"])
            # No answer is given, and none is demanded.
            assert not any(question["required"] for question in questions(workflow).values())
        else:
            assert (template is None) == (name in awx.named("controller_inventory_sources"))
            assert template is None or template["job_type"] == "check" or template["playbook"] == "playbooks/audit.yml"


def test_who_approves_can_read_the_plan_and_who_audits_can_start_nothing(awx: Awx) -> None:
    may: dict[str, set[tuple[str, str]]] = {}
    for roles in awx.objects["controller_roles"]:
        for team in roles["teams"]:
            may.setdefault(team, set()).update((roles["role"], name) for name in roles["workflows"] + roles.get("job_templates", []))
    for name, workflow in awx.workflows.items():
        nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
        assert {("approval", name), ("read", nodes["plan"]["unified_job_template"])} <= may["AKS approvers"]
        assert ("approval", name) not in may["AKS operators"]
        started = {template["name"] for template in awx.templates_of(workflow["simplified_workflow_nodes"]).values()}
        assert started <= {template for role, template in may["AKS operators"] if role in ("execute", "read")}, "see what became of it"
        # Or the switch would need no approval.
        assert ("execute", nodes["switch"]["unified_job_template"]) not in may["AKS operators"]
    assert {role for role, _name in may["AKS auditors"]} == {"read"}


def test_every_playbook_has_a_template_and_the_other_way_round(awx: Awx) -> None:
    assert sorted({template["playbook"] for template in awx.templates.values()}) == PLAYBOOKS


def test_what_changes_something_can_be_planned(awx: Awx) -> None:
    """Each template that switches has a twin that differs in the job type."""
    for name, template in awx.templates.items():
        twins = [other for other in awx.templates.values() if other["playbook"] == template["playbook"] and other["job_type"] == "check"]
        if re.search(r"switch( in slices)?$|firewall$", name):
            assert any(questions(twin) == questions(template) and twin.get("extra_vars") == template.get("extra_vars") for twin in twins), (
                name
            )
        assert template["job_type"] in ("run", "check")


def test_only_what_no_rollback_goes_by_is_sliced(awx: Awx) -> None:
    """Of one artifact that all slices set, AWX hands on what the slice that ended last has set."""
    sliced = {name for name, template in awx.templates.items() if template["job_slice_count"] == 3}
    assert sliced == {
        "AKS audit",
        "AKS kube-proxy preflight",
        "AKS host routing preflight",
        "AKS kube-proxy switch in slices",
        "AKS host routing switch in slices",
    }
    for workflow in awx.workflows.values():
        nodes = awx.templates_of(workflow["simplified_workflow_nodes"])
        assert not {nodes[name]["name"] for name in ("plan", "switch", "verification", "go_back")} & sliced
    assert {template["job_slice_count"] for name, template in awx.templates.items() if name not in sliced} == {1}
    assert not any(template["allow_simultaneous"] for template in awx.templates.values())


def test_an_empty_credential_is_refused_before_anything_is_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(RuntimeError, match="AZURE_SUBSCRIPTION_ID, AZURE_TENANT, AZURE_CLIENT_ID and AZURE_SECRET"):
        load(tmp_path_factory.mktemp("load"), {**LOADER, "AZURE_SECRET": ""})


def test_a_credential_with_an_empty_part_is_refused_without_showing_the_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(RuntimeError, match="these are empty: tenant") as caught:
        load(tmp_path_factory.mktemp("load"), {**LOADER, "AZURE_TENANT": "", "AZURE_SECRET": "hunter2-is-secret"})
    assert "hunter2" not in str(caught.value)


def test_the_loader_waits_for_the_clusters_and_keeps_the_secret(awx: Awx) -> None:
    kinds = [name for name, _given in awx.calls]
    assert kinds.index("inventory_source_update") < kinds.index("workflow_job_template")
    (update, *_others) = [given for name, given in awx.calls if name == "inventory_source_update"]
    assert update["wait"] is True
    (credential,) = awx.objects["controller_credentials"]
    assert credential["update_secrets"] is False


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_surveys_ask_what_the_playbook_takes(awx: Awx, playbook: str) -> None:
    for template in awx.templates.values():
        if template["playbook"] == playbook:
            for question in questions(template).values():
                check_question(question, template, made(playbook))
            missing = {name for name, option in made(playbook).options.items() if option.get("required")} - FROM_THE_INVENTORY
            assert missing <= all_statistics(), "required, but neither of the inventory nor handed on in a workflow"


def check_question(question: Object, template: Object, playbook: Made) -> None:
    name, answers = question["variable"], choices(question)
    # A launch over the API or a schedule gives no answers then: AWX fills in the default, of which it checks the type.
    assert question["required"] is False
    assert isinstance(question["default"], int if question["type"] == "integer" else str)
    assert question["default"] in answers or question["type"] in ("text", "integer")
    if name in playbook.options:
        option = playbook.options[name]
        assert answers == (["false", "true"] if option["type"] == "bool" else option.get("choices", [])), name
        assert all(valid({name: answer}, {name: option}) for answer in answers)
        assert option.get("default", question["default"]) in (question["default"], question["default"] == "true"), name
        return
    paths = [path for path, value in leaves(template.get("extra_vars", {})) if str(value) == f"{{{{ {name} }}}}"]
    if not paths:
        # Of the plays and not of the roles.
        assert name in playbook.own, f"{name} is asked for {template['name']}, which does not read it"
        return
    for path in paths:
        spec: t.Any = {"options": playbook.options}
        for key in path:
            spec = spec["options"][key]
        assert sorted(answers) == sorted(spec["choices"])
        for answer in answers:
            given = rendered(template["extra_vars"], {name: answer})
            assert valid({key: value for key, value in given.items() if key not in playbook.own}, playbook.options)


def rendered(value: t.Any, answers: Object) -> t.Any:
    """As AWX has Ansible template it when the job runs."""
    if isinstance(value, dict):
        return {key: rendered(inner, answers) for key, inner in value.items()}
    return jinja2.Template(value, undefined=jinja2.StrictUndefined).render(answers) if isinstance(value, str) else value


def valid(parameters: Object, options: dict[str, t.Any]) -> bool:
    return not ArgumentSpecValidator({name: options[name] for name in parameters}).validate(parameters).error_messages


@pytest.mark.parametrize("workflow", ["AKS kube-proxy", "AKS eBPF host routing"])
def test_a_workflow_leads_from_the_preflight_to_the_report(awx: Awx, workflow: str) -> None:
    nodes = awx.workflows[workflow]["simplified_workflow_nodes"]
    by_name = {node["identifier"]: node for node in nodes}
    assert len(by_name) == len(nodes)
    sequence = order(nodes)
    assert [name for name, before in parents(nodes).items() if not before] == ["clusters"], "one root, from which all is reached"
    assert sequence[-1] == "report"
    assert all(("approval_node" in node) != ("unified_job_template" in node) for node in nodes)
    known = {*awx.templates, *awx.named("controller_inventory_sources")}
    assert {node["unified_job_template"] for node in nodes if "unified_job_template" in node} <= known
    assert ancestors(nodes, "switch") == {"clusters", "preflight", "plan", "approval"}
    assert awx.templates[by_name["plan"]["unified_job_template"]]["job_type"] == "check"
    for name in ("switch", "verification"):
        assert by_name[name]["failure_nodes"] == ["go_back"]
    approval = by_name["approval"]["approval_node"]
    assert (approval["name"], approval["timeout"]) == ("Switch as planned?", 86400)


@pytest.mark.parametrize("workflow", ["AKS kube-proxy", "AKS eBPF host routing"])
def test_what_a_node_uses_is_set_before_it(awx: Awx, workflow: str) -> None:
    nodes = awx.workflows[workflow]["simplified_workflow_nodes"]
    playbooks = {name: made(template["playbook"]) for name, template in awx.templates_of(nodes).items()}
    steps = {f"aks_dataplane_step_{step}" for step in ("plan", "switch", "verification", "rollback")}
    assert playbooks["go_back"].uses == {"aks_dataplane_before", "aks_dataplane_verdicts", *steps}
    for identifier, playbook in playbooks.items():
        reported = {name for before in ancestors(nodes, identifier) if before in playbooks for name in playbooks[before].sets}
        # Set by an earlier rollback, where a workflow has two.
        reported |= playbooks["go_back"].sets if identifier == "go_back" else set()
        assert playbook.uses <= reported, identifier
    # Also when the job that switches is lost, with all that it would have reported.
    assert {"aks_dataplane_before", "aks_dataplane_verdicts", "aks_dataplane_step_plan"} <= playbooks["plan"].sets


@pytest.mark.parametrize("workflow", ["AKS kube-proxy", "AKS eBPF host routing"])
def test_the_survey_of_a_workflow_asks_for_all_its_nodes(awx: Awx, workflow: str) -> None:
    asked = questions(awx.workflows[workflow])
    nodes = awx.workflows[workflow]["simplified_workflow_nodes"]
    for template in awx.templates_of(nodes).values():
        for name, question in questions(template).items():
            assert asked[name] == question
    # An answer is an extra variable of every job, and those hide what the rollback declares.
    assert not set(asked) & {"aks_dataplane_kube_proxy", "aks_dataplane_host_routing", *all_statistics()}


def test_what_credentials_inject_is_read(awx: Awx) -> None:
    read = {name for names in ENVIRONMENT.values() for name in names}
    read |= {option["fallback"][1][0] for option in KUBERNETES.options.values() if "fallback" in option}
    for kind in awx.objects["controller_credential_types"]:
        fields = {field["id"] for field in kind["inputs"]["fields"]}
        assert set(kind["inputs"]["required"]) <= fields
        assert set(kind["injectors"]["env"]) <= read
        texts = [value for _path, value in leaves(kind["injectors"])]
        named = {name for text in texts for name in re.findall(r"{{ (\w+)", text)}
        assert named - {"tower"} == fields, "every field is injected, and nothing else"
        assert ("tower" in named) == ("file" in kind["injectors"])


def test_only_what_changes_or_verifies_clusters_demands_a_limit(awx: Awx) -> None:
    """Not what only reads every cluster, nor the rollback, which goes by what the workflow has changed."""
    demanding = {name for name, template in awx.templates.items() if template.get("extra_vars", {}).get("aks_dataplane_limit_required")}
    assert demanding == {name for name in awx.templates if name.startswith(("AKS kube-proxy ", "AKS host routing ", "AKS cluster "))}
    assert all(awx.templates[name]["ask_limit_on_launch"] for name in demanding)
    assert all("aks_dataplane_limit_required" in made(awx.templates[name]["playbook"]).own for name in demanding)


@pytest.mark.parametrize("token_file", ["default", ""])
def test_a_workload_identity_is_a_complete_choice(awx: Awx, token_file: str) -> None:
    """AWX applies the default of a field in its forms only: an object that is made over its API has an empty one."""
    kind = awx.named("controller_credential_types")["Azure workload identity"]
    inputs = {"subscription": GUID, "tenant": GUID, "client": GUID, "cloud_environment": ""}
    default = next(field["default"] for field in kind["inputs"]["fields"] if field["id"] == "token_file")
    inputs["token_file"] = default if token_file == "default" else token_file
    injected = rendered(kind["injectors"]["env"], inputs)

    choice = choose_credentials({"auth_source": "auto", **dict.fromkeys(PROOFS)}, Pod(injected))

    assert (choice.kind, choice.proof) == ("oidc_token_file_path", "/var/run/secrets/azure/tokens/azure-identity-token")
    assert choice.cloud_environment == "AzureCloud"


class Pod:
    """Nothing but an environment."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ

    def read_profile(self, section: str) -> None:
        return None

    def has_cli(self) -> bool:
        return False

    def cli_subscription(self) -> str:
        return ""


def test_secrets_come_from_who_loads_and_are_in_no_file(awx: Awx) -> None:
    (credential,) = awx.objects["controller_credentials"]
    assert credential["inputs"] == {"subscription": "sub", "tenant": "ten", "client": "cli", "secret": "sec"}


def test_by_default_nothing_is_made_that_has_to_be_in_awx_already(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a copy of a notification template nor pods with a volume; and what somebody chose in AWX stays."""
    awx = load(tmp_path_factory.mktemp("load"), LOADER, aks_dataplane_awx_notification_source="")
    assert not {"controller_notifications", "controller_instance_groups"} & set(awx.objects)
    assert not any("instance_groups" in inventory for inventory in awx.objects["controller_inventories"])
    assert not any(
        "credential" in item for kind in ("controller_projects", "controller_execution_environments") for item in awx.objects[kind]
    )


def test_jobs_run_in_pods_with_a_volume_for_their_records(awx: Awx) -> None:
    (group,) = awx.objects["controller_instance_groups"]
    pod = yaml.safe_load(group["pod_spec_override"])
    (container,) = pod["spec"]["containers"]
    # The receptor of AWX reads the container of this name; it has no other way to the events of a job.
    assert (group["is_container_group"], container["name"], container["args"][:2]) == (True, "worker", ["ansible-runner", "worker"])
    (mount,), (volume,) = container["volumeMounts"], pod["spec"]["volumes"]
    assert (mount["name"], volume["persistentVolumeClaim"]) == (volume["name"], {"claimName": "aks-records"})
    assert mount["mountPath"] in (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
    assert (pod["metadata"]["namespace"], pod["spec"]["serviceAccountName"], pod["spec"]["securityContext"]["fsGroup"]) == (
        "awx",
        "default",
        1000,
    )
    groups = {name: inventory["instance_groups"] for name, inventory in awx.named("controller_inventories").items()}
    assert groups == {"AKS clusters": [group["name"]], "AKS waves": [group["name"]], "AKS nodes": ["AKS node jobs"]}


def test_a_file_with_objects_that_are_there_already_can_be_left_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    files = ["surveys", "job_templates"]
    awx = load(tmp_path_factory.mktemp("load"), {}, awx_files=files, aks_dataplane_awx_credential="Ours")
    assert "controller_credentials" not in awx.objects
    assert awx.templates["AKS kube-proxy switch"]["credentials"] == ["Ours"]


def test_the_waves_are_groups_by_the_tag(awx: Awx, tmp_path: Path) -> None:
    """As AWX evaluates a constructed inventory: the plugin, with what the source says, over the hosts of the other one."""
    (source,) = (item for item in awx.objects["controller_inventory_sources"] if item["name"].endswith(": AKS waves"))
    tags = {"one": {"wave": "1"}, "two": {"wave": "2"}, "other": {"stage": "test"}, "none": {}}
    hosts = {name: {"aks_tags": given} for name, given in tags.items()}
    (tmp_path / "1_clusters.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    (tmp_path / "2_constructed.yml").write_text(yaml.safe_dump(source["source_vars"]), encoding="utf-8")

    command = [Path(sys.executable).parent / "ansible-inventory", "--list", "-i", tmp_path]
    groups = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60).stdout)

    waves = {name: group["hosts"] for name, group in groups.items() if name.startswith("wave")}
    assert waves == {"wave_1": ["one"], "wave_2": ["two"]}
    assert set(groups["_meta"]["hostvars"]) == set(tags)
