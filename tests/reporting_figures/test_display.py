import re
import subprocess
import sys
from io import BytesIO
from xml.dom import minidom

import matplotlib
import pytest
from PIL import Image

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.reporting.figures import DRAWINGS, Figure, figure_alt, figure_of
from reporting_figures.invented import (
    BANNER,
    LABELS,
    SCALE,
    WHO5_AXIS,
    balance_result,
    change_result,
    cost_result,
    count_result,
    entry_result,
    flow_result,
    job_result,
    likert_result,
    movement_result,
    odds_result,
    reliable_result,
    roads_result,
    states_result,
    town_result,
    unknown_result,
    weekly_result,
    words_of,
)

KINDS = {
    "change_bars": (change_result(), {**WHO5_AXIS, "decimals": 0}),
    "likert_bars": (likert_result(), {"levels": SCALE, "apart": ["6"]}),
    "count_bars": (count_result(), {}),
    "forest": (odds_result(), {}),
    "movement": (movement_result(), {}),
    "reliable_counts": (reliable_result(), {"range": (0, 100)}),
    "love": (balance_result(), {}),
    "overlap": (balance_result(), {}),
    "flow_chart": (flow_result(), {}),
    "acceptability": (cost_result(), {}),
    "state_bands": (states_result(), {}),
    "state_flows": (states_result("flows"), {}),
    "weekly_lines": (weekly_result(), {}),
    "event_study": (entry_result(), {}),
    "incidence": (job_result(), {}),
    "synthetic_paths": (town_result(), {}),
    "specification_curve": (roads_result(), {}),
    "tipping_map": (unknown_result(), {}),
}


def one(kind, **options):
    result, own = KINDS[kind]
    return figure_of(
        result, kind, **{"id": kind, "banner": BANNER, "labels": LABELS, "label": "Figur 1", **own, **options}
    )


