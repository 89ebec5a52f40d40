# Time to event.  Run in this folder: Rscript effect_survival.R      (R 4.2.2, survival 3.4)
suppressMessages(library(survival))
d <- read.csv("input.csv"); d$one <- as.integer(d$job == 1); out <- NULL
put <- function(kind, group, at, estimate, se = NA, low = NA, high = NA, p = NA)
  out <<- rbind(out, data.frame(kind, group, at, estimate, se, low, high, p))
for (g in 0:1) {
  s <- d[d$ips == g, ]
  km <- summary(survfit(Surv(weeks, one) ~ 1, s, conf.type = "log-log"), times = c(12, 26, 40))
  put("km", g, km$time, 1 - km$surv, km$std.err, 1 - km$upper, 1 - km$lower)
  aj <- summary(survfit(Surv(weeks, factor(job, 0:2)) ~ 1, s), times = c(12, 26, 40))
  put("aj", g, aj$time, aj$pstate[, 2], aj$std.err[, 2])
  r <- summary(survfit(Surv(weeks, one) ~ 1, s), rmean = 45)$table
  put("rmst", g, 45, r["rmean"], r["se(rmean)"])
}
l <- survdiff(Surv(weeks, one) ~ ips, d); put("logrank", 9, 0, l$chisq, p = pchisq(l$chisq, 1, lower.tail = FALSE))
f <- coxph(Surv(weeks, one) ~ ips + age, d, ties = "efron", control = coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-16)); s <- summary(f)
for (v in c("ips", "age")) put(paste0("cox_", v), 9, 0, s$coefficients[v, 2], s$coefficients[v, 3], s$conf.int[v, 3], s$conf.int[v, 4], s$coefficients[v, 5])
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
