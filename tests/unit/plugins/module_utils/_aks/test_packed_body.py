# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import zlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.packed_body import pack, unpack
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.dictionaries(st.text(), JSON))
def test_nothing_of_a_body_is_lost_and_nothing_in_it_is_a_template(body: dict[str, object]) -> None:
    packed = pack(body)
    assert unpack(packed) == body
    assert not set(packed) & set("{}[]%#!")


@pytest.mark.parametrize(
    "packed",
    ["", "nonsense", "bm9uc2Vuc2U=", base64.b64encode(zlib.compress(b"[1]")).decode(), base64.b64encode(zlib.compress(b"{")).decode()],
)
def test_anything_else_is_refused(packed: str) -> None:
    with pytest.raises(DataplaneError, match="body is not what the module returned"):
        unpack(packed)
