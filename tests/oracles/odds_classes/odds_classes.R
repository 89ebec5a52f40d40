# Proportional odds (MASS::polr) and multinomial logit (nnet::multinom), with likelihood-ratio tests and profile
# limits by uniroot on the refitted likelihood.
# Run in this folder: Rscript odds_classes.R      (R 4.2.2, MASS 7.3)
library(MASS)
d <- read.csv("input.csv"); d$gender <- factor(d$gender); d$edu <- factor(d$edu)
x <- model.matrix(~ age + gender + edu + who5, d)[, -1]
centre <- colMeans(x); spread <- apply(x, 2, sd); z <- scale(x)
logistic <- function(x) 1 / (1 + exp(-x))
ordinal_loss <- function(b, held = NULL, value = 0) {
  if (!is.null(held)) b <- append(b, value, after = 3 + held - 1)
  cut <- cumsum(c(b[1], exp(b[2:3]))); eta <- drop(z %*% b[-(1:3)]); k <- d$rank
  upper <- ifelse(k < 3, logistic(cut[pmin(k + 1, 3)] - eta), 1); lower <- ifelse(k > 0, logistic(cut[pmax(k, 1)] - eta), 0)
  -sum(log(upper - lower))
}
y <- as.integer(factor(d$status, levels = c("none", "education", "flexjob", "job")))
multi_loss <- function(b, held = NULL, value = 0) {
  if (!is.null(held)) b <- append(b, value, after = held - 1)
  eta <- cbind(0, cbind(1, z) %*% matrix(b, ncol = 3)); m <- apply(Re(eta), 1, max)
  -sum(eta[cbind(seq_along(y), y)] - m - log(rowSums(exp(eta - m))))
}
# Derivatives by complex steps (exact to rounding), so that Newton's steps end at the optimum and not near it.
slope <- function(f, b) sapply(seq_along(b), function(j) { c <- as.complex(b); c[j] <- c[j] + 1e-20i; Im(f(c)) / 1e-20 })
curve2 <- function(f, b) { h <- sapply(seq_along(b), function(j) { e <- replace(0 * b, j, 1e-5); (slope(f, b + e) - slope(f, b - e)) / 2e-5 }); (h + t(h)) / 2 }
newton <- function(f, b) { for (i in 1:8) b <- b - solve(curve2(f, b), slope(f, b)); stopifnot(max(abs(slope(f, b))) < 1e-10); b }
minimise <- function(f, start) { o <- list(par = start)
  for (i in 1:4) o <- optim(o$par, f, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000, ndeps = rep(1e-5, length(start))))
  o }
out <- NULL
lines <- function(kind, loss, start, where, names, scale, se) {
  top <- minimise(loss, start); best <- newton(loss, top$par); error <- sqrt(diag(solve(curve2(loss, best))))
  for (k in seq_along(where)) {
    j <- where[k]; held <- if (kind == "ordinal") j - 3 else j
    gap <- function(v) minimise(function(b) loss(b, held, v), top$par[-j])$value - top$value - qchisq(.95, 1) / 2
    edge <- function(step) { to <- top$par[j] + step; while (gap(to) < 0) to <- to + step; uniroot(gap, sort(c(to, top$par[j])), tol = 1e-10)$root }
    lr <- 2 * (minimise(function(b) loss(b, held, 0), top$par[-j])$value - top$value)
    out <<- rbind(out, data.frame(kind = kind, term = names[k], estimate = best[j] / scale[k], std_error = error[j] / scale[k], loglik = -top$value,
      low = edge(-se[k] * scale[k]) / scale[k], high = edge(se[k] * scale[k]) / scale[k], lr = lr, lr_p = pchisq(lr, 1, lower.tail = FALSE)))
  }
}
# polr's Hessian is numerical, so it gets scaled columns
po <- polr(factor(d$rank) ~ ., data.frame(z), Hess = TRUE, control = list(reltol = 1e-14))
se <- sqrt(diag(vcov(po)))[1:5] / spread
lines("ordinal", ordinal_loss, c(-1, 0, 0, rep(0, 5)), 4:8, colnames(x), spread, se)
stopifnot(max(abs(out$estimate[1:5] - coef(po) / spread)) < 1e-4)  # polr itself stops near the optimum
library(nnet)
mn <- multinom(factor(y) ~ age + gender + edu + who5, d, trace = FALSE, reltol = 1e-14, abstol = 1e-12, maxit = 2000)
s <- summary(mn)
slots <- as.vector(sapply(0:2, function(c) c * 6 + 2:6))
label <- as.vector(sapply(c("education", "flexjob", "job"), function(c) paste(c, colnames(x))))
lines("multinomial", multi_loss, rep(0, 18), slots, label, rep(spread, 3), as.vector(t(s$standard.errors[, -1])))
rows <- out$kind == "multinomial"
stopifnot(max(abs(out$estimate[rows] - as.vector(t(coef(mn)[, -1])))) < 1e-4)  # and so does multinom
write.csv(format(out, digits = 12, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
# Brant's test of proportional odds, written out from one glm per cut (Debian lacks the package brant)
cuts <- lapply(1:3, function(k) glm(as.integer(d$rank >= k) ~ age + gender + edu + who5, binomial, d, control = glm.control(1e-14, 200)))
m <- model.matrix(cuts[[1]]); pi <- sapply(cuts, fitted); p <- ncol(m); b <- unlist(lapply(cuts, coef))
inverse <- lapply(1:3, function(k) solve(crossprod(m, m * pi[, k] * (1 - pi[, k]))))
big <- matrix(0, 3 * p, 3 * p)
for (k in 1:3) for (l in 1:3) {
  hi <- max(k, l); w <- pi[, hi] - pi[, k] * pi[, l]
  big[(k - 1) * p + 1:p, (l - 1) * p + 1:p] <- inverse[[k]] %*% crossprod(m, m * w) %*% inverse[[l]]
}
test <- function(columns) {
  g <- rbind(cbind(diag(p), -diag(p), 0 * diag(p))[columns, , drop = FALSE], cbind(diag(p), 0 * diag(p), -diag(p))[columns, , drop = FALSE])
  s <- drop(t(g %*% b) %*% solve(g %*% big %*% t(g)) %*% (g %*% b)); c(s, nrow(g), pchisq(s, nrow(g), lower.tail = FALSE))
}
columns <- list(all = 2:6, age = 2, gender = 3, edu = 4:5, who5 = 6)
brant <- t(sapply(columns, test))
write.csv(format(data.frame(term = names(columns), statistic = brant[, 1], df = brant[, 2], p = brant[, 3]), digits = 14, trim = TRUE),
  "brant.csv", row.names = FALSE, quote = FALSE)
