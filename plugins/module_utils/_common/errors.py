"""Expected failures: raised as exceptions deep down, reported to the operator as one message at the top."""

from __future__ import annotations

import typing as t


class DataplaneError(Exception):
    """A failure that the collection foresaw.

    message: what went wrong and where, a full sentence.
    remedy: what the operator can do next, a full sentence; empty when there is nothing to do.
    code: short name, stable enough to be tested for in a playbook.
    details: further keys of the C(error) result, plain JSON types.
    result: further top-level keys of the failed result (for example C(before)), plain JSON types.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: str = "InvalidInput",
        details: t.Mapping[str, t.Any] | None = None,
        result: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code
        self.details: dict[str, t.Any] = {} if details is None else dict(details)
        self.result: dict[str, t.Any] = {} if result is None else dict(result)

    @property
    def text(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def to_error(self) -> dict[str, t.Any]:
        """The C(error) result: always C(code) and C(message), more where the source gave more."""
        return {"code": self.code, "message": self.message, **self.details}


def trouble(exc: OSError) -> str:
    """The name of the file, where that is known, and what is wrong with it."""
    name = exc.filename.decode(errors="replace") if isinstance(exc.filename, bytes) else exc.filename
    return f"{name}: {exc.strerror}" if isinstance(name, str) else exc.strerror or str(exc)
