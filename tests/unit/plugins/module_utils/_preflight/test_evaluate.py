# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How findings are made of what the rules say: profiles, ignored rules, order."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.evaluate import check_ignore, counts, evaluate, passed
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import PROFILES, SEVERITIES, Finding
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import CalicoFacts, ProxyFacts, ServiceFacts
from hypothesis import given
from hypothesis import strategies as st

from tests.support.preflight import DAEMONSET, DISABLED, IPTABLES, IPVS, NFTABLES, facts, findings_of, kube, node, view

CONFIGS = st.sampled_from([IPTABLES, IPVS, NFTABLES, DISABLED])
PARTS = st.sampled_from(["nodes", "daemonset", "proxies", "services", "calico", "cilium"])
IGNORED = st.frozensets(st.sampled_from(sorted(registry.rules())))

CLUSTERS = st.builds(
    view,
    version=st.sampled_from(["1.21.0", "1.32.4", "1.34.2", "1.41.0", "unknown"]),
    sku=st.sampled_from(["Base", "Automatic"]),
    networkPlugin=st.sampled_from(["azure", "kubenet", "none"]),
    networkPolicy=st.sampled_from(["none", "azure", "calico"]),
    networkDataplane=st.sampled_from(["azure", "cilium"]),
    state=st.sampled_from(["Succeeded", "Updating", "Failed"]),
    power=st.sampled_from(["Running", "Stopped"]),
)
KUBES = st.none() | st.builds(
    kube,
    nodes=st.lists(
        st.builds(node, st.text("ab", min_size=1), ready=st.booleans(), os=st.sampled_from(["linux", "windows"])), max_size=8
    ).map(tuple),
    daemonset=st.sampled_from([None, DAEMONSET]),
    proxies=st.lists(st.builds(ProxyFacts, st.text("ab"), st.sampled_from([None, "iptables", "ipvs"])), max_size=4).map(tuple),
    services=st.builds(ServiceFacts, st.integers(0, 20_000), st.sampled_from([(), ("a/b",)])),
    calico=st.sampled_from([None, CalicoFacts("Iptables"), CalicoFacts("Nftables")]),
    kube_proxy_replacement=st.sampled_from([None, "true", "false"]),
    unread=st.dictionaries(PARTS, st.just("forbidden")),
)
FACTS = st.builds(
    facts, CONFIGS, CONFIGS, cluster=CLUSTERS, kube=KUBES, feature_state=st.sampled_from([None, "Registered", "NotRegistered"])
)
RANK = {severity: number for number, severity in enumerate(SEVERITIES)}


@given(FACTS, st.sampled_from(PROFILES), IGNORED, IGNORED)
def test_ignoring_more_never_makes_it_fail(seen: Facts, profile: t.Any, few: frozenset[str], more: frozenset[str]) -> None:
    less_ignored, more_ignored = findings_of(seen, profile, few), findings_of(seen, profile, few | more)
    assert passed(more_ignored) or not passed(less_ignored)
    assert len(more_ignored) == len(less_ignored)


@given(FACTS, st.sampled_from(PROFILES), IGNORED)
def test_evaluation_is_deterministic_sorted_plain_and_complete(seen: Facts, profile: t.Any, ignore: frozenset[str]) -> None:
    findings = findings_of(seen, profile, ignore)
    assert findings == findings_of(seen, profile, sorted(ignore))
    order = [(RANK[finding.severity], finding.id) for finding in findings]
    assert order == sorted(order)
    reported = [finding.to_dict() for finding in findings]
    assert json.loads(json.dumps(reported)) == reported
    assert sum(counts(findings).values()) == len(findings)
    for finding in findings:
        assert finding.title
        assert finding.message
        assert finding.subject
        assert finding.reference.startswith("https://")
        assert "None" not in finding.message
        assert finding.ignored == (finding.id in ignore)


