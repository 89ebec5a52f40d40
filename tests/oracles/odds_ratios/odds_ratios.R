# Odds ratios by maximum likelihood: estimates, Wald, likelihood-ratio and score tests, profile limits.
# Run in this folder: Rscript odds_ratios.R      (R 4.2.2, MASS 7.3-58.2)
library(MASS)
people <- read.csv("input.csv", stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-15, maxit = 200)
score_stat <- function(x, y, j, value) {
  f <- suppressWarnings(glm.fit(x[, -j, drop = FALSE], y, offset = x[, j] * value, family = binomial(), control = tight))
  mu <- f$fitted.values
  w <- mu * (1 - mu)
  u <- sum(x[, j] * (y - mu))
  rest <- x[, -j, drop = FALSE]
  left <- x[, j] - rest %*% solve(crossprod(rest, w * rest), crossprod(rest, w * x[, j]))
  u^2 / sum(w * left^2)
}
deviance_at <- function(x, y, j, value) {
  glm.fit(x[, -j, drop = FALSE], y, offset = x[, j] * value, family = binomial(), control = tight)$deviance
}
limit <- function(f, from, step) {
  to <- from + step
  while (f(to) < 0) { from <- to; to <- to + step }
  uniroot(f, sort(c(from, to)), tol = 1e-13)$root
}
out <- NULL
for (s in c("small", "large", "near")) {
  d <- droplevels(people[people$set == s, ])
  fit <- glm(job ~ age + factor(gender) + edu + who5, binomial, d, control = tight)
  x <- model.matrix(fit); y <- d$job; b <- coef(fit); se <- sqrt(diag(vcov(fit)))
  prof <- suppressMessages(confint(profile(fit, alpha = 0.01, maxsteps = 9000, del = 0.005), level = 0.95))
  cut <- qchisq(0.95, 1)
  for (j in 2:length(b)) {
    rd <- function(v) deviance_at(x, y, j, v) - deviance(fit) - cut
    rs <- function(v) score_stat(x, y, j, v) - cut
    lr <- deviance_at(x, y, j, 0) - deviance(fit)
    rao <- score_stat(x, y, j, 0)
    out <- rbind(out, data.frame(
      set = s, term = names(b)[j], estimate = b[j], std_error = se[j], z = b[j] / se[j],
      wald_p = 2 * pnorm(-abs(b[j] / se[j])), wald_low = confint.default(fit)[j, 1], wald_high = confint.default(fit)[j, 2],
      lr = lr, lr_p = pchisq(lr, 1, lower.tail = FALSE), mass_low = prof[j, 1], mass_high = prof[j, 2],
      profile_low = limit(rd, b[j], -se[j] / 2), profile_high = limit(rd, b[j], se[j] / 2),
      rao = rao, rao_p = pchisq(rao, 1, lower.tail = FALSE),
      score_low = limit(rs, b[j], -se[j] / 2), score_high = limit(rs, b[j], se[j] / 2)))
  }
  # the test of all levels of edu at once, three ways
  without <- update(fit, . ~ . - edu)
  lr <- anova(without, fit, test = "LRT"); rao <- anova(without, fit, test = "Rao")
  k <- grep("^edu", names(b)); w <- drop(t(b[k]) %*% solve(vcov(fit)[k, k]) %*% b[k])
  out <- rbind(out, data.frame(
    set = s, term = "edu", estimate = NA, std_error = NA, z = w, wald_p = pchisq(w, 2, lower.tail = FALSE),
    wald_low = NA, wald_high = NA, lr = lr$Deviance[2], lr_p = lr$`Pr(>Chi)`[2], mass_low = NA, mass_high = NA,
    profile_low = NA, profile_high = NA, rao = rao$Rao[2], rao_p = rao$`Pr(>Chi)`[2], score_low = NA, score_high = NA))
}
options(digits = 17)
write.csv(format(out, digits = 16, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
