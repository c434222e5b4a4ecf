# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import from_response
from ansible_collections.aks.dataplane.plugins.module_utils._arm.remedies import REMEDIES, find_remedy

# Status, code, subcode and text of each refusal that is known from real life, and words of the remedy that an operator must get.
KNOWN = [
    (400, "KubeProxyConfigFeatureNotRegistered", "", "text", ["aks.dataplane.aks_preview_feature", "refresh_provider=always"]),
    (400, "BadRequest", "KubeProxyConfigFeatureNotRegistered", "text", ["refresh_provider=always"]),
    (500, "InternalError", "", "1132 KubeProxyConfigFeatureNotRegistered", ["refresh_provider=always"]),
    (
        400,
        "BadRequest",
        "",
        "Feature Microsoft.ContainerService/AutoUpgradePreview is not enabled. Please see https://aka.ms/aks/previews for how to enable features.",
        ["aks.dataplane.aks_preview_feature", "refresh_provider=always"],
    ),
    (400, "KubeProxyConfigFieldUnsupported", "", "ipvsConfig", ["ipvs_config", "IPVS"]),
    (
        400,
        "KubeProxyConfigValueUnsupported",
        "",
        "Preflight validation check for resource(s) for container service failed. Message: NFTABLES version",
        ["LeastConnection"],
    ),
    (
        400,
        "KubeProxyConfigDisabledBYOCNIOnly",
        "",
        "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters. For more information, please check https://aka.ms/byo-cni.",
        ["network plugin none"],
    ),
    (400, "BadRequest", "", "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters.", ["network plugin none"]),
    (
        400,
        "BadRequest",
        "",
        "User-installed iptables rules found. Number of affected nodes is 2. Please remove them and try again after some time.",
        ["EB14", "EB15", "EB30", "within some minutes"],
    ),
    (
        400,
        "BadRequest",
        "",
        "Failed to set AdvancedNetworking enablement. Missing required field networkProfile.advancedNetworking.enabled in the request.",
        ["networkProfile.advancedNetworking", "az aks update --enable-acns"],
    ),
    (
        400,
        "UnmarshalError",
        "",
        'json: unknown field "addonAutoscaling"',
        ["AKS can refuse a property even where the version, or an SDK, has it"],
    ),
    (400, "BadRequest", "CiliumDataplaneRequiresKubeProxyConfigDisabled", "text", ["Cilium replaces kube-proxy"]),
    (400, "BadRequest", "", "kube-proxy mode NFTABLES requires Kubernetes version 1.33 or later.", ["1.33"]),
    (400, "AKSAutomaticSKUFeatureValidationError", "", "text", ["Automatic"]),
    (
        400,
        "UnmarshalError",
        "",
        'UnmarshalEntity encountered error: json: unknown field "kubeProxyConfig" Check that the field is in the right location.',
        ["api_version", "preview"],
    ),
    (
        400,
        "InvalidParameter",
        "",
        'Invalid request body. Converting request body to a managed cluster encountered error: json: unknown field "X" Check ...',
        ["api_version"],
    ),
    (400, "UnmarshalError", "", 'json: unknown field "accelerationMode"', ["api_version", "2026-01-01"]),
    (400, "BadRequest", "", "Acceleration mode BpfVeth requires network dataplane cilium.", ["aks.dataplane.aks_preflight_info"]),
    (400, "InvalidApiVersionParameter", "", "The api-version is invalid.", ["api_version"]),
    (400, "NoRegisteredProviderFound", "", "No registered resource provider found.", ["api_version"]),
    (409, "OperationNotAllowed", "", "Operation is not allowed: Another operation (Updating) is in progress, please wait.", ["Wait"]),
    (
        409,
        "OperationNotAllowed",
        "",
        "Another agentpool operation (nodepool1 - Creating) is in progress, see https://aka.ms/aks-pending-operation",
        ["Wait"],
    ),
    (
        409,
        "EtagMismatch",
        "PutManagedClusterAndComponents_Failed",
        "Operation is not allowed: Another operation is in progress",
        ["Run again"],
    ),
    (412, "PreconditionFailed", "", "The condition is not met.", ["Run again"]),
    (412, "Http412", "", "", ["Run again"]),
    (
        400,
        "BadRequest",
        "",
        "Resource not found but ETag header is provided. If this is a request to create, please do not provide ETag.",
        ["eTag"],
    ),
    (None, "NotLatestOperation", "", "Cannot proceed with the operation.", ["Run again"]),
    (None, "OriginalEtagNotExpect", "", "Failed to save agent pool, preempted by ...", ["Run again"]),
    (400, "BadRequest", "CiliumDataplaneRequiresNetworkPolicyCilium", "Cilium dataplane requires network policy cilium.", ["cilium"]),
    (400, "BadRequest", "", "Cilium dataplane requires either network plugin mode overlay or pod subnet", ["overlay"]),
    (403, "AuthorizationFailed", "", "The client does not have authorization.", ["rights"]),
    (404, "ResourceNotFound", "", "not found", ["resource_group"]),
    (404, "ResourceGroupNotFound", "", "not found", ["resource_group"]),
    (404, "SubscriptionNotFound", "", "not found", ["subscription_id"]),
    (404, "FeatureNotFound", "", "not found", ["spelling"]),
    (401, "InvalidAuthenticationToken", "", "expired", ["tenant"]),
    (401, "Http401", "", "", ["tenant"]),
    (403, "Http403", "", "", ["rights"]),
    (409, "MissingSubscriptionRegistration", "", "not registered", ["az provider register"]),
    (409, "ScopeLocked", "", "locked", ["lock"]),
    (403, "RequestDisallowedByPolicy", "", "policy", ["policy"]),
    (429, "Http429", "", "", ["fewer clusters"]),
    (429, "TooManyRequests", "", "throttled", ["fewer clusters"]),
    (
        502,
        "BadGatewayConnection",
        "",
        "The network connectivity issue encountered for 'Microsoft.ContainerService'; cannot fulfill the request.",
        ["error inside Azure"],
    ),
    (500, "InternalServerError", "", "", ["error inside Azure"]),
    (503, "Http503", "", "", ["error inside Azure"]),
    (400, "BadRequest", "", "Managed cluster is in stopped state", ["az aks start"]),
]


@pytest.mark.parametrize(("status", "code", "subcode", "text", "words"), KNOWN)
def test_known_refusals(status: int | None, code: str, subcode: str, text: str, words: list[str]) -> None:
    remedy = find_remedy(code, subcode, text, status)
    assert [word for word in words if word not in remedy] == []


def test_nothing_is_said_about_the_unknown() -> None:
    assert find_remedy("SomethingNew", "", "text", 400) == ""
    # A quota is exceeded: waiting for an operation would be the wrong advice.
    assert find_remedy("OperationNotAllowed", "", "Operation could not be completed as it exceeds the approved cores quota.", 409) == ""


def test_both_shapes_get_the_same_remedy() -> None:
    bare = {"code": "BadRequest", "subcode": "KubeProxyConfigFieldUnsupported", "message": "m"}
    assert from_response(400, bare, {}, "x").remedy == from_response(400, {"error": bare}, {}, "x").remedy != ""


def test_every_remedy_can_be_reached() -> None:
    reached = {find_remedy(code, subcode, text, status) for status, code, subcode, text, _words in KNOWN}
    assert [remedy.text for remedy in REMEDIES if remedy.text not in reached] == []


def test_codes_belong_to_one_remedy() -> None:
    codes = [code.lower() for remedy in REMEDIES for code in remedy.codes]
    assert len(codes) == len(set(codes))
