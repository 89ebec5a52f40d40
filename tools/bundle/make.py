"""Writes build/bundle: wheels and a script with which ipseval installs on a machine without any network.

Run: python tools/bundle/make.py [--out build/bundle] [--try].  `linux/` and `windows/` each hold every
wheel, a list of checksums and a list of licences; `install.py` beside them checks the sums and installs.
`--try` installs the Linux wheels in a new environment with the network cut off (needs unshare) and makes
the report of IPS UNG with them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from email.parser import Parser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
EXTRAS = ("notebooks",)
SYSTEMS: Mapping[str, Mapping[str, str]] = {
    "linux": {},
    "windows": {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
    },
}


def pip(*words: str) -> None:
    """Run pip of this environment and stop at its first failure."""
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    subprocess.run(command, check=True, cwd=ROOT)


def own_wheel(folder: Path) -> Path:
    """Build ipseval's own wheel into `folder`."""
    pip("wheel", "--no-deps", "-w", str(folder), str(ROOT))
    return next(folder.glob("ipseval-*.whl"))


def metadata(wheel: Path) -> Mapping[str, list[str]]:
    """Return the metadata of a wheel, each key with all its values."""
    with zipfile.ZipFile(wheel) as inside:
        name = next(n for n in inside.namelist() if n.endswith(".dist-info/METADATA"))
        found = Parser().parsestr(inside.read(name).decode("utf-8"))
    return {key: found.get_all(key) or [] for key in set(found.keys())}


def wanted(folder: Path, system: str) -> Iterator[str]:
    """Yield what the wheels in `folder` require on `system`, by its markers, and is not there yet."""
    there = {canonicalize_name(metadata(w)["Name"][0]): metadata(w) for w in folder.glob("*.whl")}
    asked: dict[str, set[str]] = {"ipseval": set(EXTRAS)}
    todo = ["ipseval"]
    while todo:
        name = todo.pop()
        for line in there[name].get("Requires-Dist", []):
            need = Requirement(line)
            if not _applies(need, asked[name], system):
                continue
            key = canonicalize_name(need.name)
            if key not in there:
                yield key
            elif key not in asked or not need.extras <= asked[key]:
                asked[key] = asked.get(key, set()) | need.extras
                todo.append(key)


def _applies(need: Requirement, extras: set[str], system: str) -> bool:
    if need.marker is None:
        return True
    machine = {**default_environment(), **SYSTEMS[system]}
    return any(need.marker.evaluate({**machine, "extra": extra}) for extra in {"", *extras})


def fill(folder: Path, wheel: Path, system: str) -> None:
    """Download every wheel that ipseval needs on `system`, nothing built from source."""
    folder.mkdir(parents=True)
    shutil.copy(wheel, folder)
    own = f"{folder / wheel.name}[{','.join(EXTRAS)}]"
    platform = () if system == "linux" else ("--platform", "win_amd64", "--python-version", "3.11")
    common = ("download", "--only-binary=:all:", "-c", "constraints.txt", "-d", str(folder), *platform)
    pip(*common, own)
    # pip reads markers on the machine it runs on, so what only Windows needs is sought in the wheels.
    while missing := sorted(set(wanted(folder, system))):
        pip(*common, "--no-deps", *missing)


def write_lists(folder: Path) -> int:
    """Write the checksums and the licences of the wheels; returns how many there are."""
    wheels = sorted(folder.glob("*.whl"))
    sums = (f"{hashlib.sha256(w.read_bytes()).hexdigest()}  {w.name}\n" for w in wheels)
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    with (folder / "LICENCES.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["package", "version", "licence"])
        for wheel in wheels:
            told = metadata(wheel)
            writer.writerow([told["Name"][0], told["Version"][0], _licence(told)])
    return len(wheels)


def _licence(told: Mapping[str, list[str]]) -> str:
    classes = [c.rsplit(" :: ", 1)[-1] for c in told.get("Classifier", []) if c.startswith("License")]
    stated = (
        told.get("License-Expression") or classes or [t.splitlines()[0] for t in told.get("License", []) if t]
    )
    return "; ".join(stated) or "not stated in the wheel"


def make(out: Path) -> None:
    """Write the whole bundle, replacing an earlier one."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = own_wheel(Path(scratch))
        for system in SYSTEMS:
            fill(out / system, wheel, system)
            n = write_lists(out / system)
            size = sum(w.stat().st_size for w in (out / system).glob("*.whl")) / 1e6
            print(f"{system}: {n} wheels, {size:.0f} MB")
    shutil.copy(Path(__file__).with_name("install.py"), out)


def try_it(out: Path) -> None:
    """Install from the bundle with the network cut off and run one command."""
    with tempfile.TemporaryDirectory() as scratch:
        cut = ["unshare", "--net"]
        subprocess.run([*cut, sys.executable, str(out / "install.py"), scratch + "/env"], check=True)
        command = [*cut, f"{scratch}/env/bin/ipseval", "report", "--out", f"{scratch}/report"]
        subprocess.run(command, check=True, cwd=scratch)


def main() -> None:
    """Read the arguments, write the bundle and perhaps try it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bundle")
    parser.add_argument("--try", dest="trial", action="store_true")
    chosen = parser.parse_args()
    make(chosen.out.resolve())
    if chosen.trial:
        try_it(chosen.out.resolve())


if __name__ == "__main__":
    main()
