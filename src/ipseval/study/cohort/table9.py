"""How near the invented people come to table 9, and what kind of model can have made its intervals.

By computation (the search itself stands in `tools/cohort_table9.py`):

* 2.12 [1.16; 5.27] and 2.24 [1.28; 4.73] are lopsided on the log scale (upper arm over lower arm 1.51
  and 1.34, and at least 1.48 and 1.31 whatever was rounded away), so they are no Wald intervals.
  They are what a profile likelihood gives, as R's `confint(glm)` does.  Read so, their Wald p are
  about 0.04 and 0.01: the two stars in the table are a footnote mark, not p < 0.01.
* Burden has the interval [0.22; 0.95] and, in the text, p = 0.053.  Such a pair is an interval by
  profile beside a p by Wald, as `confint(glm)` and `summary(glm)` give side by side.
* The interval of a 0/1 predictor with share q among n persons has, in any maximum-likelihood logistic
  model, ln(high/low) of at least 4 z / sqrt(n q (1 - q)); with other predictors in the model that
  floor is multiplied by the root of the variance inflation.  For sex the print allows 2.93 at most,
  and the floor with all 34 persons, halves of each sex and even odds is 2.69: an inflation of 1.19 at
  the very most, where nine unrelated predictors among 34 persons alone bring about 33/24 = 1.38.  So
  the rows come from ten models with one predictor each (or very few), on at least 29 persons.
* Previous work experience, [0.66; 1.24], is narrower than any 0/1 predictor's floor: it is in years.
* The rating [1.16; 5.27] is more lopsided than the search could make a mean of two answers from 1 to 5
  among all 34; with five persons to whom the questions were not relevant (29 left) it came within the
  aims (bounds 0.05, odds ratio 0.02), though not much nearer.

So each row here is `i_job_uddannelse ~ predictor` among those who have finished and answered at the
end (34, of whom 33 also answered at the start), with bounds by profile and p by Wald; mastery,
loneliness and burden are the levels at the end, well-being is end minus start on 0 to 100.
"""

from __future__ import annotations

import pandas as pd

from ipseval.core.resources import data_root


def table9_achieved() -> pd.DataFrame:
    """Set the ten rows of table 9 as printed beside what the invented people give.

    Returns
    -------
    DataFrame
        One row per row of the printed table: `row` (the number of the row), `predictor`, `n`
        persons, `n_events` of them in work or education, `odds_ratio`, `low`, `high` and `p_wald` (full
        precision), and `printed_odds_ratio`, `printed_low`, `printed_high`,
        `printed_p` (NaN where not printed).

    Assumptions
    -----------
    One predictor per model, bounds by profile likelihood at 95 %, p by Wald.

    Checked against
    ---------------
    tests/oracles/table9_profile (R's `glm` and `confint`).
    """
    return pd.read_csv(data_root() / "cohorts" / "ips_ung" / "table9.csv")
