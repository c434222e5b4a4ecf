"""The top of the modules that talk to Azure and Kubernetes from the controller."""

from __future__ import annotations

import signal
import threading
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .module import run_module


def run_on_controller(module: AnsibleModule, body: t.Callable[[AnsibleModule], None]) -> None:
    """As C(run_module). When it is asked to end in the middle, it ends in order: else what Ansible unpacked it into would be left behind."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    run_module(module, body)


def _end(number: int, _frame: t.Any) -> t.NoReturn:
    raise SystemExit(128 + number)
