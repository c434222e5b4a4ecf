# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that declare nftables tables as text."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  content:
    description:
      - The tables as nft text, of blocks C(table FAMILY NAME { ... }), definitions (C(define)) and comments.
      - The module refuses other commands, such as C(flush), C(delete) or C(include).
    type: str
  src:
    description:
      - A file on the controller with such text, searched like that of M(ansible.builtin.copy), first in the folder C(files) of the role or play.
    type: path
"""