@given(FACTS)
def test_current_is_never_stricter_and_each_difference_is_reported(seen: Facts) -> None:
    def by_key(profile: t.Any) -> dict[tuple[str, str, str], Finding]:
        return {(finding.id, finding.subject, finding.message): finding for finding in findings_of(seen, profile)}

    preview, current = by_key("preview"), by_key("current")
    assert set(current) <= set(preview)
    for key, finding in preview.items():
        other = current.get(key)
        assert other is None or RANK[finding.severity] <= RANK[other.severity]
        differs = other is None or other.severity != finding.severity
        assert bool(finding.profile_note) == differs
        if differs:
            assert "aks_dataplane_profile: current" in finding.profile_note
            assert "rule_set: current" in finding.profile_note


def one(rule: str, findings: t.Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.id == rule]


def test_only_the_preview_asks_for_the_feature_to_disable_kube_proxy_on_an_own_cni() -> None:
    seen = facts(DISABLED, cluster=view(networkPlugin="none"), feature_state="NotRegistered", kube=kube(kube_proxy_replacement="true"))
    (finding,) = one("KP02", findings_of(seen))
    assert finding.severity == "error"
    assert finding.profile_note.startswith("The profile current does not raise this: from the AKS release of 2025-04-27 on")
    assert one("KP02", findings_of(seen, "current")) == []
    assert passed(findings_of(seen, "current"))


def test_other_wants_need_the_feature_in_both_profiles() -> None:
    own_cni, azure = view(networkPlugin="none"), view()
    for wanted, cluster in ((NFTABLES, azure), (NFTABLES, own_cni), (DISABLED, azure)):
        for profile in PROFILES:
            (finding,) = one("KP02", findings_of(facts(wanted, cluster=cluster, feature_state="NotRegistered"), profile))
            assert (finding.severity, finding.profile_note) == ("error", "")


def test_azure_network_policy_is_a_warning_in_the_preview_only() -> None:
    seen = facts(cluster=view(networkPolicy="azure"))
    (strict,), (relaxed,) = one("KP09", findings_of(seen)), one("KP09", findings_of(seen, "current"))
    assert (strict.severity, relaxed.severity, relaxed.profile_note) == ("warning", "info", "")
    assert strict.profile_note.startswith("The profile current makes this info: ")


def test_an_ignored_error_is_kept_but_does_not_count() -> None:
    seen = facts(cluster=view(sku="Automatic"))
    assert not passed(findings_of(seen))
    findings = findings_of(seen, "preview", ["KP13"])
    (finding,) = one("KP13", findings)
    assert (finding.severity, finding.ignored, finding.original_severity) == ("info", True, "error")
    others = {(other.ignored, other.original_severity, other.profile_note, other.not_checked) for other in findings if other.id != "KP13"}
    assert others == {(False, None, "", True)}
    assert passed(findings)
    assert counts(findings) == {"error": 0, "warning": 0, "info": 6}


def test_the_worst_comes_first() -> None:
    seen = facts(IPVS, cluster=view(networkPolicy="azure", version="1.35.1"))
    assert [finding.severity for finding in findings_of(seen)] == ["error", "warning", "warning", "info", "info"]


def test_unknown_rules_in_ignore_are_refused() -> None:
    with pytest.raises(DataplaneError) as caught:
        check_ignore(["KP01", "KP99", "kp02"], registry.rules())
    assert caught.value.code == "UnknownRule"
    assert "KP99, kp02" in caught.value.message
    assert "KP01, KP02, KP03" in caught.value.remedy
    assert "KP30" in caught.value.remedy


def test_rules_of_every_data_plane_may_be_ignored() -> None:
    check_ignore(["KP01", "EB01"], registry.rules())
    assert findings_of(facts(), ignore=["EB01"]) == findings_of(facts())


def test_only_the_rules_that_are_given_are_evaluated() -> None:
    automatic = facts(cluster=view(sku="Automatic"))
    assert [finding.id for finding in evaluate([registry.rules()["KP13"], registry.rules()["KP10"]], automatic, "preview")] == ["KP13"]
    assert evaluate([], automatic, "preview") == ()
