# Cluster-robust (CR2) and survey-weighted logit, pooling over imputations, robust Poisson for risk ratios.
# Run in this folder: Rscript odds_robust.R      (R 4.2.2, clubSandwich 0.5, survey 4.1, mice 3.15, sandwich 3.0)
suppressMessages({library(clubSandwich); library(survey); library(mice); library(sandwich)})
d <- read.csv("input.csv"); d$gender <- factor(d$gender); d$edu <- factor(d$edu)
tight <- glm.control(1e-14, 200)
fit <- glm(job ~ age + gender + edu + who5, binomial, d, control = tight)
out <- NULL
put <- function(kind, term, est, se, df, t, p, low, high)
  out <<- rbind(out, data.frame(kind, term, estimate = est, std_error = se, df, statistic = t, p, low, high))
v <- vcovCR(fit, d$town, "CR2"); ct <- coef_test(fit, v, test = "Satterthwaite"); ci <- conf_int(fit, v)
put("cr2", rownames(ct), ct$beta, ct$SE, ct$df, ct$tstat, ct$p_Satt, ci$CI_L, ci$CI_U)
for (kind in c("survey", "survey_clusters")) {
  des <- if (kind == "survey") svydesign(ids = ~1, weights = ~weight, data = d) else svydesign(ids = ~town, weights = ~weight, data = d)
  f <- svyglm(job ~ age + gender + edu + who5, des, family = quasibinomial(), control = tight)
  s <- summary(f)$coefficients; ci <- confint(f)
  put(kind, rownames(s), s[, 1], s[, 2], f$df.residual, s[, 3], s[, 4], ci[, 1], ci[, 2])
  r <- regTermTest(f, ~edu)
  put(kind, "edu_joint", NA, NA, 2, r$Ftest[1], r$p[1], NA, NA)
}
imputed <- read.csv("imputed.csv")
fits <- lapply(split(imputed, imputed$imp), function(x) glm(job ~ age + factor(gender) + who5, binomial, x, control = tight))
p <- summary(pool(as.mira(fits)), conf.int = TRUE)
put("pooled", as.character(p$term), p$estimate, p$std.error, p$df, p$statistic, p$p.value, p$`2.5 %`, p$`97.5 %`)
f <- glm(job ~ age + gender + edu + who5, poisson, d, control = tight)
b <- coef(f); se <- sqrt(diag(vcovHC(f, "HC0"))); z <- b / se
put("poisson", names(b), b, se, NA, z, 2 * pnorm(-abs(z)), b - qnorm(.975) * se, b + qnorm(.975) * se)
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
