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
w <- Wald_test(fit, constrain_zero("edu", reg_ex = TRUE), v, test = "HTZ")
put("cr2", "edu_joint", NA, NA, w$df_num, w$Fstat, w$p_val, NA, NA)
d1 <- function(betas, covs, dfcom) {            # D1 with Reiter's (2007) degrees; mitml is not in Debian
  m <- nrow(betas); k <- ncol(betas); t <- k * (m - 1)
  ubar <- Reduce(`+`, covs) / m; b <- cov(betas); q <- colMeans(betas)
  r <- (1 + 1 / m) * sum(diag(b %*% solve(ubar))) / k
  f <- drop(t(q) %*% solve((1 + r) * ubar) %*% q) / k
  a <- r * t / (t - 2); v <- (dfcom + 1) / (dfcom + 3) * dfcom
  c0 <- 1 / (t - 4); c1 <- v - 2 * (1 + a); c2 <- v - 4 * (1 + a)
  z <- 1 / c2 + c0 * a^2 * c1 / ((1 + a)^2 * c2) + c0 * (8 * a^2 * c1 / ((1 + a) * c2^2) + 4 * a^2 / ((1 + a) * c2)) +
    c0 * (4 * a^2 / (c2 * c1) + 16 * a^2 * c1 / c2^3) + c0 * 8 * a^2 / c2^2
  c(f, k, pf(f, k, 4 + 1 / z, lower.tail = FALSE))
}
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
imputed$person <- ave(seq_len(nrow(imputed)), imputed$imp, FUN = seq_along) - 1
imputed$third <- factor(1 + (imputed$person %% 3))    # a factor of three levels, and clusters
imputed$place <- imputed$person %% 8
copies <- split(imputed, imputed$imp)
pool_all <- function(kind, fits, vs, dfs) {
  betas <- t(sapply(fits, coef)); ses <- t(sapply(vs, function(v) sqrt(diag(v))))
  for (j in seq_len(ncol(betas))) {
    s <- pool.scalar(betas[, j], ses[, j]^2, n = Inf)
    lambda <- (1 + 1 / nrow(betas)) * s$b / s$t; old <- (nrow(betas) - 1) / lambda^2
    obs <- (dfs[j] + 1) / (dfs[j] + 3) * dfs[j] * (1 - lambda); df <- 1 / (1 / old + 1 / obs)
    se <- sqrt(s$t); tt <- s$qbar / se
    put(kind, colnames(betas)[j], s$qbar, se, df, tt, 2 * pt(-abs(tt), df), s$qbar - qt(.975, df) * se, s$qbar + qt(.975, df) * se)
  }
  g <- grep("third", colnames(betas))
  j <- d1(betas[, g], lapply(vs, function(v) v[g, g]), min(dfs[g]))
  put(kind, "third_joint", NA, NA, j[2], j[1], j[3], NA, NA)
}
fs <- lapply(copies, function(x) glm(job ~ who5 + third, binomial, x, control = tight))
pool_all("pooled_factor", fs, lapply(fs, vcov), rep(df.residual(fs[[1]]), 4))
vs <- lapply(seq_along(fs), function(i) as.matrix(vcovCR(fs[[i]], copies[[i]]$place, "CR2")))
dfs <- rowMeans(sapply(seq_along(fs), function(i) coef_test(fs[[i]], vcovCR(fs[[i]], copies[[i]]$place, "CR2"), test = "Satterthwaite")$df))
pool_all("pooled_clusters", fs, vs, dfs)
ds <- lapply(copies, function(x) svydesign(ids = ~1, weights = ~I(1 + person %% 4), data = x))
fs <- lapply(ds, function(s) svyglm(job ~ who5 + third, s, family = quasibinomial(), control = tight))
pool_all("pooled_weights", fs, lapply(fs, function(f) as.matrix(vcov(f))), rep(fs[[1]]$df.residual, 4))
f <- glm(job ~ age + gender + edu + who5, poisson, d, control = tight)
b <- coef(f); se <- sqrt(diag(vcovHC(f, "HC0"))); z <- b / se
put("poisson", names(b), b, se, NA, z, 2 * pnorm(-abs(z)), b - qnorm(.975) * se, b + qnorm(.975) * se)
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
