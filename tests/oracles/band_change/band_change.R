# Moves between categories: binom.test (McNemar), mcnemar.test (Bowker), coin::mh_test (Stuart-Maxwell),
# and, as Debian has no package for them, Newcombe's and Tango's intervals written here from the papers
# (Tango by maximising the constrained multinomial likelihood numerically, not by his closed form).
suppressMessages(library(coin))
options(digits = 15)
d <- read.csv("input.csv", na.strings = "")
rows <- list()
add <- function(outcome, term, estimate = NA, low = NA, high = NA, statistic = NA, df = NA, p = NA, n = NA)
  rows[[length(rows) + 1]] <<- data.frame(outcome, term, estimate, ci_low = low, ci_high = high,
                                          statistic = statistic, df = df, p_value = p, n = n)
wilson <- function(k, n) { z <- qnorm(.975); c((k + z^2/2 - z*sqrt(k*(n-k)/n + z^2/4)), (k + z^2/2 + z*sqrt(k*(n-k)/n + z^2/4))) / (n + z^2) }
newcombe <- function(a, b, c, e) { # after yes & before yes, gained, lost, neither
  n <- a + b + c + e; p1 <- (a + b) / n; p0 <- (a + c) / n
  w1 <- wilson(a + b, n); w0 <- wilson(a + c, n)
  A <- (a + b) * (c + e) * (a + c) * (b + e); B <- a * e - b * c
  C <- if (B > n / 2) B - n / 2 else if (B >= 0) 0 else B
  phi <- if (A == 0) 0 else C / sqrt(A)
  lo <- sqrt((p1 - w1[1])^2 - 2 * phi * (p1 - w1[1]) * (w0[2] - p0) + (w0[2] - p0)^2)
  hi <- sqrt((w1[2] - p1)^2 - 2 * phi * (w1[2] - p1) * (p0 - w0[1]) + (p0 - w0[1])^2)
  c(p1 - p0 - lo, p1 - p0 + hi)
}
tango <- function(b, c, n) {
  score <- function(delta) {
    ll <- function(q) { # q = P(lost), q + delta = P(gained), the rest stays
      v <- c(b, c, n - b - c); p <- c(q + delta, q, 1 - 2 * q - delta)
      sum(ifelse(v == 0, 0, v * log(pmax(p, 1e-300))))
    }
    lo <- max(0, -delta); hi <- (1 - delta) / 2
    q <- optimize(ll, c(lo, hi), maximum = TRUE, tol = 1e-14)$maximum
    (b - c - n * delta) / sqrt(n * (2 * q + delta * (1 - delta)))
  }
  est <- (b - c) / n; z <- qnorm(.975)
  c(uniroot(function(x) score(x) - z, c(-0.999, est - 1e-9), tol = 1e-12)$root,
    uniroot(function(x) score(x) + z, c(est + 1e-9, 0.999), tol = 1e-12)$root)
}
for (o in c("risk", "lone", "band")) {
  keep <- complete.cases(d[, paste0(o, c("_start", "_end"))])
  codes <- sort(unique(c(d[[paste0(o, "_start")]], d[[paste0(o, "_end")]])))
  x <- factor(d[[paste0(o, "_start")]][keep], codes); y <- factor(d[[paste0(o, "_end")]][keep], codes)
  t <- table(x, y); n <- sum(t)
  if (length(codes) == 2) {
    gained <- t[1, 2]; lost <- t[2, 1]
    b <- binom.test(gained, gained + lost)
    add(o, "mcnemar_exact", gained - lost, p = b$p.value, n = n)
    add(o, "mcnemar_mid_p", gained - lost, p = min(1, b$p.value - dbinom(gained, gained + lost, .5)), n = n)
    odds <- b$conf.int / (1 - b$conf.int)
    add(o, "paired_odds_ratio", gained / lost, odds[1], odds[2], p = b$p.value, n = n)
    w <- newcombe(t[2, 2], gained, lost, t[1, 1])
    add(o, "difference_newcombe", (gained - lost) / n, w[1], w[2], n = n)
    s <- tango(gained, lost, n)
    m <- mcnemar.test(t, correct = FALSE)
    add(o, "difference_tango", (gained - lost) / n, s[1], s[2], (gained - lost) / sqrt(gained + lost), p = m$p.value, n = n)
  }
  h <- mh_test(t)
  add(o, "stuart_maxwell_chi2", statistic = statistic(h), df = length(codes) - 1, p = pvalue(h), n = n)
  moved <- (t + t(t))[upper.tri(t)]
  stat <- sum(((t - t(t))[upper.tri(t)])[moved > 0]^2 / moved[moved > 0])
  add(o, "bowker_chi2", statistic = stat, df = sum(moved > 0), p = pchisq(stat, sum(moved > 0), lower.tail = FALSE), n = n)
  up <- sum((col(t) - row(t)) * t * (col(t) > row(t))); dn <- sum((row(t) - col(t)) * t * (row(t) > col(t)))
  se <- sqrt(sum((col(t) - row(t))^2 * t * (col(t) > row(t))) / up^2 + sum((row(t) - col(t))^2 * t * (row(t) > col(t))) / dn^2)
  l <- log(up / dn)
  add(o, "ordinal_odds_ratio", exp(l), exp(l - qnorm(.975) * se), exp(l + qnorm(.975) * se), l / se, p = 2 * pnorm(-abs(l / se)), n = n)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
