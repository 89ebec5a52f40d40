"""A few figures as pictures.  A missing baseline is a failure; pictures.py says how to make them anew.

Tolerance: FreeType and Agg builds differ by a grey level or two along the edges of letters, so a picture
may differ by 1 grey level on average and by more than 96 in one pixel of 1,000.  A mean that moved by
four points or a lost banner is beyond that (see the last test); that marks stand exactly at the
estimates is the matter of tests/reporting_figures.
"""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from figures.pictures import BASELINES, pictures


@pytest.fixture(scope="module")
def drawn():
    return {name: grey(png) for name, png in pictures().items()}


def grey(png):
    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=float)


def alike(one, other):
    if one.shape != other.shape:
        return False
    apart = np.abs(one - other).max(axis=2)
    return bool(apart.mean() <= 1.0 and (apart > 96).mean() <= 0.001)


@pytest.mark.parametrize("name", ["change_bars", "forest", "likert_diverging"])
def test_the_picture_is_as_it_was(drawn, name):
    baseline = BASELINES / f"{name}.png"
    assert baseline.is_file(), "the baseline is missing: see tests/figures/pictures.py"
    assert baseline.stat().st_size < 40_000
    assert alike(drawn[name], grey(baseline.read_bytes()))


def test_every_picture_has_a_baseline_and_no_baseline_is_left_over(drawn):
    assert {p.stem for p in BASELINES.glob("*.png")} == set(drawn)


def test_another_picture_is_not_alike(drawn):
    import ipseval as ips
    from ipseval.reporting.figures.sheet import picture_bytes
    from reporting_figures import invented

    words = {"labels": invented.LABELS, "banner": invented.BANNER, "decimals": 0}
    other = ips.change_bars(invented.change_result(after=55.0), **invented.WHO5_AXIS, **words)
    assert not alike(drawn["change_bars"], grey(picture_bytes(other, "png", dpi=60)))
    silent = ips.change_bars(invented.change_result(), **invented.WHO5_AXIS, **{**words, "banner": " "})
    assert not alike(drawn["change_bars"], grey(picture_bytes(silent, "png", dpi=60)))
