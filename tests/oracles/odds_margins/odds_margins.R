# Standardised risks, risk differences, risk ratios and average marginal effects: a second implementation on
# glm and predict(), with gradients by complex steps (Debian has no marginaleffects).
# Run in this folder: Rscript odds_margins.R      (R 4.2.2)
people <- read.csv("input.csv", stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
logistic <- function(x) 1 / (1 + exp(-x))
# Complex steps: exact to rounding.
gradient <- function(f, b) sapply(seq_along(b), function(k) { c <- as.complex(b); c[k] <- c[k] + 1e-20i; Im(f(c)) / 1e-20 })
out <- NULL
for (s in c("small", "large")) {
  d <- droplevels(people[people$set == s, ]); d$gender <- factor(d$gender)
  fit <- glm(job ~ age * gender + edu + log(who5), binomial, d, control = tight)
  columns <- function(data) model.matrix(delete.response(terms(fit)), data, xlev = fit$xlevels)
  risk <- function(b, data) mean(logistic(drop(columns(data) %*% b)))
  put <- function(term, estimand, f, log = FALSE) {
    v <- f(coef(fit)); g <- gradient(f, coef(fit)); se <- sqrt(drop(t(g) %*% vcov(fit) %*% g))
    out <<- rbind(out, data.frame(set = s, term = term, estimand = estimand, value = v, std_error = se))
  }
  for (name in c("gender", "edu")) for (lev in levels(d[[name]])) {
    at <- d; at[[name]] <- factor(lev, levels = levels(d[[name]]))
    base <- d; base[[name]] <- factor(levels(d[[name]])[1], levels = levels(d[[name]]))
    row <- paste0(name, "[", lev, "]")
    put(row, "standardised_risk", local({ at <- at; function(b) risk(b, at) }))
    if (lev != levels(d[[name]])[1]) {
      put(row, "risk_difference", local({ at <- at; base <- base; function(b) risk(b, at) - risk(b, base) }))
      put(row, "risk_ratio", local({ at <- at; base <- base; function(b) log(risk(b, at) / risk(b, base)) }))
    }
  }
  for (name in c("age", "who5")) {
    up <- d; up[[name]] <- d[[name]] + 1e-4; down <- d; down[[name]] <- d[[name]] - 1e-4; one <- d; one[[name]] <- d[[name]] + 1
    put(name, "average_marginal_effect", local({ up <- up; down <- down; { m <- columns(d); by <- (columns(up) - columns(down)) / 2e-4
      function(b) { p <- logistic(drop(m %*% b)); mean(p * (1 - p) * drop(by %*% b)) } } }))
    put(name, "risk_ratio", local({ one <- one; function(b) log(risk(b, one) / risk(b, d)) }))
  }
}
write.csv(format(out, digits = 12, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
