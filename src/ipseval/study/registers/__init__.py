"""Plans that link persons to registers: covariates before, outcomes after, costs beside them."""
