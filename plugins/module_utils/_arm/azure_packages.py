"""Are the Azure packages there, and new enough? Asked before the import, which takes long and may fail oddly."""

from __future__ import annotations

import importlib.metadata
import re

from .._common.errors import DataplaneError
from .._common.missing_library import MissingLibrary

# Those that the tests run with, next to the newest. azure.azcollection pins 32.1 of the first one.
OLDEST_VERSIONS = {"azure-mgmt-containerservice": (32, 1, 0), "azure-identity": (1, 20, 0)}


def check_azure_packages() -> None:
    """MissingLibrary for a package that is not there, DataplaneError with C(SdkTooOld) for one that is too old. Imports none of them."""
    for package, needed in OLDEST_VERSIONS.items():
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError as exc:
            raise MissingLibrary(package, exc) from exc
        if not is_new_enough(found, needed):
            wanted = ".".join(str(number) for number in needed)
            raise DataplaneError(
                f"The Python package {package} is {found}, but {wanted} or later is needed.",
                remedy=f"Install it with 'pip install \"{package}>={wanted}\"' for the interpreter that runs the module.",
                code="SdkTooOld",
                details={"package": package, "found": found, "needed": wanted},
            )


def is_new_enough(found: str, needed: tuple[int, int, int]) -> bool:
    """Whether a version is at least the needed one; a pre-release (41.0.0b1) comes before its release."""
    match = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)", found)
    if match is None:
        return False
    numbers = tuple(int(number or 0) for number in match.groups()[:3])
    is_prerelease = re.match(r"[-_.]?(a|b|rc|dev)", match.group(4)) is not None
    return numbers > needed or (numbers == needed and not is_prerelease)
