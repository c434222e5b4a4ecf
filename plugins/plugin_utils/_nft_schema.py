# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The shape of tables as data as a JSON Schema, on the controller: errors are reported before a node is touched."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._common.errors import DataplaneError
from ..module_utils._common.missing_library import MissingLibrary, check_version
from ..module_utils._nft.tables_option import FORMS, from_tables
from ..module_utils._nft.tables_spec import MIXED, SUBOPTIONS

_TYPES = {"int": "integer", "bool": "boolean"}


def _value(name: str, spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if spec["type"] == "list":
        return {"type": "array", "items": _value(name, {**spec, "type": spec["elements"]})}
    if spec["type"] == "raw":
        main = "rule" if name == "rules" else "element"
        text = _value(main, MIXED[name][main])
        # A port is a number in YAML.
        numbers = [{"type": "integer"}] if main == "element" else []
        return {"anyOf": [text, *numbers, _object({"options": MIXED[name]})]}
    if spec["type"] == "dict":
        return _object(spec)
    if "choices" in spec:
        return {"enum": spec["choices"]}
    kind = {"type": _TYPES.get(spec["type"], "string")}
    # Without the rest, a dollar sign would leave room for a line end.
    return {**kind, "pattern": f"^(?:{FORMS[name].pattern})$(?!\\n)"} if name in FORMS else kind


def _object(spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    needs: dict[str, list[str]] = {key: list(others) for key, others in spec.get("required_by", {}).items()}
    for keys in spec.get("required_together", ()):
        needs |= {key: [other for other in keys if other != key] for key in keys}
    rules: list[dict[str, t.Any]] = [{"anyOf": [{"required": [key]} for key in keys]} for keys in spec.get("required_one_of", ())]
    rules += [{"not": {"required": list(keys)}} for keys in spec.get("mutually_exclusive", ())]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _value(key, option) for key, option in spec["options"].items()},
        "required": [key for key, option in spec["options"].items() if option.get("required")],
        **({"dependentRequired": needs} if needs else {}),
        **({"allOf": rules} if rules else {}),
    }


SCHEMA: dict[str, t.Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "nftables tables",
    **_value("tables", {"type": "list", "elements": "dict", "options": SUBOPTIONS}),
}


_OPTIONS = {"tables": {"type": "list", "elements": "dict", "required": True, "options": SUBOPTIONS}}


def convert_tables(tables: t.Any) -> t.Any:
    """The tables as a module gets them, where numbers are text; raises DataplaneError that lists all errors."""
    checked = ArgumentSpecValidator(_OPTIONS).validate({"tables": tables})
    found = checked.validated_parameters["tables"]
    if problems := checked.error_messages or validate(found):
        raise DataplaneError(
            f"{'; '.join(problems)}.", remedy="Nothing was changed.", code="InvalidDeclaration", details={"problems": problems}
        )
    return found


def module_arguments(tables: t.Any) -> dict[str, t.Any]:
    """The options of the module that declare what the tables do: text, so that the node needs no code for tables as data. DataplaneError."""
    declaration = from_tables(convert_tables(tables))
    return {
        "content": declaration.text,
        "wire_origin": declaration.origin,
        "wire_segments": [list(segment) for segment in declaration.segments],
    }


def validate(tables: t.Any) -> list[str]:
    """Everything that is wrong with the tables, each with its path; options that are none count as not given."""
    try:
        import jsonschema
    except ImportError as exc:
        raise MissingLibrary("jsonschema", exc) from exc
    check_version("jsonschema")
    base = jsonschema.Draft202012Validator
    # To JSON Schema, 5.0 is an integer as well.
    types = base.TYPE_CHECKER.redefine("integer", lambda checker, value: isinstance(value, int) and not isinstance(value, bool))
    validator = jsonschema.validators.extend(base, type_checker=types)(SCHEMA)
    return sorted(f"tables{error.json_path[1:]}: {_describe(error)}" for error in validator.iter_errors(_without_none(tables)))


def _describe(error: t.Any) -> str:
    name = error.path[-1] if error.path and isinstance(error.path[-1], str) else ""
    if error.validator == "pattern" and name in FORMS:
        return f"has to be {FORMS[name].description}"
    return str(error.message)


def _without_none(value: t.Any) -> t.Any:
    """Without options that are none."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
