# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.shared_discovery import is_discovery

LOGIN = "https://login.microsoftonline.com"


@pytest.mark.parametrize(
    ("method", "url", "is_one"),
    [
        ("GET", f"{LOGIN}/tenant/v2.0/.well-known/openid-configuration", True),
        ("GET", f"{LOGIN}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://x/authorize", True),
        ("POST", f"{LOGIN}/tenant/oauth2/v2.0/token", False),
        ("GET", f"{LOGIN}/tenant/oauth2/v2.0/token?x=/discovery/instance", False),
        ("POST", f"{LOGIN}/tenant/v2.0/.well-known/openid-configuration", False),
        ("GET", "http://169.254.169.254/metadata/identity/oauth2/token?resource=x", False),
    ],
)
def test_only_documents_that_hold_for_everybody_are_shared(method: str, url: str, is_one: bool) -> None:
    assert is_discovery(method, url) is is_one
