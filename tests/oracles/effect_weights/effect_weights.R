# Weights and their errors.  Run in this folder: Rscript effect_weights.R      (R 4.2.2)
d <- read.csv("../effect_clusters/input.csv"); X <- cbind(1, d$x, d$w); t <- d$volunteer; n <- nrow(d)
g <- coef(glm(t ~ X - 1, family = binomial, control = glm.control(1e-15, 100)))
weigh <- list(
  ATT = function(e) ifelse(t == 1, 1, e / (1 - e)), ATC = function(e) ifelse(t == 1, (1 - e) / e, 1),
  ATE = function(e) ifelse(t == 1, 1 / e, 1 / (1 - e)), ATO = function(e) ifelse(t == 1, 1 - e, e))
derive <- function(f, at) {   # central differences, each step a fifth-order formula
  sapply(seq_along(at), function(j) { h <- 1e-3 * max(1, abs(at[j])); s <- function(k) { b <- at; b[j] <- b[j] + k * h; f(b) }
    (s(-2) - 8 * s(-1) + 8 * s(1) - s(2)) / (12 * h) }) }
stacked <- function(scores, at) {   # scores(theta): n x q; the sandwich of all equations at once
  A <- derive(function(th) colSums(scores(th)), at); S <- scores(at); solve(A) %*% crossprod(S) %*% t(solve(A)) }
out <- NULL
for (y in c("y", "job")) {
  Y <- d[[y]]
  for (target in names(weigh)) {
    w <- weigh[[target]](plogis(drop(X %*% g))); m1 <- weighted.mean(Y[t == 1], w[t == 1]); m0 <- weighted.mean(Y[t == 0], w[t == 0])
    V <- stacked(function(th) { e <- plogis(drop(X %*% th[1:3])); w <- weigh[[target]](e)
      cbind(X * (t - e), w * t * (Y - th[4]), w * (1 - t) * (Y - th[5])) }, c(g, m1, m0))
    k <- c(0, 0, 0, 1, -1); r <- c(0, 0, 0, 1 / m1, -1 / m0)
    out <- rbind(out, data.frame(outcome = y, target, m1, m0, se = sqrt(k %*% V %*% k), se_log_ratio = sqrt(r %*% V %*% r)))
  }
  # entropy balancing: the dual by BFGS, then Newton's last steps
  Z <- X[t == 0, -1]; mu <- colMeans(X[t == 1, -1])
  dual <- function(b) log(sum(exp((Z - rep(mu, each = nrow(Z))) %*% b)))
  b <- optim(c(0, 0), dual, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))$par
  for (i in 1:20) { q <- drop(exp(Z %*% b)); q <- q / sum(q); c <- t(t(Z) - colSums(q * Z)); b <- b - solve(t(c) %*% (q * c)) %*% (colSums(q * Z) - mu) }
  q <- drop(exp(Z %*% b)); b0 <- log(sum(t) / sum(q)); q <- q * exp(b0)
  m1 <- mean(Y[t == 1]); m0 <- sum(q * Y[t == 0]) / sum(q)
  V <- stacked(function(th) { w <- exp(drop(X %*% th[1:3])); cbind(X * (t - (1 - t) * w), t * (Y - th[4]), w * (1 - t) * (Y - th[5])) }, c(b0, b, m1, m0))
  k <- c(0, 0, 0, 1, -1); r <- c(0, 0, 0, 1 / m1, -1 / m0)
  out <- rbind(out, data.frame(outcome = y, target = "entropy", m1, m0, se = sqrt(k %*% V %*% k), se_log_ratio = sqrt(r %*% V %*% r)))
}
write.csv(format(out, digits = 12, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
