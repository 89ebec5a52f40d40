# Time to event with municipalities and weights.  Run in this folder: Rscript effect_survival_clusters.R
# (R 4.2.2, survival 3.4)
suppressMessages(library(survival))
d <- read.csv("input.csv"); d$one <- as.integer(d$job == 1); out <- NULL
put <- function(kind, group, at, estimate, se) out <<- rbind(out, data.frame(kind, group, at, estimate, se))
exact <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-16)
for (weighted in c(FALSE, TRUE)) {
  d$w <- if (weighted) d$weight else 1
  tag <- if (weighted) "_weighted" else ""
  for (g in 0:1) {
    s <- d[d$ips == g, ]
    for (units in c("town", "person")) {
      s$unit <- s[[units]]
      km <- summary(survfit(Surv(weeks, one) ~ 1, s, weights = w, cluster = unit, robust = TRUE), times = c(12, 26, 40))
      put(paste0("km_", units, tag), g, km$time, 1 - km$surv, km$std.err)
      # With several states survfit leaves cluster= aside, so its influences are summed by hand (column 1 is time 0).
      aj <- survfit(Surv(weeks, factor(job, 0:2)) ~ 1, s, weights = w, id = person, influence = TRUE)
      at <- findInterval(c(12, 26, 40), aj$time)
      put(paste0("aj_", units, tag), g, c(12, 26, 40), aj$pstate[at, 2],
          sqrt(colSums(rowsum(aj$influence.pstate[, at + 1, 2] * s$w, s$unit)^2)))
    }
  }
  for (units in c("town", "person")) {
    d$unit <- d[[units]]
    f <- coxph(Surv(weeks, one) ~ ips + age, d, weights = w, cluster = unit, ties = "efron", control = exact)
    s <- summary(f)$coefficients
    for (v in c("ips", "age")) put(paste0("cox_", v, "_", units, tag), 9, 0, s[v, "exp(coef)"], s[v, "robust se"])
  }
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
