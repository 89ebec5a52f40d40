# Rubin's rules with Barnard-Rubin degrees of freedom by mice::pool.scalar.
suppressMessages(library(mice))
options(digits = 15)
d <- read.csv("input.csv")
rows <- list()
for (k in unique(d$row)) {
  x <- d[d$row == k, ]; n <- x$df[1] + 1
  p <- pool.scalar(x$estimate, x$std_error^2, n = if (is.na(n)) Inf else n, k = 1)
  se <- sqrt(p$t)
  rows[[length(rows) + 1]] <- data.frame(row = k, estimate = p$qbar, std_error = se, df = p$df,
    ci_low = p$qbar - qt(.975, p$df) * se, ci_high = p$qbar + qt(.975, p$df) * se,
    p_value = 2 * pt(-abs(p$qbar / se), p$df), missing_information = p$fmi)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
