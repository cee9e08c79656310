"""That the package fits the header and the library, and finds the latter."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

import pytest
from programs import run

import ytx
from ytx import _library, _native

ROOT = Path(__file__).parents[3]
HEADER = (ROOT / "include/ytx.h").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("ytx_options", _native.Options),
        ("ytx_queue_options", _native.QueueOptions),
        ("ytx_event", _native.Event),
    ],
)
def test_the_structures_are_the_headers(name: str, structure: type[ctypes.Structure]) -> None:
    _, _, body = HEADER.partition(f"typedef struct {name} {{\n")
    body, _, _ = body.partition(f"}} {name};")
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
    types = {
        "size_t": ctypes.c_size_t,
        "uint32_t": ctypes.c_uint32,
        "uint64_t": ctypes.c_uint64,
        "ytx_ticket": ctypes.c_uint64,
        "int32_t": ctypes.c_int32,
        "ytx_status": ctypes.c_int32,
        "const char *": ctypes.c_char_p,
        "char *": ctypes.c_void_p,
        "void *": ctypes.c_void_p,
    }
    fields = []
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        if "(*" in declaration:
            fields.append((declaration[declaration.index("(*") + 2 :].split(")")[0], "void *"))
        else:
            kind, field = re.fullmatch(r"(.*?[ *])(\w+)", declaration).groups()  # type: ignore[union-attr]
            fields.append((field, kind.strip()))
    assert [(field, types[kind]) for field, kind in fields] == list(structure._fields_)


def defined(prefix: str) -> dict[str, int]:
    found = re.findall(rf"^#define {prefix}(\w+) \(?(-?\d+)\)?$", HEADER, flags=re.MULTILINE)
    return {name: int(value) for name, value in found}


def test_the_numbers_are_the_headers() -> None:
    kinds = {kind.name: kind.value for kind in ytx.Kind if kind is not ytx.Kind.REFUSED}
    assert kinds == defined("YTX_E_")
    assert {it.name: it.value for it in ytx.EventType} == defined("YTX_EVENT_")
    for status in ytx.Status:
        assert defined("YTX_")[status.name] == status.value
    platforms = {name for name, value in defined("YTX_").items() if value < 0}
    assert {it.name for it in ytx.Status} == platforms | {"OK"}
    members = ("ALL", "JOINED", "LEFT", "MUTED", "UNMUTED")
    assert {name: getattr(_native, f"MEMBERS_{name}") for name in members} == defined(
        "YTX_MEMBERS_"
    )
    assert HEADER.count(f'"{ytx.PRODUCTION_URL}"') == HEADER.count(f'"{ytx.SANDBOX_URL}"') == 1


def test_every_number_has_its_name() -> None:
    statuses = {
        name: value
        for name, value in defined("YTX_").items()
        if value < 0 or name.startswith("E_") or name == "OK"
    }
    # Kind.REFUSED stands for all that the platform has numbers for.
    assert len(statuses) == len(ytx.Status) + len(ytx.Kind) - 1
    for name, value in statuses.items():
        assert ytx.status_name(value) == f"YTX_{name}"
    assert ytx.status_name(77) == "YTX_UNKNOWN"


def test_the_versions_agree() -> None:
    project = (ROOT / "examples/python/pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{ytx.__version__}"\n' in project
    assert f'\n#define YTX_VERSION "{ytx.__version__}"\n' in HEADER
    assert ytx.library_version() == ytx.__version__


def test_it_is_typed() -> None:
    assert (Path(ytx.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize(
    ("found", "fits"),
    [("0.1.0", True), ("0.1.9", True), ("0.2.0", True), ("0.0.9", False), ("1.1.0", False)],
)
def test_which_libraries_fit(found: str, fits: bool) -> None:
    assert _library.fits(found) is fits
    assert not _library.fits("x.y")


def test_a_library_beside_the_package_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("/proc/self/maps", encoding="utf-8") as maps:
        loaded = next(line.split()[-1] for line in maps if "libytx" in line)
    beside = tmp_path / "libytx.so.0"
    beside.symlink_to(loaded)
    assert _library.load(str(tmp_path))._name == str(beside)
    # One of another version is passed by.
    monkeypatch.setattr(_library, "VERSION", "9.1.0")
    with pytest.raises(ImportError) as caught:
        _library.load(str(tmp_path))
    assert f"{beside}: it is version {ytx.__version__}" in str(caught.value)


def test_a_missing_library_says_where_it_was_looked_for() -> None:
    program = """
        import subprocess
        environment = {**os.environ, "LD_LIBRARY_PATH": "/nowhere"}
        child = subprocess.run([sys.executable, "-c", "import ytx"], env=environment,
                               capture_output=True, text=True)
        print(child.returncode, child.stderr)
    """
    printed = run(program)
    assert printed.startswith("1 ")
    assert "ImportError: ytx needs libytx" in printed
    folder = os.path.dirname(ytx.__file__)
    for place in (os.path.join(folder, "libytx.so.0"), "libytx.so.0, where the system looks"):
        assert f"\n  {place}" in printed
