import copy

import pytest

from ipseval.core.later import LaterFrames, columns_of


def test_frames_are_made_once_and_cannot_be_set():
    rows = [{"term": "age", "n": 3}, {"term": "job", "n": 4}]
    frames = LaterFrames({"support": columns_of(rows, ("term", "n")), "none": {"a": []}})
    assert list(frames) == ["support", "none"]
    assert len(frames) == 2
    assert frames["support"] is frames["support"]
    assert frames["support"].to_dict("records") == rows
    assert frames["none"].empty
    assert frames.get("other") is None
    with pytest.raises(TypeError):
        frames["support"] = frames["none"]  # the mapping is read, never changed
    assert copy.deepcopy(frames)["support"].equals(frames["support"])
    assert repr(frames) == "<LaterFrames support, none>"
