"""The top of every module."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from .empty_options import without_empty
from .errors import DataplaneError, trouble


class Module(AnsibleModule):
    """For which an option that is empty is not given: it has its default, conflicts with no other one, and is missing where it is required."""

    params: dict[str, t.Any]

    def _load_params(self) -> None:
        super()._load_params()
        self.params = without_empty(self.params)


def run_module(module: AnsibleModule, body: t.Callable[[AnsibleModule], None]) -> None:
    """Run a module's body; every foreseen failure ends here, as one message without a traceback.

    body: ends the module itself with C(exit_json), or raises DataplaneError. The failed result has C(msg), C(error) (C(code), C(message) and
    what the error's source gave) and the further keys of the error's C(result).
    """
    try:
        try:
            body(module)
        except OSError as exc:
            raise DataplaneError(
                f"The module cannot do its work: {trouble(exc)}.",
                remedy="Check that the module runs as root (become: true), that the disk has free space, and that no file system is read-only.",
                code="NotPermitted" if isinstance(exc, PermissionError) else "FileTrouble",
            ) from exc
    except DataplaneError as exc:
        module.fail_json(msg=exc.text, error=exc.to_error(), **exc.result)
