# Two shares from counts.  Run in this folder: Rscript two_by_two.R      (R 4.2.2, epiR 2.0)
suppressMessages(library(epiR))
d <- read.csv("input.csv")
loglik <- function(p1, p2, r) dbinom(r$a, r$n1, p1, log = TRUE) + dbinom(r$c, r$n2, p2, log = TRUE)
score <- function(delta, r) {   # the constrained maximum is found by search, not by the cubic
  lo <- max(0, -delta); hi <- min(1, 1 - delta)
  best <- optimize(function(p) loglik(p + delta, p, r), c(lo, hi), maximum = TRUE, tol = 1e-14)
  for (edge in c(lo, hi)) if (isTRUE(loglik(edge + delta, edge, r) > best$objective)) best$maximum <- edge
  p <- best$maximum; q <- p + delta; n <- r$n1 + r$n2
  (r$a / r$n1 - r$c / r$n2 - delta) / sqrt((q * (1 - q) / r$n1 + p * (1 - p) / r$n2) * n / (n - 1))
}
out <- NULL
for (i in seq_len(nrow(d))) {
  r <- d[i, ]; m <- matrix(c(r$a, r$c, r$n1 - r$a, r$n2 - r$c), 2)
  put <- function(term, estimate, low, high, statistic, p)
    out <<- rbind(out, data.frame(id = r$id, term, estimate, low, high, statistic, p))
  x <- suppressWarnings(chisq.test(m, correct = FALSE)); put("chi_square", NA, NA, NA, x$statistic, x$p.value)
  x <- suppressWarnings(chisq.test(m)); put("chi_square_yates", NA, NA, NA, x$statistic, x$p.value)
  f <- fisher.test(m); put("fisher", NA, NA, NA, NA, f$p.value)
  tail <- min(1, 2 * min(fisher.test(m, alternative = "less")$p.value, fisher.test(m, alternative = "greater")$p.value))
  edge <- function(side) {   # fisher.test's own limits have tolerance 1e-4, so its tails are inverted here
    g <- function(t) fisher.test(m, or = exp(t), alternative = side)$p.value - .025
    if (f$conf.int[if (side == "greater") 1 else 2] %in% c(0, Inf)) return(f$conf.int[if (side == "greater") 1 else 2])
    exp(uniroot(g, c(-20, 20), tol = 1e-13)$root)
  }
  put("odds_ratio_exact", f$estimate, edge("greater"), edge("less"), NA, tail)
  est <- r$a / r$n1 - r$c / r$n2; z <- qnorm(.975)
  low <- if (est > -1) uniroot(function(g) score(g, r) - z, c(-1 + 1e-9, est), tol = 1e-12)$root
  high <- if (est < 1) uniroot(function(g) score(g, r) + z, c(est, 1 - 1e-9), tol = 1e-12)$root
  put("miettinen_nurminen", est, low, high, score(0, r), 2 * pnorm(-abs(score(0, r))))
  if (min(m) > 0) {
    e <- epi.2by2(as.table(m), method = "cohort.count")$massoc.detail
    put("wald", e$ARisk.strata.wald$est / 100, e$ARisk.strata.wald$lower / 100, e$ARisk.strata.wald$upper / 100, NA, NA)
    put("risk_ratio", e$RR.strata.wald$est, e$RR.strata.wald$lower, e$RR.strata.wald$upper, NA, NA)
    put("odds_ratio", e$OR.strata.wald$est, e$OR.strata.wald$lower, e$OR.strata.wald$upper, NA, NA)
  }
}
# t tests on data that have exactly these summaries
s <- read.csv("means.csv"); tt <- NULL
exact <- function(m, sd, n) { x <- seq_len(n); m + sd * (x - mean(x)) / sd(x) }
for (i in seq_len(nrow(s))) for (equal in c(FALSE, TRUE)) {
  r <- s[i, ]; t <- t.test(exact(r$mean1, r$sd1, r$n1), exact(r$mean2, r$sd2, r$n2), var.equal = equal)
  tt <- rbind(tt, data.frame(row = i, term = if (equal) "pooled" else "welch", estimate = r$mean1 - r$mean2,
    std_error = t$stderr, low = t$conf.int[1], high = t$conf.int[2], statistic = t$statistic, df = t$parameter, p = t$p.value))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(format(tt, digits = 15, trim = TRUE), "expected_t.csv", row.names = FALSE, quote = FALSE)
