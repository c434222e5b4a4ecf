"""The top of the modules that talk to Azure and Kubernetes from the controller."""

from __future__ import annotations

import signal
import threading
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .choices import Wrong, in_their_case, wrong_values
from .foreign_text import foreign
from .module import Module, run_module

# What Ansible itself shows of a secret option.
UNSHOWN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class ControllerModule(Module):
    """A module that also takes choices in upper and lower case, and asks about those that are nearly one. What is sent to nodes stays small.

    unshown: options that are in no result and in no log of the machine. Ansible's C(no_log) would also hide each single word of such an option
    wherever it stands.
    """

    def __init__(self, unshown: t.Collection[str] = (), **options: t.Any) -> None:
        self._unshown = unshown
        self._wrong: list[Wrong] = []
        super().__init__(**options)

    def _load_params(self) -> None:
        super()._load_params()
        self.params = in_their_case(self.params, self.argument_spec)
        self._wrong = list(wrong_values(self.params, self.argument_spec))

    def _log_invocation(self) -> None:
        params, self.params = self.params, self._shown()
        super()._log_invocation()
        self.params = params

    def exit_json(self, **result: t.Any) -> None:
        super().exit_json(**{"invocation": {"module_args": self._shown()}, **result})

    def fail_json(self, msg: str, **result: t.Any) -> None:
        questions = (one.question for one in self._wrong if msg.startswith(f"value of {one.name} must be one of"))
        shown = {"invocation": {"module_args": self._shown()}, **result}
        super().fail_json(msg + next((f".{question}" for question in questions if question), ""), **shown)

    def _shown(self) -> dict[str, t.Any]:
        return {name: UNSHOWN if name in self._unshown and value is not None else value for name, value in self.params.items()}


def run_on_controller(module: AnsibleModule, body: t.Callable[[AnsibleModule], None]) -> None:
    """As C(run_module). When it is asked to end in the middle, it ends in order: else what Ansible unpacked it into would be left behind."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    run_module(module, _masking(body))


def _masking(body: t.Callable[[AnsibleModule], None]) -> t.Callable[[AnsibleModule], None]:
    """Libraries for the network raise special OSErrors, which quote requests."""

    def masked(module: AnsibleModule) -> None:
        try:
            body(module)
        except OSError as exc:
            raise OSError(exc.errno, foreign(exc.strerror or exc) or type(exc).__name__, exc.filename) from exc

    return masked


def _end(number: int, _frame: t.Any) -> t.NoReturn:
    raise SystemExit(128 + number)
