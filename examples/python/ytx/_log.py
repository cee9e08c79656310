"""The library's log lines, handed to the standard logging. The only module that makes a callback,
and only for a client that has a log."""

from __future__ import annotations

import ctypes
import logging
import threading
from typing import Any

_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_char_p, ctypes.c_void_p)

_here = threading.local()


class Log:
    """A client's log. It has to live until the last call of the client has returned."""

    def __init__(self, logger: logging.Logger) -> None:
        if not isinstance(logger, (logging.Logger, logging.LoggerAdapter)):
            raise TypeError(f"log has to be a logging.Logger, not {type(logger).__name__}")
        self._logger = logger
        self._last_error = ""
        self._callback: Any = _CALLBACK(self._line)

    @property
    def address(self) -> int | None:
        """The function for ytx_options."""
        return ctypes.cast(self._callback, ctypes.c_void_p).value

    @property
    def level(self) -> int:
        """The most that the logger wants, for ytx_options; errors at least."""
        enabled = [number for number, level in _LEVELS.items() if self._logger.isEnabledFor(level)]
        return max(enabled, default=1)

    @property
    def last_error(self) -> str:
        """The line that names what ytx_client_new refused."""
        return self._last_error

    def _line(self, level: int, line: bytes, _: int | None) -> None:
        try:
            message = line.decode()
            if level == 1:
                self._last_error = message
            self._logger.log(_LEVELS[level], "%s", message)
        except Exception:
            raise  # ctypes reports it as one that nobody can catch
        except BaseException as interrupt:  # KeyboardInterrupt: C cannot pass it on
            _here.interrupt = interrupt


def reraise() -> None:
    """Raises what interrupted a log callback on this thread."""
    interrupt = getattr(_here, "interrupt", None)
    if interrupt is not None:
        _here.interrupt = None
        raise interrupt
