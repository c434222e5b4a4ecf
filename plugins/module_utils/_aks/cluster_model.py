"""The names of all that a managed cluster has in the model of azure-mgmt-containerservice, api-version 2026-08-01. Data; a test compares it.

A null that Azure shows next to these comes from elsewhere: it has shown fields that no version takes (C(aadProfile.adminUsers), in 2025).
"""

from __future__ import annotations

# The keys of each object by its path, which does not count places in lists; * is any name. A path that is missing here is a value.
MODEL: dict[str, str] = {
    "": "eTag extendedLocation id identity kind location name properties sku systemData tags type",
    "extendedLocation": "name type",
    "identity": "delegatedResources principalId tenantId type userAssignedIdentities",
    "identity.delegatedResources": "*",
    "identity.delegatedResources.*": "location referralResource resourceId tenantId",
    "identity.userAssignedIdentities": "*",
    "identity.userAssignedIdentities.*": "clientId principalId",
    "properties": (
        "aadProfile addonProfiles agentPoolProfiles aiToolchainOperatorProfile apiServerAccessProfile autoScalerProfile "
        "autoUpgradeProfile azureMonitorProfile azurePortalFQDN bootstrapProfile currentKubernetesVersion disableLocalAccounts "
        "diskEncryptionSetID dnsPrefix enableFIPS enableRBAC fqdn fqdnSubdomain hostedSystemProfile httpProxyConfig "
        "identityProfile ingressProfile kubernetesVersion linuxProfile maxAgentPools metricsProfile networkProfile "
        "nodeProvisioningProfile nodeResourceGroup nodeResourceGroupProfile oidcIssuerProfile podIdentityProfile powerState "
        "privateFQDN privateLinkResources provisioningState publicNetworkAccess resourceUID schedulerProfile securityProfile "
        "serviceMeshProfile servicePrincipalProfile status storageProfile supportPlan upgradeSettings windowsProfile "
        "workloadAutoScalerProfile"
    ),
    "properties.aadProfile": "adminGroupObjectIDs clientAppID enableAzureRBAC managed serverAppID serverAppSecret tenantID",
    "properties.addonProfiles": "*",
    "properties.addonProfiles.*": "config enabled identity",
    "properties.addonProfiles.*.config": "*",
    "properties.addonProfiles.*.identity": "clientId objectId resourceId",
    "properties.agentPoolProfiles": (
        "artifactStreamingProfile availabilityZones capacityReservationGroupID count creationData currentOrchestratorVersion eTag "
        "enableAutoScaling enableEncryptionAtHost enableFIPS enableNodePublicIP enableUltraSSD gatewayProfile gpuInstanceProfile "
        "gpuProfile hostGroupID kubeletConfig kubeletDiskType linuxOSConfig localDNSProfile maxCount maxPods messageOfTheDay "
        "minCount mode name networkProfile nodeImageVersion nodeLabels nodePublicIPPrefixID nodeTaints orchestratorVersion "
        "osDiskSizeGB osDiskType osSKU osType podIPAllocationMode podSubnetID powerState provisioningState "
        "proximityPlacementGroupID scaleDownMode scaleSetEvictionPolicy scaleSetPriority securityProfile spotMaxPrice status tags "
        "type upgradeSettings virtualMachineNodesStatus virtualMachinesProfile vmSize vnetSubnetID windowsProfile workloadRuntime"
    ),
    "properties.agentPoolProfiles.artifactStreamingProfile": "enabled",
    "properties.agentPoolProfiles.creationData": "sourceResourceId",
    "properties.agentPoolProfiles.gatewayProfile": "publicIPPrefixSize",
    "properties.agentPoolProfiles.gpuProfile": "driver nvidia",
    "properties.agentPoolProfiles.gpuProfile.nvidia": "managementMode",
    "properties.agentPoolProfiles.kubeletConfig": (
        "allowedUnsafeSysctls containerLogMaxFiles containerLogMaxSizeMB cpuCfsQuota cpuCfsQuotaPeriod cpuManagerPolicy "
        "failSwapOn imageGcHighThreshold imageGcLowThreshold podMaxPids topologyManagerPolicy"
    ),
    "properties.agentPoolProfiles.linuxOSConfig": "swapFileSizeMB sysctls transparentHugePageDefrag transparentHugePageEnabled",
    "properties.agentPoolProfiles.linuxOSConfig.sysctls": (
        "fsAioMaxNr fsFileMax fsInotifyMaxUserWatches fsNrOpen kernelThreadsMax netCoreNetdevMaxBacklog netCoreOptmemMax "
        "netCoreRmemDefault netCoreRmemMax netCoreSomaxconn netCoreWmemDefault netCoreWmemMax netIpv4IpLocalPortRange "
        "netIpv4NeighDefaultGcThresh1 netIpv4NeighDefaultGcThresh2 netIpv4NeighDefaultGcThresh3 netIpv4TcpFinTimeout "
        "netIpv4TcpKeepaliveProbes netIpv4TcpKeepaliveTime netIpv4TcpMaxSynBacklog netIpv4TcpMaxTwBuckets netIpv4TcpTwReuse "
        "netIpv4TcpkeepaliveIntvl netNetfilterNfConntrackBuckets netNetfilterNfConntrackMax vmMaxMapCount vmSwappiness "
        "vmVfsCachePressure"
    ),
    "properties.agentPoolProfiles.localDNSProfile": "kubeDNSOverrides mode state vnetDNSOverrides",
    "properties.agentPoolProfiles.localDNSProfile.kubeDNSOverrides": "*",
    "properties.agentPoolProfiles.localDNSProfile.kubeDNSOverrides.*": (
        "cacheDurationInSeconds forwardDestination forwardPolicy maxConcurrent protocol queryLogging serveStale serveStaleDurationInSeconds"
    ),
    "properties.agentPoolProfiles.localDNSProfile.vnetDNSOverrides": "*",
    "properties.agentPoolProfiles.localDNSProfile.vnetDNSOverrides.*": (
        "cacheDurationInSeconds forwardDestination forwardPolicy maxConcurrent protocol queryLogging serveStale serveStaleDurationInSeconds"
    ),
    "properties.agentPoolProfiles.networkProfile": "allowedHostPorts applicationSecurityGroups dranet nodePublicIPTags",
    "properties.agentPoolProfiles.networkProfile.allowedHostPorts": "portEnd portStart protocol",
    "properties.agentPoolProfiles.networkProfile.dranet": "mode",
    "properties.agentPoolProfiles.networkProfile.nodePublicIPTags": "ipTagType tag",
    "properties.agentPoolProfiles.nodeLabels": "*",
    "properties.agentPoolProfiles.powerState": "code",
    "properties.agentPoolProfiles.securityProfile": "enableSecureBoot enableVTPM sshAccess",
    "properties.agentPoolProfiles.status": "*",
    "properties.agentPoolProfiles.tags": "*",
    "properties.agentPoolProfiles.upgradeSettings": (
        "drainTimeoutInMinutes maxSurge maxUnavailable nodeSoakDurationInMinutes undrainableNodeBehavior"
    ),
    "properties.agentPoolProfiles.virtualMachineNodesStatus": "count size",
    "properties.agentPoolProfiles.virtualMachinesProfile": "scale",
    "properties.agentPoolProfiles.virtualMachinesProfile.scale": "autoscale manual",
    "properties.agentPoolProfiles.virtualMachinesProfile.scale.autoscale": "maxCount minCount size",
    "properties.agentPoolProfiles.virtualMachinesProfile.scale.manual": "count size",
    "properties.agentPoolProfiles.windowsProfile": "disableOutboundNat",
    "properties.aiToolchainOperatorProfile": "enabled",
    "properties.apiServerAccessProfile": (
        "authorizedIPRanges disableRunCommand enablePrivateCluster enablePrivateClusterPublicFQDN enableVnetIntegration "
        "privateDNSZone subnetId"
    ),
    "properties.autoScalerProfile": (
        "balance-similar-node-groups daemonset-eviction-for-empty-nodes daemonset-eviction-for-occupied-nodes expander "
        "ignore-daemonsets-utilization max-empty-bulk-delete max-graceful-termination-sec max-node-provision-time "
        "max-total-unready-percentage new-pod-scale-up-delay ok-total-unready-count scale-down-delay-after-add "
        "scale-down-delay-after-delete scale-down-delay-after-failure scale-down-unneeded-time scale-down-unready-time "
        "scale-down-utilization-threshold scan-interval skip-nodes-with-local-storage skip-nodes-with-system-pods"
    ),
    "properties.autoUpgradeProfile": "nodeOSUpgradeChannel upgradeChannel",
    "properties.azureMonitorProfile": "appMonitoring containerInsights metrics",
    "properties.azureMonitorProfile.appMonitoring": "autoInstrumentation openTelemetryLogsAndTraces openTelemetryMetrics",
    "properties.azureMonitorProfile.appMonitoring.autoInstrumentation": "enabled",
    "properties.azureMonitorProfile.appMonitoring.openTelemetryLogsAndTraces": "enabled grpcPort httpPort",
    "properties.azureMonitorProfile.appMonitoring.openTelemetryMetrics": "enabled grpcPort httpPort",
    "properties.azureMonitorProfile.containerInsights": (
        "containerNetworkLogs disablePrometheusMetricsScraping enabled logAnalyticsWorkspaceResourceId syslogPort"
    ),
    "properties.azureMonitorProfile.metrics": "controlPlane enabled kubeStateMetrics",
    "properties.azureMonitorProfile.metrics.controlPlane": "enabled",
    "properties.azureMonitorProfile.metrics.kubeStateMetrics": "metricAnnotationsAllowList metricLabelsAllowlist",
    "properties.bootstrapProfile": "artifactSource containerRegistryId",
    "properties.hostedSystemProfile": "enabled nodeSubnetID systemNodeSubnetID",
    "properties.httpProxyConfig": "enabled httpProxy httpsProxy noProxy trustedCa",
    "properties.identityProfile": "*",
    "properties.identityProfile.*": "clientId objectId resourceId",
    "properties.ingressProfile": "gatewayAPI webAppRouting",
    "properties.ingressProfile.gatewayAPI": "installation",
    "properties.ingressProfile.webAppRouting": "dnsZoneResourceIds enabled gatewayAPIImplementations identity nginx",
    "properties.ingressProfile.webAppRouting.gatewayAPIImplementations": "appRoutingIstio",
    "properties.ingressProfile.webAppRouting.gatewayAPIImplementations.appRoutingIstio": "mode",
    "properties.ingressProfile.webAppRouting.identity": "clientId objectId resourceId",
    "properties.ingressProfile.webAppRouting.nginx": "defaultIngressControllerType",
    "properties.linuxProfile": "adminUsername ssh",
    "properties.linuxProfile.ssh": "publicKeys",
    "properties.linuxProfile.ssh.publicKeys": "keyData",
    "properties.metricsProfile": "costAnalysis",
    "properties.metricsProfile.costAnalysis": "enabled",
    "properties.networkProfile": (
        "advancedNetworking dnsServiceIP ipFamilies loadBalancerProfile loadBalancerSku natGatewayProfile networkDataplane "
        "networkMode networkPlugin networkPluginMode networkPolicy outboundType podCidr podCidrs serviceCidr serviceCidrs "
        "staticEgressGatewayProfile"
    ),
    "properties.networkProfile.advancedNetworking": "enabled observability performance security",
    "properties.networkProfile.advancedNetworking.observability": "enabled",
    "properties.networkProfile.advancedNetworking.performance": "accelerationMode",
    "properties.networkProfile.advancedNetworking.security": "advancedNetworkPolicies enabled transitEncryption",
    "properties.networkProfile.advancedNetworking.security.transitEncryption": "type",
    "properties.networkProfile.loadBalancerProfile": (
        "allocatedOutboundPorts backendPoolType effectiveOutboundIPs enableMultipleStandardLoadBalancers idleTimeoutInMinutes "
        "managedOutboundIPs outboundIPPrefixes outboundIPs"
    ),
    "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs": "id",
    "properties.networkProfile.loadBalancerProfile.managedOutboundIPs": "count countIPv6",
    "properties.networkProfile.loadBalancerProfile.outboundIPPrefixes": "publicIPPrefixes",
    "properties.networkProfile.loadBalancerProfile.outboundIPPrefixes.publicIPPrefixes": "id",
    "properties.networkProfile.loadBalancerProfile.outboundIPs": "publicIPs",
    "properties.networkProfile.loadBalancerProfile.outboundIPs.publicIPs": "id",
    "properties.networkProfile.natGatewayProfile": (
        "effectiveOutboundIPs idleTimeoutInMinutes managedOutboundIPProfile outboundIPPrefixes outboundIPs sku"
    ),
    "properties.networkProfile.natGatewayProfile.effectiveOutboundIPs": "id",
    "properties.networkProfile.natGatewayProfile.managedOutboundIPProfile": "count countIPv6",
    "properties.networkProfile.natGatewayProfile.outboundIPPrefixes": "publicIPPrefixes",
    "properties.networkProfile.natGatewayProfile.outboundIPs": "publicIPs",
    "properties.networkProfile.staticEgressGatewayProfile": "enabled",
    "properties.nodeProvisioningProfile": "defaultNodePools mode",
    "properties.nodeResourceGroupProfile": "restrictionLevel",
    "properties.oidcIssuerProfile": "enabled issuerURL",
    "properties.podIdentityProfile": "allowNetworkPluginKubenet enabled userAssignedIdentities userAssignedIdentityExceptions",
    "properties.podIdentityProfile.userAssignedIdentities": "bindingSelector identity name namespace provisioningInfo provisioningState",
    "properties.podIdentityProfile.userAssignedIdentities.identity": "clientId objectId resourceId",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo": "error",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo.error": "error",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo.error.error": "code details message target",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo.error.error.details": "code details message target",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo.error.error.details.details": "code details message target",
    "properties.podIdentityProfile.userAssignedIdentities.provisioningInfo.error.error.details.details.details": (
        "code details message target"
    ),
    "properties.podIdentityProfile.userAssignedIdentityExceptions": "name namespace podLabels",
    "properties.podIdentityProfile.userAssignedIdentityExceptions.podLabels": "*",
    "properties.powerState": "code",
    "properties.privateLinkResources": "groupId id name privateLinkServiceID requiredMembers type",
    "properties.schedulerProfile": "upstream",
    "properties.schedulerProfile.upstream": "schedulerConfigMode",
    "properties.securityProfile": (
        "azureKeyVaultKms customCATrustCertificates defender imageCleaner kubernetesResourceObjectEncryptionProfile workloadIdentity"
    ),
    "properties.securityProfile.azureKeyVaultKms": "enabled keyId keyVaultNetworkAccess keyVaultResourceId",
    "properties.securityProfile.defender": "logAnalyticsWorkspaceResourceId securityGating securityMonitoring",
    "properties.securityProfile.defender.securityGating": "allowSecretAccess enabled identities",
    "properties.securityProfile.defender.securityGating.identities": "azureContainerRegistry identity",
    "properties.securityProfile.defender.securityGating.identities.identity": "clientId objectId resourceId",
    "properties.securityProfile.defender.securityMonitoring": "enabled",
    "properties.securityProfile.imageCleaner": "enabled intervalHours",
    "properties.securityProfile.kubernetesResourceObjectEncryptionProfile": "infrastructureEncryption",
    "properties.securityProfile.workloadIdentity": "enabled",
    "properties.serviceMeshProfile": "istio mode",
    "properties.serviceMeshProfile.istio": "certificateAuthority components revisions",
    "properties.serviceMeshProfile.istio.certificateAuthority": "plugin",
    "properties.serviceMeshProfile.istio.certificateAuthority.plugin": (
        "certChainObjectName certObjectName keyObjectName keyVaultId rootCertObjectName"
    ),
    "properties.serviceMeshProfile.istio.components": "egressGateways ingressGateways proxyRedirectionMechanism",
    "properties.serviceMeshProfile.istio.components.egressGateways": "enabled gatewayConfigurationName name namespace",
    "properties.serviceMeshProfile.istio.components.ingressGateways": "enabled mode",
    "properties.servicePrincipalProfile": "clientId secret",
    "properties.status": "*",
    "properties.storageProfile": "blobCSIDriver diskCSIDriver fileCSIDriver snapshotController",
    "properties.storageProfile.blobCSIDriver": "enabled",
    "properties.storageProfile.diskCSIDriver": "enabled",
    "properties.storageProfile.fileCSIDriver": "enabled",
    "properties.storageProfile.snapshotController": "enabled",
    "properties.upgradeSettings": "overrideSettings",
    "properties.upgradeSettings.overrideSettings": "forceUpgrade until",
    "properties.windowsProfile": "adminPassword adminUsername enableCSIProxy gmsaProfile licenseType",
    "properties.windowsProfile.gmsaProfile": "dnsServer enabled rootDomainName",
    "properties.workloadAutoScalerProfile": "keda verticalPodAutoscaler",
    "properties.workloadAutoScalerProfile.keda": "enabled",
    "properties.workloadAutoScalerProfile.verticalPodAutoscaler": "enabled",
    "sku": "name tier",
    "systemData": "createdAt createdBy createdByType lastModifiedAt lastModifiedBy lastModifiedByType",
    "tags": "*",
}
