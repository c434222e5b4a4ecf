# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task result and the totals as JSON lines into the file that RECORD_RESULTS_FILE names."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: record_results
type: notification
short_description: Record results for tests
description: Writes one JSON object per line into the file named by the environment variable E(RECORD_RESULTS_FILE).
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record_results"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, entry: dict[str, t.Any]) -> None:
        with open(os.environ["RECORD_RESULTS_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, default=str) + "\n")

    def _result(self, status: str, result: t.Any, ignored: bool = False) -> None:
        task = result._task
        # What a run has a module do for it, is a result of that module.
        action = result._result.get("module", task.action) if task.action.endswith("aks_run_record") else task.action
        reported = {"host": result._host.get_name(), "task": task.get_name(), "action": action, "status": status, "ignored": ignored}
        self._write({**reported, "result": json.loads(self._dump_results(result._result))})

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._result("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._result("failed", result, ignore_errors)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._result("skipped", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._result("unreachable", result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._write(
            {"stats": {host: stats.summarize(host) for host in stats.processed}, "custom": {k: dict(v) for k, v in stats.custom.items()}}
        )
