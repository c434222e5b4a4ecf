"""Are the Azure packages there, and new enough? Asked before the import, which takes long and may fail oddly."""

from __future__ import annotations

from .._common.missing_library import check_version

PACKAGES = ("azure-mgmt-containerservice", "azure-identity", "azure-mgmt-core")


def check_azure_packages() -> None:
    """MissingLibrary for a package that is not there, DataplaneError with C(SdkTooOld) for one that is too old. Imports none of them."""
    for package in PACKAGES:
        check_version(package)
