"""The failure of a package that is not there, or too old. By itself, because what runs on nodes needs no package."""

from __future__ import annotations

import functools
import importlib.metadata
import re
import shlex
from sys import executable

from .errors import DataplaneError
from .foreign_text import foreign

# The oldest that the tests run with, next to the newest. azure.azcollection pins 32.1 of azure-mgmt-containerservice.
REQUIREMENTS = {
    "azure-identity": (1, 20, 0),
    "azure-mgmt-containerservice": (32, 1, 0),
    "azure-mgmt-core": (1, 5, 0),
    "jsonschema": (4, 18, 0),
    "kubernetes": (28, 1, 0),
}


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def install_command() -> str:
    """What installs all that the collection needs, for the interpreter that runs this."""
    return shlex.join([executable, "-m", "pip", "install", *(f"{package}>={_text(needed)}" for package, needed in REQUIREMENTS.items())])


class MissingLibrary(DataplaneError):
    """A Python package that the module needs is absent. The text is Ansible's own, which names this machine and its interpreter."""

    def __init__(self, package: str, exc: BaseException) -> None:
        """package: its name on PyPI. exc: why the import failed; its text becomes C(reason) of the C(error) result."""
        # Here, so that the cores, which may raise this, do not load all of AnsibleModule.
        from ansible.module_utils.basic import missing_required_lib

        super().__init__(
            missing_required_lib(package),
            remedy=f"To install all packages that the collection needs, run: {install_command()}",
            code="MissingLibrary",
            details={"reason": foreign(exc)},
        )


@functools.cache
def check_version(package: str) -> None:
    """MissingLibrary for a package that is not there, DataplaneError with C(SdkTooOld) for one that is too old. Imports none.

    What has been found new enough stays so: reading the description of a package takes milliseconds, and all forks inherit what is known.
    """
    needed = REQUIREMENTS[package]
    try:
        found = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as exc:
        raise MissingLibrary(package, exc) from exc
    if not is_new_enough(found, needed):
        raise DataplaneError(
            f"The Python package {package} is {found}, but {_text(needed)} or later is needed.",
            remedy=f"To install all packages that the collection needs, run: {install_command()}",
            code="SdkTooOld",
            details={"package": package, "found": found, "needed": _text(needed)},
        )


def is_new_enough(found: str, needed: tuple[int, int, int]) -> bool:
    """Whether a version is at least the needed one; a pre-release (41.0.0b1) comes before its release."""
    match = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)", found)
    if match is None:
        return False
    numbers = tuple(int(number or 0) for number in match.groups()[:3])
    is_prerelease = re.match(r"[-_.]?(a|b|rc|dev)", match.group(4)) is not None
    return numbers > needed or (numbers == needed and not is_prerelease)
