# Inverse-probability-weighted mean with stacked estimating equations (numeric derivatives), worst and best
# case by t.test, on the same people as attrition.R; who5 is missing where answered is 0.
options(digits = 15)
d <- read.csv("input.csv", na.strings = "")
d <- d[!is.na(d$who5), ]
r <- d$answered; y <- ifelse(r == 1, d$who5, 0); x <- cbind(1, d$age, as.numeric(d$sex == "f"))
rows <- list()
add <- function(term, estimate, se, low, high, df, p) rows[[length(rows) + 1]] <<-
  data.frame(term, estimate, std_error = se, ci_low = low, ci_high = high, df, p_value = p)
t <- t.test(d$who5[r == 1])
add("complete_case", t$estimate, t$stderr, t$conf.int[1], t$conf.int[2], t$parameter, t$p.value)
for (end in list(c("worst_case", 0), c("best_case", 100))) {
  z <- ifelse(r == 1, d$who5, as.numeric(end[2])); t <- t.test(z)
  add(end[1], t$estimate, t$stderr, t$conf.int[1], t$conf.int[2], t$parameter, t$p.value)
}
g <- glm.fit(x, r, family = binomial(), control = glm.control(epsilon = 1e-14, maxit = 100))
p <- g$fitted.values; mu <- sum(r * y / p) / sum(r / p)
psi <- function(theta) { p <- plogis(x %*% theta[1:3]); cbind(x * as.vector(r - p), as.vector(r * (y - theta[4]) / p)) }
theta <- c(g$coefficients, mu)
A <- matrix(0, 4, 4)
for (k in 1:4) { h <- 1e-6 * max(1, abs(theta[k])); up <- theta; dn <- theta; up[k] <- up[k] + h; dn[k] <- dn[k] - h
  A[, k] <- (colSums(psi(up)) - colSums(psi(dn))) / (2 * h) }
B <- crossprod(psi(theta)); V <- solve(A) %*% B %*% t(solve(A)); se <- sqrt(V[4, 4]); df <- sum(r) - 1
add("ipw", mu, se, mu - qt(.975, df) * se, mu + qt(.975, df) * se, df, 2 * pt(-abs(mu / se), df))
write.csv(do.call(rbind, rows), "expected_bounds.csv", row.names = FALSE)
