# Firth's penalised logistic regression: brglm2 for estimates and standard errors; a second, brute-force
# implementation (general-purpose maximiser and root finder on the penalised likelihood) for penalised
# profile limits and tests; glm for FLIC and FLAC.  Debian has no logistf.
# Run in this folder: Rscript odds_firth.R      (R 4.2.2, brglm2 0.8.2)
library(brglm2)
people <- read.csv("input.csv", stringsAsFactors = TRUE)
data(endometrial)
penalised <- function(b, x, y) {
  eta <- drop(x %*% b); mu <- plogis(eta)
  ll <- sum(ifelse(y > 0.5, plogis(eta, log.p = TRUE), plogis(-eta, log.p = TRUE)))
  ll + 0.5 * as.numeric(determinant(crossprod(x, (mu * (1 - mu)) * x))$modulus)
}
centred <- function(x) { x[, -1] <- scale(x[, -1]); x }
height <- function(x, y, j, value, start) {
  f <- function(free) { b <- numeric(ncol(x)); b[-j] <- free; b[j] <- value; -penalised(b, x, y) }
  o <- list(par = start[-j])
  for (i in 1:4) o <- optim(o$par, f, method = "BFGS", control = list(reltol = 1e-16, maxit = 2000, ndeps = rep(1e-5, ncol(x) - length(j))))
  -o$value
}
limit <- function(f, from, step) {
  to <- from + step
  while (f(to) > 0) { from <- to; to <- to + step }
  uniroot(f, sort(c(from, to)), tol = 1e-11)$root
}
out <- joint <- NULL
add <- function(set, fit, d) {
  x <- model.matrix(fit); y <- fit$y; z <- centred(x)
  spread <- apply(x, 2, sd)
  b <- coef(fit); se <- sqrt(diag(vcov(fit)))
  g <- coef(update(fit, y ~ z - 1, data = list(y = y, z = z)))
  top <- penalised(g, z, y)
  offset <- drop(x[, -1] %*% b[-1])
  flic <- coef(glm(y ~ 1, binomial, offset = offset, control = glm.control(1e-15, 200)))
  mu <- fitted(fit); w <- mu * (1 - mu)
  h <- w * diag(x %*% solve(crossprod(x, w * x)) %*% t(x))
  aug <- rbind(cbind(x, 0), cbind(x, 1), cbind(x, 1))
  flac <- suppressWarnings(glm.fit(aug, c(y, y, 1 - y), weights = c(rep(1, length(y)), h / 2, h / 2), family = binomial(),
                                   control = glm.control(1e-15, 500)))
  levels <- grep("^edu", colnames(x))
  if (length(levels) > 1) {
    plr <- 2 * (top - height(z, y, levels, 0, g))
    joint <<- rbind(joint, data.frame(set = set, term = "edu", plr = plr, df = length(levels),
                                      p = pchisq(plr, length(levels), lower.tail = FALSE)))
  }
  for (j in 2:ncol(x)) {
    gap <- function(v) height(z, y, j, v, g) - top + qchisq(0.95, 1) / 2
    scaled_se <- se[j] * spread[j]
    plr <- 2 * (top - height(z, y, j, 0, g))
    out <<- rbind(out, data.frame(
      set = set, term = colnames(x)[j], estimate = b[j], std_error = se[j],
      low = limit(gap, g[j], -scaled_se / 2) / spread[j], high = limit(gap, g[j], scaled_se / 2) / spread[j],
      plr = plr, plr_p = pchisq(plr, 1, lower.tail = FALSE), intercept = b[1], flic = flic,
      flac = coef(flac)[j], flac_intercept = coef(flac)[1]))
  }
}
control <- brglmControl(epsilon = 1e-13, maxit = 10000, type = "MPL_Jeffreys")
for (s in c("small", "near", "quasi", "complete")) {
  d <- droplevels(people[people$set == s, ])
  formula <- if (s == "complete") job ~ age + who5 else job ~ age + factor(gender) + edu + who5
  fit <- glm(formula, binomial, d, method = "brglmFit", control = control)
  mean_reduced <- update(fit, control = brglmControl(epsilon = 1e-13, maxit = 10000, type = "AS_mean"))
  stopifnot(max(abs(coef(fit) - coef(mean_reduced))) < 1e-9)   # the same estimator for the logit link
  add(s, fit, d)
}
fit <- glm(HG ~ NV + PI + EH, binomial, endometrial, method = "brglmFit", control = control)
add("endometrial", fit, endometrial)
write.csv(format(out, digits = 16, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(format(joint, digits = 16, trim = TRUE), "joint.csv", row.names = FALSE, quote = FALSE)
