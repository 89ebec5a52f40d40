# Invented logistic fits: profile interval, likelihood-ratio p and Wald p of one predictor, by R itself.
# Run: Rscript signed_root.R > expected.csv      (R 4.2.2, MASS 7.3)
suppressPackageStartupMessages(library(MASS))
set.seed(20261122)
cat("n,estimate,low,high,p_lr,p_wald\n")
made <- 0
while (made < 200) {
  n <- sample(c(30, 40, 60, 100, 200), 1)
  x <- if (runif(1) < 0.5) rbinom(n, 1, runif(1, 0.25, 0.75)) else rnorm(n)
  w <- rnorm(n)
  y <- rbinom(n, 1, plogis(runif(1, -0.8, 0.8) + runif(1, -1.2, 1.2) * x + 0.4 * w))
  if (min(table(factor(y, 0:1))) < 5 || min(table(x > mean(x), factor(y, 0:1))) < 2) next
  fit <- glm(y ~ x + w, family = binomial)
  ci <- suppressMessages(confint(fit, "x"))
  if (any(is.na(ci))) next
  lr <- anova(glm(y ~ w, family = binomial), fit, test = "LRT")[2, "Pr(>Chi)"]
  row <- coef(summary(fit))["x", ]
  cat(n, sprintf("%.8f", row[1]), sprintf("%.8f", ci[1]), sprintf("%.8f", ci[2]),
      sprintf("%.10f", lr), sprintf("%.10f", row[4]), sep = ",")
  cat("\n")
  made <- made + 1
}
