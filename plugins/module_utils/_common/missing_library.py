"""The failure of a package that is not there. By itself, because what runs on nodes needs no package."""

from __future__ import annotations

from ansible.module_utils.basic import missing_required_lib

from .errors import DataplaneError


class MissingLibrary(DataplaneError):
    """A Python package that the module needs is absent or too old."""

    def __init__(self, package: str, exc: BaseException) -> None:
        super().__init__(missing_required_lib(package), code="MissingLibrary", details={"reason": str(exc)})
