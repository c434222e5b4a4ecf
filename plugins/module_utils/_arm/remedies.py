"""What an operator can do about each error that AKS and ARM are known to answer with. Data, and one look-up."""

from __future__ import annotations

import dataclasses
import re
import typing as t


@dataclasses.dataclass(frozen=True)
class Remedy:
    """Belongs to errors whose code or subcode is one of C(codes), or whose text matches C(pattern), or whose HTTP status is C(status).

    text: what the operator can do, full sentences.
    """

    text: str
    codes: tuple[str, ...] = ()
    pattern: str | None = None
    status: int | None = None

    def knows(self, words: set[str]) -> bool:
        """words: in lower case."""
        return any(code.lower() in words for code in self.codes)

    def fits(self, message: str, status: int | None) -> bool:
        """message: everything that the error says. Asked only when no remedy knows its codes."""
        if self.pattern is not None and re.search(self.pattern, message, re.IGNORECASE):
            return True
        return self.status is not None and self.status == status


REGISTER_FEATURE = (
    "Register the feature KubeProxyConfigurationPreview with the module aks.dataplane.aks_preview_feature and run again. "
    "If it is registered already, run that module with refresh_provider=always, which passes the registration on to AKS."
)

LATER = "This is an error inside Azure. Run again in some minutes; if it persists, send the correlation id to Azure support."

