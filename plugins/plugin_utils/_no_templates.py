# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Answers of Azure are data: a tag that looks like a template must not run as one."""

from __future__ import annotations

import typing as t

try:
    import ansible.module_utils.datatag as _datatag
except ImportError:
    _datatag = None


def without_templates(value: t.Any) -> t.Any:
    """The JSON value as Ansible never takes it for a template."""
    # Since ansible-core 2.19 only what is marked as a template is one.
    return value if _datatag is not None else _mark(value)


def _mark(value: t.Any) -> t.Any:
    """Text without a brace is no template anyway; a mark would only be seen in the output of ansible-inventory."""
    from ansible.utils.unsafe_proxy import wrap_var

    if isinstance(value, dict):
        return {_mark(key): _mark(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mark(item) for item in value]
    return wrap_var(value) if isinstance(value, str) and "{" in value else value
