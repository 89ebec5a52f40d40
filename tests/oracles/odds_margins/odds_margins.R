# Standardised risks, risk differences, risk ratios and average marginal effects: a second implementation on
# glm and predict(), with gradients by finite differences (Debian has no marginaleffects).
# Run in this folder: Rscript odds_margins.R      (R 4.2.2)
people <- read.csv("input.csv", stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
gradient <- function(f, b) sapply(seq_along(b), function(k) {
  h <- 1e-5 * max(1, abs(b[k])); up <- b; down <- b; up[k] <- b[k] + h; down[k] <- b[k] - h
  (f(up) - f(down)) / (2 * h)
})
out <- NULL
for (s in c("small", "large")) {
  d <- droplevels(people[people$set == s, ]); d$gender <- factor(d$gender)
  fit <- glm(job ~ age * gender + edu + log(who5), binomial, d, control = tight)
  risk <- function(b, data) mean(plogis(drop(model.matrix(delete.response(terms(fit)), data, xlev = fit$xlevels) %*% b)))
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
    put(name, "average_marginal_effect", local({ up <- up; down <- down; function(b) (risk(b, up) - risk(b, down)) / 2e-4 }))
    put(name, "risk_ratio", local({ one <- one; function(b) log(risk(b, one) / risk(b, d)) }))
  }
}
write.csv(format(out, digits = 12, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
