"""Outputs of notebooks on invented people: once with groups of a few, once without, and outputs that count nobody."""

import contextlib
import io
import json
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import polars as pl

import ipseval as ips


@cache
def people(few):
    """Invent people; with `few`, one municipality, two diagnoses and one job have one to three of them."""
    rng = np.random.Generator(np.random.PCG64(4))
    n = 1200
    frame = pd.DataFrame(
        {
            "kommune": np.resize(["Aalborg", "Hjørring", "Læsø"], n), "diagnose": np.repeat(["F41", "F32", "F20", "F84"], n // 4),
            "køn": rng.choice(["K", "M"], n), "arm": rng.choice([0, 1, 2], n), "alder": rng.integers(18, 21, n),
            "indkomst": rng.integers(80_000, 400_000, n), "job": rng.choice(["ja", "nej"], n),
        }
    )  # fmt: skip
    if few:
        frame.loc[:, "diagnose"] = ["F20"] * 2 + ["F84"] + ["F41", "F32"] * ((n - 4) // 2) + ["F41"]
        frame.loc[3:, "kommune"] = np.resize(["Aalborg", "Hjørring"], n - 3)
        frame.loc[:2, "arm"] = 2
        frame.loc[3:, "arm"] = np.resize([0, 1], n - 3)
    return frame


COUNTS = {
    "value_counts": "df.diagnose.value_counts()",
    "value_counts, own name": "df['diagnose'].value_counts(sort=False).rename('antal')",
    "value_counts of two columns": "df[['køn', 'diagnose']].value_counts()",
    "value_counts of numbers": "df['arm'].value_counts()",
    "value_counts as text without dtype": "print(df.diagnose.value_counts().to_string())",
    "value_counts as a frame": "df.diagnose.value_counts().reset_index()",
    "value_counts as a dict": "df.diagnose.value_counts().to_dict()",
    "Counter": "Counter(df.diagnose)",
    "size": "df.groupby('diagnose').size()",
    "size, named": "df.groupby('diagnose').size().rename('antal personer')",
    "size by two, MultiIndex": "df.groupby(['kommune', 'diagnose']).size()",
    "size as a column": "df.groupby('diagnose').size().reset_index(name='antal')",
    "size as a frame": "df.groupby('diagnose').size().to_frame('n')",
    "size, unstacked": "df.groupby(['kommune', 'diagnose']).size().unstack()",
    "size, truncated": "pd.concat([df.groupby(['diagnose', 'alder']).size()] * 30)",
    "crosstab": "pd.crosstab(df.kommune, df.diagnose)",
    "crosstab with margins": "pd.crosstab(df.kommune, df.diagnose, margins=True, margins_name='I alt')",
    "crosstab, two by one": "pd.crosstab([df.kommune, df.køn], df.diagnose)",
    "crosstab, one by two": "pd.crosstab(df.kommune, [df.køn, df.diagnose])",
    "crosstab, numbers as heads": "pd.crosstab(df.diagnose, df.arm)",
    "crosstab, wide and wrapped": "pd.crosstab(df.diagnose, [df.alder, df.køn, df.job])",
    "crosstab, variable beforehand": "pd.DataFrame(table)",
    "pivot_table": "df.pivot_table(index='kommune', columns='diagnose', values='alder', aggfunc='count')",
    "mean and count": "df.groupby('diagnose').alder.agg(['mean', 'count'])",
    "mean and count, two columns": "df.groupby('diagnose').agg({'alder': ['mean', 'count'], 'indkomst': ['mean']})",
    "named aggregation": "df.groupby('diagnose').agg(antal=('alder', 'size'), gennemsnit=('alder', 'mean'))",
    "rounded": "df.groupby('diagnose').alder.agg(['count', 'mean', 'std']).round(1)",
    "describe of groups": "df.groupby('diagnose').alder.describe()",
    "describe of a few": "df[df.diagnose == 'F20'].alder.describe()",
    "describe of a frame": "df[df.diagnose == 'F20'].describe()",
    "describe of words": "df[df.diagnose == 'F20'][['kommune', 'job']].describe()",
    "count of groups": "df.groupby('diagnose')[['alder', 'indkomst']].count()",
    "count of one column": "df.groupby('diagnose').alder.count()",
    "len": "len(df[df.diagnose == 'F20'])",
    "mean beside len": "df[df.diagnose == 'F20'].indkomst.mean(), len(df[df.diagnose == 'F20'])",
    "shape": "df[df.diagnose == 'F20'].shape",
    "sum of a condition": "(df.diagnose == 'F20').sum()",
    "printed n": "print(f'n = {len(df[df.diagnose == \"F20\"])}')",
    "printed Danish": "print('Antal:', len(df[df.diagnose == 'F20']))",
    "Styler": "df.diagnose.value_counts().to_frame().style.set_caption('Tabel 1')",
    "Styler of a crosstab": "pd.crosstab(df.kommune, df.diagnose).style.highlight_min()",
    "n and share in one cell": "df.diagnose.value_counts().map(lambda n: f'{n} ({n / len(df):.1%})').to_frame('n')",
    "polars value_counts": "pl.DataFrame(df)['diagnose'].value_counts()",
    "polars len": "pl.DataFrame(df).group_by('diagnose').len()",
    "polars agg": "pl.DataFrame(df).group_by('diagnose').agg(pl.len().alias('antal'), pl.col('alder').mean())",
    "polars pivot": "pl.DataFrame(df).pivot('diagnose', index='kommune', values='alder', aggregate_function='len')",
    "polars describe": "pl.DataFrame(df).filter(pl.col('diagnose') == 'F20').describe()",
    "polars height": "pl.DataFrame(df).filter(pl.col('diagnose') == 'F20').height",
    "ips.describe": "ips.describe(df, columns=['alder'], by='diagnose')",
}
"""Code that counts people."""

NOBODY = {
    "first columns": "list(df.columns)",
    "number of columns": "len(df.columns)",
    "shape of all": "df.shape",
    "nunique": "df.nunique()",
    "missing answers": "df.isna().sum()",
    "types": "df.dtypes",
    "mean of groups": "df.groupby('kommune').alder.mean()",
    "means, crossed": "df.pivot_table(index='kommune', columns='diagnose', values='alder')",
    "shares": "df.diagnose.value_counts(normalize=True)",
    "shares, crossed": "pd.crosstab(df.kommune, df.diagnose, normalize='index')",
    "one number": "df.alder.mean()",
    "codes and labels": "pd.DataFrame({'code': [1, 2, 3, 4], 'label': ['aldrig', 'sjældent', 'ofte', 'altid']})",
    "instruments": "pd.DataFrame({'instrument': ['who5', 'gad7', 'phq2'], 'items': [5, 7, 2], 'highest': [5, 3, 3]})",
    "answers, an index of waves": "pd.DataFrame({'who5': [40, 44, 52], 'gad7': [4, 3, 2]}, index=pd.Index([1, 2, 3], name='bølge'))",
    "a list of numbers": "[1, 2, 3]",
    "a dict of settings": "{'seed': 3, 'waves': 2}",
    "correlations": "df[['alder', 'indkomst']].corr()",
    "quantiles": "df.alder.quantile([0.25, 0.5, 0.75])",
    "a range of years": "pd.Series([2, 1, 3], index=[2020, 2021, 2022], name='uger')",
    "estimates": "pd.DataFrame({'term': ['a', 'b'], 'estimate': [1.5, 2.0], 'df': [2, 3], 'p_value': [0.2, 0.5]})",
    "polars means": "pl.DataFrame(df).group_by('kommune').agg(pl.col('indkomst').mean())",
    "polars codes": "pl.DataFrame({'kode': [1, 2, 3], 'tekst': ['aldrig', 'ofte', 'altid']})",
    "change, of ipseval": "ips.change(df.assign(before=df.alder, after=df.alder + df.arm), before='before', after='after')",
    "printed words": "print('Skala 1: 3 svar; bølge 2 af 4')",
}
"""Code whose output counts nobody, however few there are."""

MORE_COUNTS = [
    "df.groupby('diagnose')['alder'].agg('count')",
    "df.groupby('diagnose').alder.agg(['size', 'median'])",
    "df.groupby('diagnose', as_index=False).agg(N=('alder', 'count'))",
    "df.diagnose.value_counts().sort_index().rename_axis('Diagnose').reset_index(name='Antal unge')",
    "pd.concat([df.diagnose.value_counts(), df.diagnose.value_counts(normalize=True).round(3)], axis=1, keys=['antal', 'andel'])",
    "df.groupby(['kommune','diagnose']).agg({'alder': 'count'}).unstack(fill_value=0)",
    "pd.crosstab(df.diagnose, df.job).T",
    "pd.crosstab(df.diagnose, df.job).astype(float)",
    "df.query(\"diagnose == 'F20'\").shape[0]",
    "df[df.diagnose.isin(['F20'])].index.size",
    "df.diagnose.eq('F20').sum()",
    "sum(df.diagnose == 'F20')",
    "print('Der er', len(df[df.diagnose == 'F84']), 'person med F84')",
    "[(d, len(g)) for d, g in df.groupby('diagnose')]",
    "{d: len(g) for d, g in df.groupby('diagnose')}",
    "df.groupby('diagnose').apply(len)",
    "df.groupby('diagnose').alder.describe().T",
    "df.groupby('diagnose')[['alder','indkomst']].describe()",
    "df.melt(id_vars='diagnose', value_vars=['køn','job']).groupby(['diagnose','variable','value']).size()",
    "df.assign(gruppe=pd.cut(df.alder, 3)).groupby(['diagnose','gruppe'], observed=True).size()",
    "pl.DataFrame(df).group_by('diagnose','kommune').len().sort('len')",
    "pl.DataFrame(df)['diagnose'].value_counts(sort=True, name='personer')",
    "pl.DataFrame(df).group_by('diagnose').agg(pl.col('alder').count().alias('n'))",
    "pl.DataFrame(df).filter(pl.col('diagnose')=='F84').shape",
    "df.pivot_table(index='diagnose', columns='job', aggfunc='size')",
    "ips.describe(df, columns=['alder'], by='diagnose').estimates[['outcome','n']]",
    "df.groupby('diagnose').alder.mean().to_frame('gennemsnit').join(df.groupby('diagnose').size().rename('n'))",
    "df.diagnose.value_counts().tolist()",
]
"""Lines that count people and that were written after the rule: its first version missed eight of their 59 outputs."""
MORE_NOBODY = [
    "df.groupby('kommune').alder.mean().round().astype(int)",
    "df.head(0)",
    "{'model': 'firth', 'max_iter': 4}",
    "pd.DataFrame({'wave':[0,1,2],'uge':[1,4,2]})",
    "df.alder.quantile()",
    "(df.alder>19).mean()",
    "df.groupby('kommune').alder.nunique()",
    "pd.DataFrame({'lag':[1,2,3],'acf':[.2,.1,.05]})",
    "pd.date_range('2024-01-01', periods=3)",
    "df.corr(numeric_only=True).round(0).astype(int)",
    "df.select_dtypes('number').std()",
    "len(df.kommune.unique())",
    "range(3)",
    "pl.DataFrame({'item':[1,2,3],'loading':[0.5,0.6,0.7]})",
    "df.groupby('kommune').alder.median()",
]
"""Lines that count nobody, likewise: its first version took two of 26 outputs for counts."""
COUNTS |= {code: code for code in MORE_COUNTS}
NOBODY |= {code: code for code in MORE_NOBODY}


def _made(code, few):
    df = people(few)
    known = {"df": df, "pd": pd, "pl": pl, "ips": ips, "Counter": Counter}
    known["table"] = pd.crosstab(df.kommune, df.diagnose)
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        pd.option_context("display.width", 80, "display.max_rows", 60, "display.min_rows", 10),
    ):
        value = eval(code, known)  # the lines above and no others
        html = value._repr_html_() if hasattr(value, "_repr_html_") else None
        text = None if value is None else repr(value)
    return said.getvalue(), text, html


@cache
def notebooks(code, few):
    """Give the output of a line in each form that it has: text, HTML, print."""
    said, text, html = _made(code, few)
    forms = {"text": text, "HTML": html}
    books = {
        form: {"output_type": "execute_result", "data": {f"text/{'html' if form == 'HTML' else 'plain'}": content}}
        for form, content in forms.items()
        if content is not None and not (form == "text" and content.startswith("<"))
    }  # fmt: skip
    if "text" in books and html is not None:
        books["print"] = {"output_type": "stream", "text": text}
    if said:
        books["print"] = {"output_type": "stream", "text": said}
    return {form: _book(code, output) for form, output in books.items()}


def _book(code, output):
    first = {"cell_type": "markdown", "source": "# Invented", "metadata": {}}
    second = {"cell_type": "code", "source": code, "outputs": [output], "metadata": {}}
    return json.dumps({"cells": [first, second], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
