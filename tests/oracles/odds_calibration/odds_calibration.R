# AUC with DeLong's interval (pROC), Brier score, calibration intercept and slope (glm).
# Run in this folder: Rscript odds_calibration.R      (R 4.2.2, pROC 1.18)
suppressMessages(library(pROC))
people <- read.csv("input.csv")
out <- NULL
for (s in c("smooth", "tied")) {
  d <- people[people$set == s, ]; lp <- qlogis(d$risk)
  tight <- glm.control(1e-14, 100)
  r <- roc(d$y, d$risk, quiet = TRUE, direction = "<"); ci <- ci.auc(r, method = "delong")
  b <- (d$y - d$risk)^2
  int <- glm(y ~ 1, binomial, d, offset = lp, control = tight); slope <- glm(y ~ lp, binomial, d, control = tight)
  put <- function(name, value, se, low = value - qnorm(.975) * se, high = value + qnorm(.975) * se, p = NA)
    out <<- rbind(out, data.frame(set = s, estimand = name, estimate = value, std_error = se, low = low, high = high, p = p))
  put("auc", as.numeric(ci[2]), sqrt(var(r)), ci[1], ci[3])
  put("brier", mean(b), sd(b) / sqrt(nrow(d)))
  put("calibration_intercept", coef(int)[[1]], sqrt(vcov(int)[1]), p = summary(int)$coefficients[1, 4])
  se <- sqrt(vcov(slope)[2, 2]); z <- (coef(slope)[[2]] - 1) / se
  put("calibration_slope", coef(slope)[[2]], se, p = 2 * pnorm(-abs(z)))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
