"""Owns the look at the accessibility tree, as a screen reader has it: AT-SPI.
Refuses to know the app's words; it reports roles, names, states and events as they come.
Invariant: one line of JSON on stdout for each line on stdin: `read`, `events`, `name ROLE`.
"""

import json
import sys
import threading

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib


def enable():
    """Says to the session that a screen reader is there, as one does."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    value = GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True)))
    bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set", value, None, 0, 20_000)


enable()
import pyatspi  # noqa: E402 (it connects when it is imported)

heard = []


def hear(event):
    source = event.source
    try:
        heard.append(
            {
                "event": str(event.type),
                "role": source.getRoleName(),
                "name": source.name,
                "live": dict(item.split(":", 1) for item in source.getAttributes()).get("live", ""),
                "said": said(event.any_data) if event.any_data is not None else "",
            }
        )
    except Exception as why:  # what has gone meanwhile cannot be read
        heard.append({"event": str(event.type), "role": "", "name": "", "live": "", "said": f"({why})"})


def said(what):
    """The words of a text, or of an element with all that it holds."""
    if isinstance(what, str):
        return what
    words = [what.name or own_text(what)]
    words += [said(child) for child in what if child is not None]
    return " ".join(word for word in words if word)


def own_text(node):
    try:
        text = node.queryText()
        return text.getText(0, -1).replace("\ufffc", "")
    except NotImplementedError:
        return ""


def tell(node):
    states = [pyatspi.stateToString(state) for state in node.getState().getStates()]
    attributes = dict(item.split(":", 1) for item in node.getAttributes())
    return {
        "role": node.getRoleName(),
        "name": node.name,
        "text": own_text(node),
        "states": states,
        "attributes": attributes,
        "children": [tell(child) for child in node if child is not None],
    }


def documents(node, depth=0):
    if node is None or depth > 20:
        return
    if node.getRoleName() == "document web":
        yield node
        return
    for child in node:
        yield from documents(child, depth + 1)


def read():
    found = [page for app in pyatspi.Registry.getDesktop(0) for page in documents(app)]
    found = [page for page in found if page.getState().contains(pyatspi.STATE_SHOWING)]
    return tell(found[-1]) if found else None


def answer(line):
    try:
        if line == "read":
            reply = read()
        else:
            reply, heard[:] = list(heard), []
    except Exception as why:  # the page changed while it was read; whoever asked may ask again
        reply = {"why": repr(why)}
    print(json.dumps(reply, ensure_ascii=False), flush=True)
    return False


def listen():
    for line in sys.stdin:
        GLib.idle_add(answer, line.strip())
    GLib.idle_add(pyatspi.Registry.stop)


pyatspi.Registry.registerEventListener(
    hear,
    "object:children-changed:add",
    "object:text-changed:insert",
    "object:property-change:accessible-name",
    "object:announcement",
)
print("ready", flush=True)
threading.Thread(target=listen, daemon=True).start()
pyatspi.Registry.start(asynchronous=False, gil=True)
