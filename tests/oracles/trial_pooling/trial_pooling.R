# Random-effects pooling.  Run in this folder: Rscript trial_pooling.R      (R 4.2.2, metafor 3.8)
suppressMessages(library(metafor))
d <- read.csv("../two_by_two/input.csv"); d <- d[1:8, ]
out <- NULL
for (m in c("RD", "RR", "OR")) {
  e <- escalc(m, ai = a, n1i = n1, ci = c, n2i = n2, data = d)
  f <- rma(yi, vi, data = e, method = "PM", test = "knha", control = list(tol = 1e-13, maxiter = 1000))
  v <- confint(f, control = list(tol = 1e-13))$random["tau^2", ]; p <- predict(f); g <- rma(yi, vi, data = e, method = "PM")
  out <- rbind(out, data.frame(measure = m, estimate = f$b[1], std_error = f$se, low = f$ci.lb, high = f$ci.ub, statistic = f$zval,
    p = f$pval, df = f$k - 1, pi_low = p$pi.lb, pi_high = p$pi.ub, tau2 = f$tau2, tau2_low = v[2], tau2_high = v[3], q = f$QE, q_p = f$QEp,
    i2 = f$I2 / 100, w1 = weights(f)[1] / 100))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
