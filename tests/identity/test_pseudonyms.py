"""Pseudonyms: keyed, refused without a key, the same however an id is written, nothing secret shown."""

import base64
import hashlib
import os
import stat

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DisclosureError

CPR = ["070761-4285", "0707614285", "010190-1234", None]
posix = os.name != "nt"


@pytest.fixture
def key(tmp_path, monkeypatch):
    """A key outside the project one stands in."""
    project, safe = tmp_path / "project", tmp_path / "safe"
    for folder in (project, safe):
        folder.mkdir()
    (project / "plan.yaml").touch()
    monkeypatch.chdir(project)
    ips.make_key(safe / "a.key")
    return safe / "a.key"


def hmac_by_hand(secret, message):
    """RFC 2104 written out."""
    block = secret.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()


def test_the_digest_is_hmac_sha256_of_project_kind_and_digits(key):
    secret = bytes.fromhex(key.read_text().split("key: ")[1].strip())
    made = ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=key)
    expected = hmac_by_hand(secret, b"\x1f".join([b"ipseval", b"v1", b"project", b"cpr", b"0707614285"]))[:16]
    assert made.data["cpr"].iloc[0] == "p_" + base64.b32encode(expected).decode().rstrip("=").lower()
    assert made.fingerprint == hmac_by_hand(secret, b"ipseval|v1|fingerprint")[:4].hex()


def test_one_person_is_one_pseudonym_however_written_and_missing_stays_missing(key):
    frame = pd.DataFrame({"cpr": CPR, "who5": [1, 2, 3, 4]})
    before = frame.copy()
    made = ips.pseudonyms(frame, id="cpr", key=key)
    ids = made.data["cpr"]
    assert ids.iloc[0] == ids.iloc[1] != ids.iloc[2]
    assert pd.isna(ids.iloc[3])
    assert (made.n_rows, made.n_persons, made.n_missing, made.n_unconfirmed) == (4, 2, 1, 1)
    assert made.data["who5"].tolist() == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(frame, before)
    as_numbers = pd.DataFrame({"x": [707614285, 101901234]})
    again = ips.pseudonyms(as_numbers, id="x", key=key, kind="cpr").data["x"]
    assert again.tolist() == [ids.iloc[0], ids.iloc[2]]


def test_another_key_or_another_kind_gives_other_pseudonyms(key):
    frame = pd.DataFrame({"cpr": CPR[:1]})
    ips.make_key(key.with_name("b.key"))
    ways = [
        ips.pseudonyms(frame, id="cpr", key=key),
        ips.pseudonyms(frame, id="cpr", key=key, kind="text"),
        ips.pseudonyms(frame, id="cpr", key=key.with_name("b.key")),
    ]
    assert len({way.data["cpr"].iloc[0] for way in ways}) == 3
    assert ways[0].fingerprint == ways[1].fingerprint != ways[2].fingerprint


def test_columns_that_still_identify_are_named(key):
    frame = pd.DataFrame({"id": ["a1", "a2", "a3"], "cpr": CPR[:3], "navn": ["x", "y", "z"]})
    made = ips.pseudonyms(frame, id="id", key=key)
    assert made.left == ("cpr", "navn")
    assert "'cpr'" in repr(made)
    assert "4285" not in repr(made)
    assert "0707" not in repr(made)


def test_without_a_key_nothing_is_made():
    with pytest.raises(DisclosureError, match="key= is missing"):
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr")


def test_there_is_no_way_to_ask_for_a_digest_without_a_key(key):
    import inspect

    assert set(inspect.signature(ips.pseudonyms).parameters) == {"frame", "id", "key", "kind", "project"}


def test_values_that_are_no_personal_numbers_are_counted_and_not_shown(key):
    frame = pd.DataFrame({"cpr": [*CPR[:3], "7318846520", "x"]})
    with pytest.raises(DisclosureError) as caught:
        ips.pseudonyms(frame, id="cpr", key=key)
    assert "2 row(s)" in str(caught.value)
    assert "7318846520" not in str(caught.value)


def test_the_key_file_is_the_owners_alone(key):
    if posix:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text().split("key: ")[1].strip() not in repr(ips.make_key(key.with_name("c.key")))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_key_that_others_may_read_or_write_is_refused(key, mode):
    key.chmod(mode)
    with pytest.raises(DisclosureError, match="can be read or written by others"):
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=key)


def test_a_key_is_never_replaced(key):
    with pytest.raises(DisclosureError, match="is there already"):
        ips.make_key(key)


@pytest.mark.parametrize("place", ["a.key", "data/a.key", "../project/a.key", "link/a.key"])
def test_a_key_inside_the_project_is_refused(key, place, tmp_path):
    project = tmp_path / "project"
    (project / "data").mkdir()
    (tmp_path / "outside").mkdir()
    (project / "link").symlink_to(project / "data")
    with pytest.raises(DisclosureError, match="inside a project"):
        ips.make_key(project / place)
    assert not list(project.rglob("*.key"))


def test_a_key_inside_any_git_tree_is_refused_when_made_and_when_used(key, tmp_path):
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    with pytest.raises(DisclosureError, match="inside a project"):
        ips.make_key(other / "sub.key")
    moved = other / "moved.key"
    key.rename(moved)
    with pytest.raises(DisclosureError, match="inside a project"):
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=moved)


def test_the_refusal_names_the_folder_that_makes_it_a_project(tmp_path, monkeypatch):
    work = tmp_path / "hidden" / "arbejde"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    with pytest.raises(DisclosureError, match=r"the folder 'arbejde' is the one you work in") as caught:
        ips.make_key("project.key")
    assert "hidden" not in str(caught.value)
    for mark, folder in (("plan.yaml", "arbejde"), (".git", "hidden")):
        place = work if folder == "arbejde" else work.parent
        (place / mark).mkdir()
        with pytest.raises(DisclosureError, match=rf"the folder '{folder}' holds {mark}"):
            ips.make_key("project.key")
    assert not (work / "project.key").exists()


def test_a_changed_key_file_is_refused_without_showing_it(key):
    text = key.read_text()
    key.write_text(text[:-5])
    with pytest.raises(DisclosureError, match="no key file") as caught:
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=key)
    assert text.split("key: ")[1][:20] not in str(caught.value)


def test_a_key_serves_one_project(key):
    with pytest.raises(DisclosureError, match="make a new one"):
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=key, project="another")
    assert ips.make_key(key.with_name("p.key"), project="IPS UNG").project == "IPS UNG"


@pytest.mark.parametrize("bad", ["absent.key", "", 5, None])
def test_keys_that_are_not_there(key, bad):
    with pytest.raises(DisclosureError):
        ips.pseudonyms(pd.DataFrame({"cpr": CPR}), id="cpr", key=bad)
