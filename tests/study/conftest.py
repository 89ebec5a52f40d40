from types import SimpleNamespace

import pytest

from ipseval.study.plan import load_plan
from ipseval.study.report import make_report


@pytest.fixture(scope="session")
def danish(tmp_path_factory):
    """The whole report of IPS UNG in Danish, made once."""
    out = tmp_path_factory.mktemp("danish") / "report"
    outcome = make_report(load_plan("ips_ung"), out=out, lang="da")
    return SimpleNamespace(out=out, outcome=outcome)


@pytest.fixture(scope="session")
def english(tmp_path_factory):
    """The tables of IPS UNG in English, from the SurveyXact workbook where that is all there is."""
    out = tmp_path_factory.mktemp("english") / "report"
    outcome = make_report(load_plan("ips_ung"), out=out, lang="en", only="tables")
    return SimpleNamespace(out=out, outcome=outcome)
