"""For how long a service that asks to be left alone is left alone without a word."""

from __future__ import annotations

import typing as t

from .errors import ArmError
from .retry_after import asked_pause
from .transient import TRANSIENT_STATUSES

# A longer pause is for the operator to decide about, not to sit through silently.
LONGEST_PAUSE = 60.0


def longest_pause(params: t.Mapping[str, t.Any]) -> float:
    """Seconds for one request with all its retries: no more than what the operator is ready to wait for. params: of a module."""
    given = params.get("wait_timeout")
    return min(LONGEST_PAUSE, float(given)) if isinstance(given, int) and given > 0 else LONGEST_PAUSE


def bounded_retries(limit: float, **options: t.Any) -> t.Any:
    """The policy of azure-core, which sleeps through whatever is asked for and raises ValueError for what it cannot read. limit: seconds."""
    from azure.core.pipeline.policies import RetryPolicy

    class BoundedRetryPolicy(RetryPolicy):
        def get_retry_after(self, response: t.Any) -> float | None:
            """Seconds; None where nothing that can be read says so."""
            return asked_pause(response.http_response.headers)

        def is_retry(self, settings: dict[str, t.Any], response: t.Any) -> bool:
            # With Retry-After, azure-core would try again after any refusal, also after a conflict that we handle ourselves.
            if response.http_response.status_code not in TRANSIENT_STATUSES:
                return False
            paused = settings.get("aks_dataplane_paused", 0.0) + (self.get_retry_after(response) or 0.0)
            settings["aks_dataplane_paused"] = paused
            return paused <= limit and super().is_retry(settings, response)

    return BoundedRetryPolicy(retry_backoff_max=limit, **options)


def bounded_transport(limit: float) -> type[t.Any]:
    """The class of a transport for the credentials of azure-identity, whose retries cannot be replaced. limit: seconds.

    Its C(send) raises ArmError with the code C(AskedToWait) for an answer that asks for a longer pause, and hides a Retry-After that nobody can read.
    """
    from azure.core.pipeline.transport import RequestsTransport

    class BoundedTransport(RequestsTransport):
        def send(self, request: t.Any, **kwargs: t.Any) -> t.Any:
            response = super().send(request, **kwargs)
            pause = asked_pause(response.headers)
            if pause is not None and response.status_code in TRANSIENT_STATUSES:
                paused = getattr(request, "aks_dataplane_paused", 0.0) + pause
                request.aks_dataplane_paused = paused
                if paused > limit:
                    raise _asked_to_wait(pause, response.status_code)
            elif pause is None:
                for name in [name for name in response.headers if name.lower().endswith(("retry-after", "retry-after-ms"))]:
                    del response.headers[name]
            return response

    return BoundedTransport


def _asked_to_wait(seconds: float, status: int) -> ArmError:
    error = ArmError(
        f"The sign-in service is busy ({status}) and asks to wait for {seconds:.0f} seconds.",
        remedy="Run again when that time is over.",
        code="AskedToWait",
        details={"status": status},
    )
    error.retry_after = seconds
    return error
