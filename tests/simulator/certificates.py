# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own certificate authority, and one server certificate for the loopback address."""

from __future__ import annotations

import pathlib
import ssl

import trustme


def make(directory: pathlib.Path) -> tuple[ssl.SSLContext, pathlib.Path]:
    """The server's TLS context, and the file (C(ca.pem) in C(directory)) that clients must trust."""
    authority = trustme.CA(organization_name="aks.dataplane simulator")
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    file = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context, file
