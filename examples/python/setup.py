"""The wheel's tag: with the library inside it is for a platform, but for any Python 3.

`make wheel` puts libytx.so.0 into ytx/ and names the platform; without it the wheel is pure Python.
"""

import os

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

HAS_LIBRARY = os.path.exists(os.path.join(os.path.dirname(__file__), "ytx", "libytx.so.0"))


class Wheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        if HAS_LIBRARY:
            self.root_is_pure = False

    def get_tag(self):
        _, _, platform = super().get_tag()
        if not HAS_LIBRARY:
            return "py3", "none", "any"
        return "py3", "none", os.environ.get("YTX_WHEEL_PLATFORM", platform)


setup(cmdclass={"bdist_wheel": Wheel})
