"""The bundle finds what only another system needs, and its script refuses a damaged folder."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("bundle_make", ROOT / "tools" / "bundle" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _wheel(folder, name, *needs):
    path = folder / f"{name}-1.0-py3-none-any.whl"
    lines = [
        f"Name: {name}",
        "Version: 1.0",
        "License-Expression: MIT",
        *(f"Requires-Dist: {n}" for n in needs),
    ]
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines) + "\n")
    return path


def test_what_only_windows_needs_is_sought_in_the_wheels(tmp_path):
    _wheel(tmp_path, "ipseval", "alpha", 'beta; extra == "notebooks"', 'gamma; extra == "dev"')
    _wheel(tmp_path, "alpha", 'colorama; sys_platform == "win32"', 'uvloop; sys_platform == "linux"')
    _wheel(tmp_path, "beta")
    wanted = _tool().wanted
    assert set(wanted(tmp_path, "windows")) == {"colorama"}
    assert set(wanted(tmp_path, "linux")) == {"uvloop"}


def test_a_damaged_wheel_is_named_and_nothing_is_installed(tmp_path):
    system = tmp_path / ("windows" if sys.platform == "win32" else "linux")
    system.mkdir()
    wheel = _wheel(system, "ipseval")
    assert _tool().write_lists(system) == 1
    assert "ipseval,1.0,MIT" in (system / "LICENCES.csv").read_text("utf-8")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    script = tmp_path / "install.py"
    script.write_text((ROOT / "tools" / "bundle" / "install.py").read_text("utf-8"), "utf-8")
    command = [sys.executable, str(script), str(tmp_path / "env")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert wheel.name in done.stderr
    assert not (tmp_path / "env").exists()
