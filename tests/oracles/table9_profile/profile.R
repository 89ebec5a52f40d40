# One logistic model per predictor, bounds by profile likelihood (confint on a glm), p by Wald (summary).
# Run in this folder: Rscript profile.R
suppressMessages(library(MASS))
people <- read.csv("input.csv")
rows <- lapply(setdiff(names(people), "i_job_uddannelse"), function(name) {
  used <- people[!is.na(people[[name]]), ]
  model <- glm(reformulate(name, "i_job_uddannelse"), family = binomial, data = used,
               control = glm.control(epsilon = 1e-12, maxit = 100))
  spline <- suppressMessages(confint(model))[name, ]
  # confint interpolates the profile by a spline; solve the likelihood-ratio equation itself besides
  excess <- function(slope) {
    held <- glm(i_job_uddannelse ~ 1, offset = slope * used[[name]], family = binomial, data = used,
                control = glm.control(epsilon = 1e-12, maxit = 100))
    deviance(held) - deviance(model) - qchisq(0.95, 1)
  }
  top <- coef(model)[[name]]
  reach <- diff(spline)
  bounds <- c(uniroot(excess, c(spline[[1]] - reach, top), tol = 1e-13)$root,
              uniroot(excess, c(top, spline[[2]] + reach), tol = 1e-13)$root)
  data.frame(predictor = name, n = nrow(used), n_events = sum(used$i_job_uddannelse),
             odds_ratio = exp(coef(model)[[name]]), low = exp(bounds[[1]]), high = exp(bounds[[2]]),
             confint_low = exp(spline[[1]]), confint_high = exp(spline[[2]]),
             p_wald = coef(summary(model))[name, 4])
})
found <- do.call(rbind, rows)
found[4:9] <- lapply(found[4:9], function(x) sprintf("%.10f", x))
write.csv(found, "expected.csv", row.names = FALSE, quote = FALSE)
