"""The wheel's tag: with the library inside it is for a platform, but for any Python 3.

`make wheel` puts libytx.so.0 or ytx.dll into ytx/ and names the platform; without it the wheel is
pure Python.
"""

import os

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

PACKAGE = os.path.join(os.path.dirname(__file__), "ytx")
HAS_LIBRARY = any(
    os.path.exists(os.path.join(PACKAGE, name)) for name in ("libytx.so.0", "ytx.dll")
)


class Package(Distribution):
    def has_ext_modules(self):  # whether it belongs where what is for a platform does
        return HAS_LIBRARY


class Wheel(bdist_wheel):
    def get_tag(self):
        _, _, platform = super().get_tag()
        if not HAS_LIBRARY:
            return "py3", "none", "any"
        return "py3", "none", os.environ.get("YTX_WHEEL_PLATFORM", platform)


setup(distclass=Package, cmdclass={"bdist_wheel": Wheel})
