# Two-way fixed effects.  Run in this folder: Rscript effect_panel.R      (R 4.2.2, plm 2.6, clubSandwich 0.5)
suppressMessages({library(plm); library(clubSandwich)})
d <- read.csv("input.csv"); out <- NULL
one <- function(name, s) {
  p <- plm(y ~ treat, s, index = c("id", "period"), effect = "twoways", model = "within")
  f <- lm(y ~ treat + factor(id) + factor(period), s); v <- vcovCR(f, s$town, "CR2")
  ct <- coef_test(f, v, test = "Satterthwaite", coefs = "treat")
  stopifnot(abs(coef(p)["treat"] - ct$beta) < 1e-9)
  out <<- rbind(out, data.frame(set = name, estimate = unname(coef(p)["treat"]), std_error = ct$SE, df = ct$df, statistic = ct$tstat, p = ct$p_Satt))
}
one("all", d); one("single", d[d$town != 2, ])
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
