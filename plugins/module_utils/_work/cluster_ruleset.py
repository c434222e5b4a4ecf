"""M(aks.dataplane.aks_node_ruleset): from its options to the steps of the work, or to the file with the objects."""

from __future__ import annotations

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .._arm import client as arm
from .._files.whole_file import write_whole
from .._observe.yaml_text import write_yaml
from .._ruleset.objects import config_map
from .._ruleset.overlap import choose_port
from . import api_server
from .cluster_ruleset_options import check
from .ruleset_steps import RulesetSteps
from .ruleset_wanted import Wanted
from .stepwise import exit_stepwise, wait_for

Params = t.Mapping[str, t.Any]
Json = dict[str, t.Any]


def apply_ruleset(module: AnsibleModule) -> None:
    """End the module with its result. DataplaneError, KubeError, ArmError; OSError of the file."""
    params = module.params
    check(params)
    wanted = Wanted(params)
    if params["render_to"]:
        module.exit_json(**render(params, wanted, module.check_mode))
    api = api_server.connect(params, functools.cache(lambda: arm.connect(params)))
    steps = RulesetSteps(api, params, wanted, show_diff=module._diff, warn=module.warn)
    if module.check_mode:
        module.exit_json(**steps.foresee())
    if not params["wait"]:
        module.exit_json(**wait_for(steps.until_begun, timeout=params["wait_timeout"], poll_interval=params["poll_interval"]))
    exit_stepwise(module, steps.advance)


def render(params: Params, wanted: Wanted, dry: bool) -> Json:
    """The result with C(render_to): the file has the objects. OSError."""
    port = choose_port(wanted.ruleset, ())
    content = wanted.content(port)
    keepers = wanted.keepers(content, port, priority=True)
    items = [config_map(content, wanted.ruleset, wanted.namespace)[1], *keepers.daemon_sets().values()]
    text, path = write_yaml(items), params["render_to"]
    try:
        with open(path, encoding="utf-8") as file:
            old = file.read()
    except FileNotFoundError:
        old = ""
    if old != text and not dry:
        write_whole(path, text.encode())
    objects = [f"{item['kind']} {wanted.namespace}/{item['metadata']['name']}" for item in items]
    return {
        "changed": old != text,
        "ruleset": wanted.ruleset,
        "state": "rendered",
        "digest": content.declared,
        "nodes": [],
        "objects": objects,
        "plan": [f"Write {len(items)} objects to {path}."] if old != text else [],
        "keeper_update": False,
        "diff": [],
    }
