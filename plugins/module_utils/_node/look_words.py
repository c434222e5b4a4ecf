"""The line that a pod on a node prints, in words that both sides know."""

from __future__ import annotations

# Under the one is the result of the look, under the other why there is none.
ANSWER, PROBLEM = "aks_dataplane_look", "aks_dataplane_problem"
# Bytes of the line; what the monitor reads is left out where that makes it longer.
LINE_BYTES = 300_000
