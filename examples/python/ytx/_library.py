"""Finds and loads libytx. It knows where the library may lie, and none of its functions but one."""

from __future__ import annotations

import ctypes
import os
import sys

# Of the library that this package was written for. Within a major version each has all of those
# before it.
VERSION = "0.1.0"


def names() -> tuple[str, ...]:
    """The library's names on this system, the better one first."""
    if sys.platform == "win32":
        return ("ytx.dll",)
    if sys.platform == "darwin":
        return ("libytx.0.dylib", "libytx.dylib")
    return ("libytx.so.0", "libytx.so")


def load(folder: str | None = None) -> ctypes.CDLL:
    """Loads it from beside this file, or from where the system looks for libraries."""
    folder = os.path.dirname(os.path.abspath(__file__)) if folder is None else folder
    tried = []
    for place in (*(os.path.join(folder, name) for name in names()), *names()):
        where = place if os.sep in place else f"{place}, where the system looks for libraries"
        try:
            library = ctypes.CDLL(place)
            found = _version(library)
        except (OSError, AttributeError) as error:
            tried.append(f"{where}: {error}")
            continue
        if fits(found):
            return library
        tried.append(f"{where}: it is version {found}")
    looked = "\n  ".join(tried)
    raise ImportError(f"ytx needs libytx {VERSION} or a later one like it. Looked for:\n  {looked}")


def fits(found: str) -> bool:
    """Whether this package can be used with a library of that version."""
    try:
        major, minor = map(int, found.split(".")[:2])
    except ValueError:
        return False
    wanted_major, wanted_minor = map(int, VERSION.split(".")[:2])
    return major == wanted_major and minor >= wanted_minor


def _version(library: ctypes.CDLL) -> str:
    library.ytx_version.restype = ctypes.c_char_p
    version: bytes = library.ytx_version()
    return version.decode("ascii", "replace")
