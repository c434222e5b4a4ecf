"""One call of the module, or one step of such a call that the action plugin makes."""

from __future__ import annotations

import contextlib
import signal
import typing as t

from .._common.errors import DataplaneError
from .._nft.declared import CONTENT, Declaration, unpack
from .._nft.plan import Order
from .confirmation import CONFIRMED, ConfirmationWindow, known_windows, settle_windows
from .controller_code import controller_code
from .engine import Engine
from .local_node import LocalNode
from .own_folders import exclusive_run

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

# Steps of the hidden option _confirm.
ARM, CONFIRM, ASK = "arm", "confirm", "ask"


def apply_ruleset(module: AnsibleModule) -> dict[str, t.Any]:
    """The result of the module. DataplaneError when it cannot be done; OSError."""
    params = module.params
    declaration = read_declaration(params)
    node = LocalNode(declaration, module.run_command)
    if params["validate_only"]:
        return validate(declaration, node)
    step = params["wire_confirm"] or {}
    window = ConfirmationWindow(step["token"], module.run_command, node.path) if step else None
    if window is not None and step["step"] == ASK:
        return report_window(window)
    if window is not None and step["step"] == ARM:
        # A session that breaks off takes all its processes with it; a new one is to find out how this one ended.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if params["confirm_timeout"] and window is None and not module.check_mode:
        raise DataplaneError(
            "confirm_timeout needs the action plugin of this module, which makes the new connection.", code="NoActionPlugin"
        )
    order = Order(
        declaration=declaration,
        present=params["state"] == "present",
        adopt=params["adopt"],
        backup=params["backup"],
        persist=params["persist"],
        by_stamp=params["compare"] == "hash",
        dry=module.check_mode,
        show_diff=module._diff,
        seconds=params["confirm_timeout"] if window is not None else None,
    )
    engine = Engine(order, node, module.warn, window)
    # Without changes there is nothing to keep others from.
    with contextlib.nullcontext() if order.dry else exclusive_run():
        if window is not None and step["step"] == CONFIRM:
            return confirm(window, engine)
        settle_windows(known_windows(module.run_command, node.path), order.dry)
        return engine.run()


def read_declaration(params: t.Mapping[str, t.Any]) -> Declaration:
    """params: of the module. DataplaneError when it declares nothing that can be loaded."""
    text, origin, segments = params["content"], params["wire_origin"] or CONTENT, params["wire_segments"] or ()
    packed = params["wire_declared"]
    reader = controller_code("_nft.declaration_pack") if text is not None and packed is None else None
    if reader:
        packed = reader.read_and_check(text, origin, segments)
    if packed is None:
        given = next(name for name in ("content", "src", "tables") if params[name] is not None)
        raise DataplaneError(f"{given} needs the action plugin of this module, which reads it on the controller.", code="NoActionPlugin")
    return unpack(text, packed, origin, segments)


def validate(declaration: Declaration, node: LocalNode) -> dict[str, t.Any]:
    """Nothing of the node is looked at but whether it would take the declaration."""
    with node.try_out(declaration.tables):
        pass
    forms = {name: node.expected_listing(table) for name, table in declaration.named.items()}
    after = [{"family": family, "name": name, "digest": form.fingerprint() if form else None} for (family, name), form in forms.items()]
    return {"changed": False, "after": after}


def report_window(window: ConfirmationWindow) -> dict[str, t.Any]:
    """How it stands with a change, for the action plugin."""
    return {"changed": False, "confirmation": {**window.progress(), "log": window.log, "result": window.result()}}


def confirm(window: ConfirmationWindow, engine: Engine) -> dict[str, t.Any]:
    """Keep a change, and only now what brings it back at boot."""
    if window.is_overdue:
        window.forget()
        return report_window(window)
    result = window.result()
    # Without a result the run was killed before it knew its result.
    if not result or not window.confirm():
        return report_window(window)
    result["confirmed"] = True
    try:
        result["persisted"] = engine.save(engine.stamps())
    except DataplaneError as exc:
        exc.result.update(result)
        raise
    result["confirmation"] = {"state": CONFIRMED, "seconds": 0}
    return result
