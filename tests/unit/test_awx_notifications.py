# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of awx/notifications.yml, by the rules of AWX: what it accepts (C(NotificationTemplateSerializer.validate_messages)), and what it sends
(C(JobNotificationMixin.JOB_FIELDS_ALLOWED_LIST), C(WorkflowApproval.context))."""

from __future__ import annotations

import re
import typing as t

import jinja2
import jinja2.sandbox
import pytest
import yaml

from tests.support.awx.data import Object, load
from tests.support.simulator import ROOT

URL = "https://awx.example.com/#/jobs/playbook/7"
JOB: Object = {"id": 7, "name": "AKS kube-proxy plan", "limit": "wave_1", "status": "successful", "artifacts": {}}
APPROVAL = {
    "approval_node_name": "Switch as planned?",
    "approval_status": "pending",
    "workflow_url": "https://awx.example.com/#/workflows/6",
}
BEFORE = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPVS"}}}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    awx = load(tmp_path_factory.mktemp("load"), {}, awx_files=["notifications"])
    (template,) = awx.objects["controller_notifications"]
    assert template["copy_from"] == "Platform chat"
    return dict(template["messages"])


def test_awx_accepts_them(messages: dict[str, t.Any]) -> None:
    """It fills in a sample of a job without artifacts, and refuses what that does not have."""
    assert set(messages) <= {"started", "success", "error", "workflow_approval"}
    assert set(messages["workflow_approval"]) <= {"running", "approved", "timed_out", "denied"}
    for message in [messages["started"], messages["success"], messages["error"], *messages["workflow_approval"].values()]:
        # A webhook's body would have to be JSON, and a chat has none.
        assert set(message) == {"message"}
        assert "\n" not in message["message"]
        strict = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        assert strict.from_string(message["message"]).render(job=JOB, url=URL, **APPROVAL)


PLAN = {
    "aks-a": {"verdict": "planned", "before": BEFORE, "plan": "IPVS becomes NFTABLES (disruption: restart)"},
    "aks-b": {"verdict": "unchanged", "before": BEFORE},
}


@pytest.mark.parametrize(
    ("job", "sent"),
    [
        (
            {"artifacts": {"aks_dataplane_step_plan": PLAN, "aks_dataplane_verdicts": {"aks-a": "planned", "aks-b": "unchanged"}}},
            f"AKS kube-proxy plan #7, limit wave_1: successful. aks-a: IPVS becomes NFTABLES (disruption: restart). aks-b: unchanged. {URL}",
        ),
        (
            {"name": "AKS kube-proxy verification", "status": "failed", "artifacts": {"aks_dataplane_verdicts": {"aks-a": "not_proved"}}},
            f"AKS kube-proxy verification #7, limit wave_1: failed. aks-a: not_proved. {URL}",
        ),
        (
            {"name": "AKS kube-proxy preflight", "status": "failed", "artifacts": {"aks_dataplane_preflight": {"aks-a": "refused"}}},
            f"AKS kube-proxy preflight #7, limit wave_1: failed. aks-a: refused. {URL}",
        ),
        ({"name": "AKS go back", "status": "running"}, f"AKS go back #7, limit wave_1: running. {URL}"),
        # A workflow has no artifacts, and may have no limit.
        ({"name": "AKS kube-proxy", "status": "failed", "limit": "", "artifacts": None}, f"AKS kube-proxy #7, limit none: failed. {URL}"),
    ],
)
def test_they_name_the_clusters_and_what_is_planned(messages: dict[str, t.Any], job: Object, sent: str) -> None:
    given = {name: value for name, value in {**JOB, **job}.items() if value is not None}
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment()
    for event in ("started", "success", "error"):
        assert environment.from_string(messages[event]["message"]).render(job=given, url=URL) == sent


def test_the_approval_has_its_address(messages: dict[str, t.Any]) -> None:
    text = (
        jinja2.sandbox.ImmutableSandboxedEnvironment().from_string(messages["workflow_approval"]["running"]["message"]).render(**APPROVAL)
    )
    assert text == "Switch as planned? The message before this one has the plan. Approve or deny: https://awx.example.com/#/workflows/6"


def test_the_guide_shows_the_message_for_who_writes_it_by_hand(messages: dict[str, t.Any]) -> None:
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
    assert "aks_dataplane_awx_notification_source" in guide
    body = re.search(r"^   (\{\"plan\": .*\})$", guide, re.MULTILINE)
    assert body, "the body for a webhook, which is all that one sends"
    job = {**JOB, "artifacts": {"aks_dataplane_step_plan": PLAN}}
    sent = jinja2.sandbox.ImmutableSandboxedEnvironment().from_string(body[1]).render(job=job, url=URL)
    assert yaml.safe_load(sent) == {"plan": PLAN, "job": "AKS kube-proxy plan", "url": URL}