def test_every_drawing_is_covered_here():
    assert set(KINDS) == set(DRAWINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_banner_stands_in_the_picture_its_metadata_and_its_words(kind):
    figure = one(kind)
    assert BANNER in words_of(figure.axes)
    assert figure.alt.startswith(BANNER)
    with Image.open(BytesIO(figure.png)) as picture:
        assert picture.info["Title"] == BANNER
        assert BANNER in picture.info["Description"]
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert f"<title>{BANNER}</title>" in figure.svg
    assert figure.to_html().count(BANNER) >= 2


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_banner_there_is_none(kind):
    figure = one(kind, banner="")
    assert BANNER not in words_of(figure.axes)
    assert BANNER not in figure.alt + figure.svg + figure.to_html()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_result_gives_the_same_bytes_and_no_clock(kind):
    first, second = one(kind), one(kind)
    assert first.svg == second.svg
    assert first.png == second.png
    assert first.pdf == second.pdf
    assert "<dc:date>" not in first.svg
    assert b"CreationDate" not in first.pdf


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_drawn_outside_the_sheet(kind):
    for options in ({}, {"title": "En titel som er så lang at den må brydes over flere linjer " * 2}):
        result, own = KINDS[kind]
        canvas = DRAWINGS[kind](result, labels=LABELS, banner=BANNER * 4, **own, **options).get_figure()
        box = canvas.get_tightbbox(canvas.canvas.get_renderer())
        width, height = canvas.get_size_inches()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_alternative_text_tells_the_numbers_in_words(kind, lang):
    told = {
        "change_bars": ("49", "51", "(n=40)", "68", "0-35"),
        "likert_bars": ("47% (20)", "(n=43)", "2% (1)"),
        "count_bars": ("0 (0%)", "39 (91%)"),
        "forest": ("2,12 [1,16; 5,27]", "kan ikke beregnes", "95%")
        if lang == "da"
        else ("2.12 [1.16, 5.27]", "cannot be computed", "95%"),
        "movement": ("Under 36 til Over 50: 2",) if lang == "da" else ("Below 36 to Over 50: 2",),
        "reliable_counts": ("40 til under 60 til 60 til under 80: 8", "±15,2")
        if lang == "da"
        else ("40 to below 60 to 60 to below 80: 8", "±15.2"),
        "love": ("Alder: 0,19",) if lang == "da" else ("Age: 0.19",),
        "flow_chart": ("i data 30", "analyseret 30") if lang == "da" else ("in the data 30", "analysed 30"),
        "acceptability": ("900: 71%",),
        "state_bands": ("n=4", "SU 25% og 50%") if lang == "da" else ("n=4", "Student grant 25% and 50%"),
        "state_flows": ("Ingen ydelse til Uddannelseshjælp: 3",)
        if lang == "da"
        else ("No benefit to Education help: 3",),
        "weekly_lines": ("Uge -1: indsats",) if lang == "da" else ("Week -1: treated",),
        "overlap": ("er 0,", "før og 0,") if lang == "da" else ("is 0.", "before and 0."),
        "event_study": ("+1: 2,24",) if lang == "da" else ("+1: 2.24",),
        "incidence": ("ved tid 9", "1: 75%") if lang == "da" else ("at time 9", "1: 75%"),
        "synthetic_paths": ("ovenpå 7",) if lang == "da" else ("of 7 untreated",),
        "specification_curve": ("matched: 3,83",) if lang == "da" else ("matched: 3.83",),
        "tipping_map": ("i 109 af 121",) if lang == "da" else ("in 109 of 121",),
    }[kind]
    alt = one(kind, lang=lang).alt
    for text in told:
        assert text in alt
    assert "{" not in alt
    assert alt.endswith(".")


def test_figure_alt_is_the_alt_of_the_figure():
    result, own = KINDS["forest"]
    said = figure_alt(result, "forest", lang="da", labels=LABELS, banner=BANNER, **own)
    assert said == one("forest").alt
    with pytest.raises(ReportError, match="kind="):
        figure_alt(result, "forrest")


def test_a_long_alternative_text_stands_below_the_figure():
    html = one("likert_bars", label="Figur 2", title="Oplevelse").to_html()
    short = re.search(r'<img alt="([^"]*)"', html).group(1)
    assert short == "Figur 2: Oplevelse. Tallene står som tekst under figuren."
    assert "<details><summary>Figuren som tekst</summary><p>Opdigtede personer" in html
    assert "<details>" not in one("count_bars", banner="").to_html()


def test_html_of_a_figure_escapes_and_carries_everything():
    figure = one("count_bars", title='A & B <i>"', notes=["n < 43"])
    html = figure.to_html()
    assert "A &amp; B &lt;i&gt;&quot;" in html
    assert '<p class="note">n &lt; 43</p>' in html
    assert '<figure class="figure" id="count_bars" lang="da">' in html
    assert "http" not in html
    assert "data:image/svg+xml;base64," in html


def test_files_are_written_in_each_format(tmp_path):
    paths = one("forest").save(tmp_path / "new")
    assert [p.name for p in paths] == ["forest.png", "forest.svg", "forest.pdf"]
    assert paths[0].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert paths[1].read_text(encoding="utf-8").startswith("<?xml")
    assert paths[2].read_bytes()[:5] == b"%PDF-"
    with pytest.raises(ReportError, match="formats="):
        one("forest").save(tmp_path, formats=["jpg"])
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["forest.pdf", "forest.png", "forest.svg"]


def test_a_figure_is_frozen_and_has_no_address_in_its_repr():
    figure = one("forest")
    with pytest.raises(AttributeError):
        figure.title = "other"
    assert " at 0x" not in repr(figure)
    assert isinstance(figure, Figure)


def test_a_figure_shows_itself_in_a_notebook_with_its_words():
    html = one("count_bars").axes._repr_html_()
    assert html.startswith('<img alt="Vandrette søjler')
    assert "data:image/png;base64," in html


def test_settings_of_the_notebook_neither_matter_nor_change():
    wanted = one("change_bars").svg
    with matplotlib.rc_context(
        {"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None, "lines.linewidth": 9}
    ):
        before = dict(matplotlib.rcParams)
        assert one("change_bars").svg == wanted
        assert dict(matplotlib.rcParams) == before


def test_a_dollar_sign_is_a_dollar_sign():
    from ipseval.core.labels import Labels

    labels = Labels(values={"overall": {"3": {"da": "koster $5 og $6", "en": "x"}}})
    figure = one("count_bars", labels=labels, title="$a_b$", banner="$x^2$ opdigtet")
    assert "koster $5 og $6" in words_of(figure.axes)
    assert figure.svg.count("mathdefault") == 0
    assert figure.png


def test_thirty_figures_warn_of_nothing_and_never_touch_pyplot():
    code = (
        "import sys, warnings; warnings.simplefilter('error')\n"
        "sys.path.insert(0, 'tests')\n"
        "from reporting_figures.invented import count_result\n"
        "import ipseval as ips\n"
        "kept = [ips.count_bars(count_result()) for _ in range(30)]\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_importing_ipseval_does_not_import_matplotlib():
    code = "import sys, ipseval; assert not [m for m in sys.modules if m.startswith('matplotlib')]"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("word", ["\x00\x1b", "\u202eabc\ufeff", "\ufeff", "\ud800"])
def test_labels_with_characters_no_file_may_hold_are_drawn_without_them(word, tmp_path):
    labels = Labels(values={"overall": {str(code): {"da": f"Svar{word} {code}"} for code in range(9)}})
    figure = one(
        "count_bars", labels=labels, title=f"Titel{word}", notes=[f"Note{word}"], banner=f"Opdigtet{word}"
    )
    figure.save(tmp_path)
    minidom.parseString((tmp_path / "count_bars.svg").read_bytes())
    assert not set(word.replace("abc", "")) & set(figure.to_html())
    assert "Svar" in figure.alt
    assert "Titel" in figure.caption
