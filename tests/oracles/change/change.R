# Change before-after: t.test, exactRankTests, coin (Pratt), binom.test, pt noncentral, effect sizes by formula.
suppressMessages({library(exactRankTests); library(coin); library(effectsize); library(psych)})
options(digits = 15)
d <- read.csv("input.csv", na.strings = "")
rows <- list()
add <- function(outcome, zeros, term, estimate, low = NA, high = NA, p = NA, statistic = NA, df = NA, n = NA)
  rows[[length(rows) + 1]] <<- data.frame(outcome, zeros, term, estimate, ci_low = low, ci_high = high,
                                          statistic = statistic, df = df, p_value = p, n = n)
ncp <- function(t, df, p) uniroot(function(d) pt(t, df, d) - p, c(t - 12, t + 12), tol = 1e-13)$root
for (o in c("who5", "lone", "small", "plain")) {
  keep <- !is.na(d[[paste0(o, "_start")]]) & !is.na(d[[paste0(o, "_end")]])
  x <- d[[paste0(o, "_start")]][keep]; y <- d[[paste0(o, "_end")]][keep]; n <- length(x); e <- y - x
  for (side in c("before", "after")) {
    v <- if (side == "before") x else y
    ci <- t.test(v)$conf.int
    add(o, "", side, mean(v), ci[1], ci[2], df = n - 1, n = n)
  }
  t <- t.test(y, x, paired = TRUE)
  add(o, "", "difference", mean(e), t$conf.int[1], t$conf.int[2], t$p.value, t$statistic, n - 1, n)
  add(o, "", "sd_before", sd(x), n = n); add(o, "", "sd_after", sd(y), n = n)
  add(o, "", "sd_difference", sd(e), n = n); add(o, "", "correlation", cor(x, y), n = n)
  w <- outer(e, e, "+") / 2
  hl <- median(w[upper.tri(w, diag = TRUE)])
  exact <- wilcox.exact(e)
  add(o, "wilcoxon", "hodges_lehmann", hl, p = exact$p.value, statistic = exact$statistic, n = n)
  pratt <- pvalue(wilcoxsign_test(y ~ x, distribution = "exact", zero.method = "Pratt"))
  add(o, "pratt", "hodges_lehmann", hl, p = pratt, n = n)
  b <- binom.test(sum(e > 0), sum(e != 0))
  add(o, "", "risen", b$estimate, b$conf.int[1], b$conf.int[2], b$p.value, sum(e > 0), n = sum(e != 0))
  perm <- perm.test(as.integer(round(e * 100)), paired = FALSE, exact = TRUE)$p.value
  if (o != "plain") add(o, "", "permutation", mean(e), p = perm, n = n)
  dz <- mean(e) / sd(e); j <- exp(lgamma((n - 1) / 2) - lgamma((n - 2) / 2)) / sqrt((n - 1) / 2)
  tt <- dz * sqrt(n)
  low <- ncp(tt, n - 1, .975) / sqrt(n); high <- ncp(tt, n - 1, .025) / sqrt(n)
  add(o, "", "d_z", dz, low, high, t$p.value, tt, n - 1, n)
  add(o, "", "g_z", j * dz, j * low, j * high, t$p.value, tt, n - 1, n)
  d_av <- mean(e) / sqrt((var(x) + var(y)) / 2); d_rm <- dz * sqrt(2 * (1 - cor(x, y))); d_start <- mean(e) / sd(x)
  for (v in list(list("av", d_av), list("rm", d_rm), list("start", d_start))) {
    add(o, "", paste0("d_", v[[1]]), v[[2]], n = n); add(o, "", paste0("g_", v[[1]]), j * v[[2]], n = n)
  }
}
# The paired d and g of effectsize, an independent noncentral-t interval.
for (o in c("who5", "lone", "small", "plain")) {
  keep <- !is.na(d[[paste0(o, "_start")]]) & !is.na(d[[paste0(o, "_end")]])
  x <- d[[paste0(o, "_start")]][keep]; y <- d[[paste0(o, "_end")]][keep]
  e <- cohens_d(y, x, paired = TRUE); add(o, "effectsize", "d_z", e$Cohens_d, e$CI_low, e$CI_high, n = length(x))
  e <- hedges_g(y, x, paired = TRUE); add(o, "effectsize", "g_z", e$Hedges_g, e$CI_low, e$CI_high, n = length(x))
}
# psych: d_z from t with its interval by the noncentral t, the correlation and the SDs.
for (o in c("who5", "lone", "small", "plain")) {
  keep <- !is.na(d[[paste0(o, "_start")]]) & !is.na(d[[paste0(o, "_end")]])
  x <- d[[paste0(o, "_start")]][keep]; y <- d[[paste0(o, "_end")]][keep]; n <- length(x)
  t <- t.test(y, x, paired = TRUE)$statistic; limits <- d.ci(t2d(t, n1 = n), n1 = n)
  add(o, "psych", "d_z", t2d(t, n1 = n), limits[1], limits[3], statistic = t, df = n - 1, n = n)
  add(o, "psych", "correlation", corr.test(x, y)$r, n = n)
  both <- psych::describe(data.frame(x, y, y - x))
  for (k in 1:3) add(o, "psych", c("sd_before", "sd_after", "sd_difference")[k], both$sd[k], n = n)
}
# Exact Hodges-Lehmann limits without ties, where base R has them.
plain <- na.omit(d[, c("plain_start", "plain_end")])
w <- wilcox.test(plain$plain_end - plain$plain_start, conf.int = TRUE, exact = TRUE)
add("plain", "base", "hodges_lehmann", w$estimate, w$conf.int[1], w$conf.int[2], w$p.value, w$statistic, n = nrow(plain))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
