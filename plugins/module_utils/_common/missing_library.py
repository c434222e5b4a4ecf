"""The failure of a package that is not there. By itself, because what runs on nodes needs no package."""

from __future__ import annotations

from .errors import DataplaneError


class MissingLibrary(DataplaneError):
    """A Python package that the module needs is absent. The text is Ansible's own, which names this machine and its interpreter."""

    def __init__(self, package: str, exc: BaseException) -> None:
        """package: its name on PyPI. exc: why the import failed; its text becomes C(reason) of the C(error) result."""
        # Here, so that the cores, which may raise this, do not load all of AnsibleModule.
        from ansible.module_utils.basic import missing_required_lib

        super().__init__(missing_required_lib(package), code="MissingLibrary", details={"reason": str(exc)})