# The first that belongs to an error is taken: by code, else by a code named in its text, else by pattern or status.
REMEDIES: tuple[Remedy, ...] = (
    Remedy(REGISTER_FEATURE, codes=("KubeProxyConfigFeatureNotRegistered",)),
    Remedy(
        "Register the feature above with the module aks.dataplane.aks_preview_feature and run again. "
        "If it is registered already, run that module with refresh_provider=always.",
        pattern=r"\bfeature \S+ is not (enabled|registered)",
    ),
    Remedy(
        "Remove ipvs_config, or set mode to IPVS: the IPVS settings are only allowed in that mode.",
        codes=("KubeProxyConfigFieldUnsupported",),
    ),
    Remedy(
        "Use supported values: mode IPTABLES, IPVS or NFTABLES; scheduler LeastConnection or RoundRobin; positive timeouts.",
        codes=("KubeProxyConfigValueUnsupported",),
    ),
    Remedy(
        "Keep kube-proxy enabled, or use a cluster that was created with network plugin none (bring your own CNI).",
        codes=("KubeProxyConfigDisabledBYOCNIOnly",),
        pattern=r"disabling kube-proxy is only allowed for bring your own",
    ),
    Remedy(
        "Cilium replaces kube-proxy on this cluster, so it has no mode; exclude this cluster, for example with --limit.",
        codes=("CiliumDataplaneRequiresKubeProxyConfigDisabled",),
    ),
    Remedy(
        "Upgrade the cluster to Kubernetes 1.33 or later, or choose another mode.",
        pattern=r"nftables.*(version|1\.33)|(version|1\.33).*nftables",
    ),
    Remedy(
        "Set the option api_version to a version with the property (kube-proxy settings exist only in preview versions, "
        "NFTABLES from 2025-09-02-preview on; eBPF host routing exists from 2026-01-01 on), and check the spelling of the property. AKS can refuse a "
        "property even where the version, or an SDK, has it: remove it then.",
        codes=("UnmarshalError",),
        pattern=r"unknown field",
    ),
    Remedy(
        "Run the module aks.dataplane.aks_preflight_info: EB14 and EB15 list the nodes with custom rules, which must be removed; EB30 those that AKS's "
        "iptables monitor has not labelled yet. It labels them within some minutes: run again then.",
        pattern=r"user-installed iptables rules",
    ),
    Remedy(
        "AKS replaces advancedNetworking as a whole, so enabled is required with its other settings: add it to networkProfile.advancedNetworking of "
        "managed_cluster, or run az aks update --enable-acns first.",
        pattern=r"failed to set advancednetworking enablement|missing required field \S*advancednetworking\.enabled",
    ),
    Remedy(
        "Run the module aks.dataplane.aks_preflight_info, which lists the blockers of eBPF host routing in this cluster.",
        pattern=r"acceleration ?mode|bpfveth",
    ),
    Remedy(
        "Set the option api_version to a version that Azure offers for Microsoft.ContainerService/managedClusters; "
        "preview versions are retired about a year after they appear.",
        codes=(
            "InvalidApiVersionParameter",
            "NoRegisteredProviderFound",
            "InvalidResourceType",
            "ApiVersionNotSupported",
            "MissingApiVersionParameter",
        ),
    ),
    Remedy(
        "Register the provider with 'az provider register --namespace Microsoft.ContainerService' or with the module "
        "aks.dataplane.aks_preview_feature, and run again.",
        codes=("MissingSubscriptionRegistration",),
    ),
    Remedy(
        "Wait until the running operation has ended ('az aks show' shows the provisioningState) and run again.",
        pattern=r"operation .*in progress|aks-pending-operation",
    ),
    Remedy(
        "Another client changed the cluster at the same time. Run again: the run reads the cluster again.",
        codes=("EtagMismatch", "PreconditionFailed", "NotLatestOperation", "OriginalEtagNotExpect", "ConditionNotMet"),
        status=412,
    ),
    Remedy(
        "Grant the identity that signs in the rights in docs/rights/azure of this collection (read.json; to switch, switch.json), "
        "on the scope above: az role assignment create. A new role assignment can take some minutes to take effect.",
        codes=("AuthorizationFailed", "LinkedAuthorizationFailed", "LinkedAccessCheckFailed"),
    ),
    Remedy(
        "Check the option name and the option resource_group, and that the option subscription_id is the cluster's subscription.",
        codes=("ResourceNotFound",),
    ),
    Remedy(
        "Check the option resource_group, and that the option subscription_id is the cluster's subscription.",
        codes=("ResourceGroupNotFound",),
    ),
    Remedy(
        "Check the option subscription_id, that the subscription is active, and that the identity that signs in has a role in it.",
        codes=(
            "SubscriptionNotFound",
            "InvalidSubscriptionId",
            "SubscriptionNotRegistered",
            "DisallowedOperation",
            "ReadOnlyDisabledSubscription",
        ),
    ),
    Remedy(
        "Check the spelling of the feature; 'az feature list --namespace Microsoft.ContainerService' lists the valid ones.",
        codes=("FeatureNotFound",),
    ),
    Remedy(
        "Check that the option tenant belongs to the subscription and that the option cloud_environment is the cloud of the identity; "
        "with the Azure CLI, sign in again with 'az login'.",
        codes=(
            "InvalidAuthenticationToken",
            "InvalidAuthenticationTokenTenant",
            "InvalidAuthenticationTokenAudience",
            "ExpiredAuthenticationToken",
            "AuthenticationFailed",
        ),
    ),
    Remedy("Remove the lock with az lock delete, or ask its owner, and run again.", codes=("ScopeLocked",)),
    Remedy("The change violates a policy of the subscription; ask its owner for an exemption.", codes=("RequestDisallowedByPolicy",)),
    Remedy(
        "AKS Automatic clusters run Cilium and do not allow this setting; exclude this cluster, for example with --limit.",
        codes=("AKSAutomaticSKUFeatureValidationError",),
    ),
    Remedy(
        "Set the network policy of the cluster to cilium, which the Cilium dataplane requires.",
        codes=("CiliumDataplaneRequiresNetworkPolicyCilium",),
    ),
    Remedy(
        "The Cilium dataplane needs network plugin azure in overlay mode or with a pod subnet.",
        pattern=r"cilium dataplane requires either network plugin mode",
    ),
    Remedy(
        "Do not send an eTag when the cluster is to be created; run again, to read the cluster again.",
        pattern=r"ETag header is provided",
    ),
    Remedy("Azure limits the rate of requests. Wait some minutes, handle fewer clusters at a time (--forks), and run again.", status=429),
    Remedy(
        LATER,
        codes=(
            "BadGatewayConnection",
            "GatewayTimeout",
            "InternalServerError",
            "ServerTimeout",
            "ServiceUnavailable",
            "InternalOperationError",
        ),
        pattern=r"internal (server )?error",
    ),
    Remedy(
        "Start the cluster ('az aks start') and run again.", pattern=r"(cluster|managed cluster).*\bis (in )?stopped|power state.*stopped"
    ),
    Remedy("Check the credentials of the identity that signs in, its tenant and cloud_environment.", status=401),
    Remedy(
        "Grant the identity that signs in the rights in docs/rights/azure of this collection (read.json; to switch, switch.json): az role assignment create.",
        status=403,
    ),
)


def find_remedy(code: str, subcode: str, message: str, status: int | None) -> str:
    """What to do about an error, full sentences; empty when nothing is known about it. status: HTTP status of the answer, if there was one."""
    codes = {code.lower(), subcode.lower()}
    # The gateway wraps errors of AKS, whose code is then found in the text only.
    named = {word.lower() for word in re.findall(r"\w+", message)}
    ways: tuple[t.Callable[[Remedy], bool], ...] = (
        lambda remedy: remedy.knows(codes),
        lambda remedy: remedy.knows(named),
        lambda remedy: remedy.fits(message, status),
    )
    for belongs in ways:
        for remedy in REMEDIES:
            if belongs(remedy):
                return remedy.text
    return LATER if status is not None and status >= 500 else ""
