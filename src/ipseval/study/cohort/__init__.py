"""The invented people of IPS UNG: the files a study would have, fitted to the numbers the report printed.

    from ipseval.study.cohort import cohort_frames, write_cohort

They prove that a pipeline gives the printed numbers, nothing about the real participants.
"""

from ipseval.study.cohort.cohort import CohortReport, cohort_frames, write_cohort
from ipseval.study.cohort.table9 import table9_achieved

__all__ = ["CohortReport", "cohort_frames", "table9_achieved", "write_cohort"]
