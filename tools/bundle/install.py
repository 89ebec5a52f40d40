"""Install ipseval from this folder, without any network: python install.py [environment]."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

here = Path(__file__).resolve().parent
wheels = here / ("windows" if sys.platform == "win32" else "linux")
if sys.version_info[:2] != (3, 11):
    sys.exit(f"These wheels are for Python 3.11; this is {sys.version_info[0]}.{sys.version_info[1]}.")
wrong = []
for line in (wheels / "SHA256SUMS").read_text(encoding="ascii").splitlines():
    digest, name = line.split("  ", 1)
    path = wheels / name
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        wrong.append(name)
if wrong:
    sys.exit(f"{len(wrong)} wheel(s) are missing or damaged, {wrong[0]} first; copy the folder again.")
target = Path(sys.argv[1] if len(sys.argv) > 1 else "ipseval-env").resolve()
venv.create(target, with_pip=True)
python = target / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
subprocess.run(
    [
        *(str(python), "-m", "pip", "install", "--isolated", "--no-index", "--disable-pip-version-check"),
        *("--quiet", "--find-links", str(wheels), "ipseval[notebooks]"),
    ],
    check=True,
)
print(f"ipseval is installed; start it with {python.parent / 'ipseval'}")
