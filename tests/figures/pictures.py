"""The few figures that are compared as pictures, and how to make their baselines anew.

    python tests/figures/pictures.py

writes `tests/figures/baselines/*.png` (60 dots per inch).  Look at them before you commit them.
"""

import sys
from pathlib import Path

BASELINES = Path(__file__).parent / "baselines"
DPI = 60


def pictures():
    """Name -> PNG bytes."""
    import ipseval as ips
    from ipseval.reporting.figures.sheet import picture_bytes
    from reporting_figures import invented

    words = {"labels": invented.LABELS, "banner": invented.BANNER}
    drawn = {
        "change_bars": ips.change_bars(invented.change_result(), **invented.WHO5_AXIS, decimals=0, **words),
        "likert_diverging": ips.likert_bars(
            invented.likert_result(), levels=invented.SCALE[::-1], apart=["6"], diverging=True, **words
        ),
        "forest": ips.forest(invented.odds_result(), title="Odds ratioer", **words),
    }
    return {name: picture_bytes(axes, "png", dpi=DPI) for name, axes in drawn.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    BASELINES.mkdir(exist_ok=True)
    for name, png in pictures().items():
        (BASELINES / f"{name}.png").write_bytes(png)
