# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON document to stdout when the run is over, as the callback json of ansible.posix does."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: whole_json
type: stdout
short_description: Write the run as one JSON document
description: Writes one JSON object with the names of the hosts to stdout.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "whole_json"

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._display.display(json.dumps({"hosts": sorted(stats.processed)}))
