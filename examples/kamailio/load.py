"""What Kamailio loads and reloads; it loads rooms.py. Where that fails the rooms from before stay:
a script that does not load ends Kamailio 5.6 (app_python3 frees something at each failure)."""

from __future__ import annotations

import importlib.util
import traceback

import KSR

#: A reload finds what the load has left.
_rooms = globals().get("_rooms")


def mod_init() -> object:
    """Kamailio calls it after it has loaded this, and after each reload, in each process."""
    global _rooms
    try:
        _rooms = _load()
    except Exception:
        if _rooms is None:
            raise  # Kamailio does not start
        KSR.err("rooms.py does not load, the one from before stays:\n" + traceback.format_exc())
    return _rooms


def _load() -> object:
    """A module of its own each time, so that one that fails half-way leaves the other whole."""
    spec = importlib.util.find_spec("rooms")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Rooms()
