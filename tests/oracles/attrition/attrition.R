# Exact rank-sum under ties (exactRankTests), Fisher-Freeman-Halton (base), SMD by its formula.
suppressMessages(library(exactRankTests))
d <- read.csv("input.csv", na.strings = "")
a <- d$answered == 1
rows <- list()
add <- function(outcome, term, estimate, p, n)
  rows[[length(rows) + 1]] <<- data.frame(outcome, term, estimate, p_value = p, n)
for (v in c("age", "who5")) {
  x <- na.omit(d[a, v]); y <- na.omit(d[!a, v])
  add(v, "smd", (mean(x) - mean(y)) / sqrt((var(x) + var(y)) / 2), NA, length(x) + length(y))
  u <- mean(outer(x, y, ">") + 0.5 * outer(x, y, "=="))
  add(v, "rank_sum", u, wilcox.exact(x, y)$p.value, length(x) + length(y))
}
for (v in c("sex", "edu")) {
  t <- table(d[[v]], d$answered)
  chi2 <- suppressWarnings(chisq.test(t, correct = FALSE)$statistic)
  add(v, "exact_test", sqrt(chi2 / sum(t)), fisher.test(t)$p.value, sum(t))
}
options(digits = 17)
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
