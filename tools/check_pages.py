"""Open every HTML page of a folder in headless Chromium and say what is wrong with it.

The page itself is asked, through the DevTools protocol: console errors, exceptions, requests that leave
the page, accessibility (page_checks.js), and whether it fits a screen of 320 pixels.  Chromium's own
network traffic is its own matter and is not looked at.  A full screenshot of each page is kept.

    python tools/check_pages.py [--self-test] build/report

With --self-test it is seen first that faults planted in a page are found.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
)  # fmt: skip
CHECKS = (Path(__file__).parent / "page_checks.js").read_text(encoding="utf-8")
WIDE, NARROW = 1280, 320  # pixels; 320 is where WCAG 1.4.10 asks that nothing scrolls sideways
TALLEST = 8_000  # pixels in one picture
PATIENCE = 30.0  # seconds for one answer
SETTLE = 0.4  # seconds after loading in which late requests and errors still count

Event = dict[str, Any]


@dataclass
class Tab:
    """One page open in the browser; `events` is everything it reported, in order."""

    socket: ClientConnection
    session: str = ""
    last: int = 0
    events: list[Event] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come meanwhile are kept."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv(timeout=PATIENCE))
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message', 'refused')}")
                return dict(answer.get("result", {}))
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        """Wait until the page reports `method`."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(json.loads(self.socket.recv(timeout=PATIENCE)))

    def settle(self) -> None:
        """Listen a little longer."""
        until = time.monotonic() + SETTLE
        while (left := until - time.monotonic()) > 0:
            try:
                self.events.append(json.loads(self.socket.recv(timeout=left)))
            except TimeoutError:
                return

    def ask(self, expression: str) -> Any:
        """Evaluate an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError("the checks themselves failed in the page.")
        return answer["result"].get("value")


def find_chromium() -> str:
    """Return the path of a Chromium, installing Debian's where that can be done."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (root and shutil.which("apt-get")):
        raise SystemExit("No Chromium was found: install it (Debian: apt-get install chromium), on the PATH.")
    print("Installing Debian's chromium ...", flush=True)
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-qq", *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"apt-get {command[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    return shutil.which("chromium") or "chromium"


@contextmanager
def browser() -> Iterator[str]:
    """Start a browser with a fresh profile, give its address, and end that one process."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [find_chromium(), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _address(Path(profile) / "DevToolsActivePort", process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(port_file: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        lines = port_file.read_text().split() if port_file.is_file() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise SystemExit("Chromium did not start: run it by hand to see why.")


def check_page(address: str, page: Path, picture: Path) -> list[str]:
    """Open one page and return its faults in words."""
    with connect(address, max_size=None, max_queue=None, proxy=None) as socket:
        tab = Tab(socket)
        target = tab.call("Target.createTarget", url="about:blank")["targetId"]
        tab.session = tab.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        _width(tab, WIDE)
        tab.events.clear()
        url = page.resolve().as_uri()
        tab.call("Page.navigate", url=url)
        tab.wait_for("Page.loadEventFired")
        tab.settle()
        faults = [str(fault) for fault in tab.ask(CHECKS)]
        _screenshot(tab, picture)
        _width(tab, NARROW)
        wide = int(tab.ask("document.scrollingElement.scrollWidth"))
        if wide > NARROW:
            faults.append(f"on a screen of {NARROW} pixels the page is {wide} wide and scrolls sideways")
        faults += event_faults(tab.events, url)
        tab.call("Page.close")
    return list(dict.fromkeys(faults))


def event_faults(events: list[Event], url: str) -> list[str]:
    """Return what a page's own reports tell against it: errors, exceptions, requests."""
    faults = []
    for event in events:
        method, told = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            words = " ".join(str(a.get("value", a.get("description", ""))) for a in told["args"])
            faults.append(f"console error: {words[:160]}")
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            said = details.get("exception", {}).get("description") or details["text"]
            faults.append(f"exception: {said.splitlines()[0][:160]}")
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            faults.append(f"console error: {told['entry']['text'][:160]}")
        elif method == "Network.requestWillBeSent":
            asked = told["request"]["url"]
            if asked.split("#")[0] != url and not asked.startswith("data:"):
                faults.append(f"request: {asked[:160]}")
    return faults


def _width(tab: Tab, width: int) -> None:
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)


def _screenshot(tab: Tab, picture: Path) -> None:
    """Keep the whole page; one that is too tall for a picture goes on in name-2.png and so on."""
    size = tab.call("Page.getLayoutMetrics")["cssContentSize"]
    picture.parent.mkdir(parents=True, exist_ok=True)
    for part, top in enumerate(range(0, int(size["height"]), TALLEST), start=1):
        height = min(TALLEST, size["height"] - top)
        clip = {"x": 0, "y": top, "width": size["width"], "height": height, "scale": 1}
        shot = tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        place = picture if part == 1 else picture.with_stem(f"{picture.stem}-{part}")
        place.write_bytes(base64.b64decode(shot["data"]))


def check_folder(address: str, folder: Path, out: Path) -> int:
    """Check every page under a folder, one line each and its faults below; returns how many are at fault."""
    pages = sorted(folder.rglob("*.html"))
    if not pages:
        raise SystemExit(f"There is no .html page in {folder}: make the report first.")
    at_fault = 0
    for page in pages:
        name = page.relative_to(folder)
        faults = check_page(address, page, out / ("-".join(name.with_suffix("").parts) + ".png"))
        at_fault += bool(faults)
        print(f"{'FAULT' if faults else 'ok   '} {name}")
        for fault in faults:
            print(f"      - {fault}")
    return at_fault


def self_test(address: str) -> list[str]:
    """Return what the checks miss in a page full of planted faults, and what they find in a sound one."""
    from page_samples import GOOD, PLANTED, bad_page

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad, good = folder / "bad.html", folder / "good.html"
        bad.write_text(bad_page(), encoding="utf-8")
        good.write_text(GOOD, encoding="utf-8")
        found = check_page(address, bad, folder / "bad.png")
        missed = [f"not found: {words}" for words in PLANTED if not any(words in fault for fault in found)]
        passed = check_page(address, good, folder / "good.png")
        return missed + [f"found in a sound page: {fault}" for fault in passed]


def main() -> int:
    """Run the self-test or the checks; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check the HTML pages of a folder in headless Chromium.")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/pages"), help="where the screenshots go")
    parser.add_argument("--self-test", action="store_true", help="see first that planted faults are found")
    asked = parser.parse_args()
    if asked.folder is None and not asked.self_test:
        parser.error("name the folder to check, or ask for --self-test.")
    with browser() as address:
        wrong = self_test(address) if asked.self_test else []
        for line in wrong:
            print(f"self-test: {line}")
        if asked.self_test and not wrong:
            print("self-test: planted faults are found, a sound page passes")
        at_fault = check_folder(address, asked.folder, asked.out) if asked.folder else 0
    return 1 if wrong or at_fault else 0


if __name__ == "__main__":
    sys.exit(main())
