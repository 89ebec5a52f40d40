"""What check_pages makes of a page's reports; that Chromium sends them is its --self-test's matter."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "check_pages.py"
URL = "file:///report.html"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("check_pages", TOOL)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["check_pages"] = module
    spec.loader.exec_module(module)
    return module


def event(method, **params):
    return {"method": method, "params": params}


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        (event("Network.requestWillBeSent", request={"url": URL}), []),
        (event("Network.requestWillBeSent", request={"url": f"{URL}#s-1"}), []),
        (event("Network.requestWillBeSent", request={"url": "data:image/png;base64,AA"}), []),
        (event("Network.requestWillBeSent", request={"url": "https://a.b/c"}), ["request: https://a.b/c"]),
        (
            event("Network.requestWillBeSent", request={"url": "file:///other.css"}),
            ["request: file:///other.css"],
        ),
        (event("Runtime.consoleAPICalled", type="log", args=[{"value": "x"}]), []),
        (event("Runtime.consoleAPICalled", type="error", args=[{"value": "x"}]), ["console error: x"]),
        (event("Log.entryAdded", entry={"level": "error", "text": "blocked"}), ["console error: blocked"]),
        (event("Log.entryAdded", entry={"level": "verbose", "text": "slow"}), []),
        (event("Runtime.exceptionThrown", exceptionDetails={"text": "Uncaught"}), ["exception: Uncaught"]),
    ],
)
def test_reports_of_a_page_become_faults(tool, told, faults):
    assert tool.event_faults([told], URL) == faults


def test_a_folder_without_pages_is_told(tool, tmp_path):
    with pytest.raises(SystemExit, match=r"no \.html page"):
        tool.check_folder("ws://nowhere", tmp_path, tmp_path)
