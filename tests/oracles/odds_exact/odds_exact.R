# The exact conditional odds ratio of two-by-two tables, and the unconditional one of epiR.
# Run in this folder: Rscript odds_exact.R      (R 4.2.2, epiR 2.0)
suppressMessages(library(epiR))
tables <- read.csv("input.csv"); out <- NULL
for (i in seq_len(nrow(tables))) {
  t <- tables[i, ]; m <- matrix(c(t$a, t$c, t$n1 - t$a, t$n0 - t$c), 2)
  f <- fisher.test(m)
  lower <- phyper(t$a, t$n1, t$n0, t$a + t$c); upper <- phyper(t$a - 1, t$n1, t$n0, t$a + t$c, lower.tail = FALSE)
  # fisher.test stops at 1e-4 of its limits; the same equations solved to the end
  tail <- function(psi, side) { x <- max(0, t$a + t$c - t$n0):min(t$n1, t$a + t$c)
    w <- dhyper(x, t$n1, t$n0, t$a + t$c, log = TRUE) + x * psi; p <- exp(w - max(w)); p <- p / sum(p)
    if (side > 0) sum(p[x >= t$a]) else sum(p[x <= t$a]) }
  root <- function(side) uniroot(function(v) tail(v, side) - 0.025, c(-60, 60), tol = 1e-13)$root
  low <- if (f$conf.int[1] == 0) -Inf else root(1)
  high <- if (is.infinite(f$conf.int[2])) Inf else root(-1)
  wald <- if (all(m > 0)) log(unlist(epi.2by2(m, method = "cohort.count")$massoc.detail$OR.strata.wald)) else rep(NA, 3)
  out <- rbind(out, data.frame(estimate = log(f$estimate), fisher_low = log(f$conf.int[1]), fisher_high = log(f$conf.int[2]),
    low = low, high = high, p = min(1, 2 * min(lower, upper)), wald = wald[1], wald_low = wald[2], wald_high = wald[3]))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
