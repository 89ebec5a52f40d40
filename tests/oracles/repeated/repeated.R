# Mixed models by lme4 with Kenward-Roger from pbkrtest; GEE point estimates and robust SEs by geepack, Mancl-DeRouen
# written out here by brute force (geesmv is not in Debian).
suppressMessages({library(lme4); library(pbkrtest); library(geepack)})
options(digits = 15)
d <- read.csv("input.csv", na.strings = ""); d <- d[!is.na(d$who5), ]
d$cell <- interaction(factor(d$month), factor(d$arm)); d$time <- d$month / 18
rows <- list()
add <- function(model, group, term, kind, estimate = NA, se = NA, statistic = NA, df = NA, p = NA)
  rows[[length(rows) + 1]] <<- data.frame(model, group, term, kind, estimate, std_error = se, statistic, df, p_value = p)
months <- c(0, 6, 12, 18); arms <- c("ips", "usual")
pick <- function(a, m, names) as.numeric(names == paste0("cell", m, ".", a))
contrasts <- function(names) {
  out <- list()
  for (a in arms) {
    for (m in months) out[[length(out) + 1]] <- list(a, as.character(m), "mean", t(pick(a, m, names)))
    L <- t(sapply(months[-1], function(m) pick(a, m, names) - pick(a, 0, names)))
    for (k in 1:3) out[[length(out) + 1]] <- list(a, as.character(months[k + 1]), "change", t(L[k, ]))
    out[[length(out) + 1]] <- list(a, "waves_test", "joint", L)
  }
  L <- t(sapply(months[-1], function(m) pick("usual", m, names) - pick("usual", 0, names) - pick("ips", m, names) + pick("ips", 0, names)))
  for (k in 1:3) out[[length(out) + 1]] <- list("", as.character(months[k + 1]), "difference_in_change", t(L[k, ]))
  out[[length(out) + 1]] <- list("", "arm_by_wave_test", "joint", L)
  out
}
ctrl <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e6, rhoend = 1e-12))
fits <- list(intercept = lmer(who5 ~ 0 + cell + (1 | id), d, control = ctrl), slope = lmer(who5 ~ 0 + cell + (time | id), d, control = ctrl))
for (name in names(fits)) {
  fit <- fits[[name]]; b <- fixef(fit); V <- as.matrix(vcovAdj(fit))
  for (k in contrasts(names(b))) {
    L <- k[[4]]
    if (nrow(L) == 1) {
      e <- as.numeric(L %*% b); se <- sqrt(as.numeric(L %*% V %*% t(L))); df <- Lb_ddf(as.numeric(L), vcov(fit), vcovAdj(fit))
      add(name, k[[1]], k[[2]], k[[3]], e, se, e / se, df, 2 * pt(-abs(e / se), df))
    } else {
      s <- KRmodcomp(fit, L)$test["Ftest", ]
      add(name, k[[1]], k[[2]], k[[3]], NA, NA, s$stat, s$ddf, s$p.value)
    }
  }
  v <- as.data.frame(VarCorr(fit))
  add(name, "", "sd_person", "sd", v$sdcor[1]); add(name, "", "sd_residual", "sd", v$sdcor[nrow(v)])
}
d <- d[order(d$id), ]
g <- geeglm(who5 ~ 0 + cell, id = id, data = d, corstr = "independence"); b <- coef(g)
X <- model.matrix(~ 0 + cell, d); r <- d$who5 - X %*% b; bread <- solve(crossprod(X)); M <- 0 * bread
for (i in unique(d$id)) { w <- d$id == i; Xi <- X[w, , drop = FALSE]
  u <- t(Xi) %*% solve(diag(sum(w)) - Xi %*% bread %*% t(Xi)) %*% r[w]; M <- M + u %*% t(u) }
V <- bread %*% M %*% bread; df <- length(unique(d$id)) - length(b)
for (k in contrasts(names(b))) {
  L <- k[[4]]
  if (nrow(L) == 1) { e <- as.numeric(L %*% b); se <- sqrt(as.numeric(L %*% V %*% t(L)))
    add("gee", k[[1]], k[[2]], k[[3]], e, se, e / se, df, 2 * pt(-abs(e / se), df))
  } else { f <- as.numeric(t(L %*% b) %*% solve(L %*% V %*% t(L)) %*% (L %*% b)) / nrow(L)
    add("gee", k[[1]], k[[2]], k[[3]], NA, NA, f, df, pf(f, nrow(L), df, lower.tail = FALSE)) }
}
robust <- data.frame(cell = names(b), estimate = b, std_error = sqrt(diag(g$geese$vbeta)))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
write.csv(robust, "expected_robust.csv", row.names = FALSE)

# Covariates, exchangeable correlation and yes/no.  Point estimates, working correlation and plain robust standard errors
# are geepack's; Mancl-DeRouen is written out on the scale of the answers, with the whole covariance matrix of a person.
rows <- list()
d$age_c <- d$age - mean(d$age)
for (s in c("other", "woman")) d[[paste0("sex_", s)]] <- (d$sex == s) - mean(d$sex == s)
brute <- function(X, y, id, beta, alpha, binary) {
  parts <- lapply(unique(id), function(i) { w <- id == i; Xi <- X[w, , drop = FALSE]; eta <- as.numeric(Xi %*% beta)
    mu <- if (binary) plogis(eta) else eta; a <- if (binary) mu * (1 - mu) else rep(1, sum(w))
    R <- matrix(alpha, sum(w), sum(w)); diag(R) <- 1
    list(D = a * Xi, Vi = solve(outer(sqrt(a), sqrt(a)) * R), r = y[w] - mu) })
  B <- solve(Reduce(`+`, lapply(parts, function(p) t(p$D) %*% p$Vi %*% p$D)))
  M <- Reduce(`+`, lapply(parts, function(p) { H <- p$D %*% B %*% t(p$D) %*% p$Vi
    u <- t(p$D) %*% p$Vi %*% solve(diag(nrow(H)) - H) %*% p$r; u %*% t(u) }))
  B %*% M %*% B
}
tight <- geese.control(epsilon = 1e-14, maxit = 500)
one <- function(model, group, term, kind, L, b, V, df) {
  if (nrow(L) == 1) { e <- as.numeric(L %*% b); se <- sqrt(as.numeric(L %*% V %*% t(L)))
    add(model, group, term, kind, e, se, e / se, df, 2 * pt(-abs(e / se), df))
  } else { f <- as.numeric(t(L %*% b) %*% solve(L %*% V %*% t(L)) %*% (L %*% b)) / nrow(L)
    add(model, group, term, kind, NA, NA, f, df, pf(f, nrow(L), df, lower.tail = FALSE)) }
}
adjusted <- "age_c + sex_other + sex_woman"; terms <- c(age_c = "age", sex_other = "sex: other", sex_woman = "sex: woman")
robust <- list()
for (y in c("who5", "work")) for (corr in c("independence", "exchangeable")) for (with in c(FALSE, TRUE)) {
  model <- paste(y, corr, if (with) "adjusted" else "plain", sep = "_")
  f <- as.formula(paste(y, "~ 0 + cell", if (with) paste("+", adjusted) else ""))
  g <- geeglm(f, id = id, data = d, corstr = corr, family = if (y == "work") binomial else gaussian, control = tight)
  b <- coef(g); alpha <- if (corr == "exchangeable") g$geese$alpha else 0
  V <- brute(model.matrix(f, d), d[[y]], d$id, b, alpha, y == "work"); df <- length(unique(d$id)) - length(b)
  for (k in contrasts(names(b))) one(model, k[[1]], k[[2]], k[[3]], k[[4]], b, V, df)
  if (with) for (t in names(terms)) one(model, "", terms[[t]], "covariate", t(as.numeric(names(b) == t)), b, V, df)
  robust[[model]] <- data.frame(model, cell = names(b), estimate = b, std_error = sqrt(diag(g$geese$vbeta)), alpha = alpha)
}
fit <- lmer(as.formula(paste("who5 ~ 0 + cell +", adjusted, "+ (1 | id)")), d, control = ctrl); b <- fixef(fit)
for (k in contrasts(names(b))) if (nrow(k[[4]]) == 1) { L <- as.numeric(k[[4]])
  e <- sum(L * b); se <- sqrt(as.numeric(L %*% as.matrix(vcovAdj(fit)) %*% L)); df <- Lb_ddf(L, vcov(fit), vcovAdj(fit))
  add("who5_mixed_adjusted", k[[1]], k[[2]], k[[3]], e, se, e / se, df, 2 * pt(-abs(e / se), df))
} else { s <- KRmodcomp(fit, k[[4]])$test["Ftest", ]; add("who5_mixed_adjusted", k[[1]], k[[2]], k[[3]], NA, NA, s$stat, s$ddf, s$p.value) }
for (t in names(terms)) { L <- as.numeric(names(b) == t); e <- sum(L * b); se <- sqrt(as.numeric(L %*% as.matrix(vcovAdj(fit)) %*% L))
  df <- Lb_ddf(L, vcov(fit), vcovAdj(fit)); add("who5_mixed_adjusted", "", terms[[t]], "covariate", e, se, e / se, df, 2 * pt(-abs(e / se), df)) }
write.csv(do.call(rbind, rows), "expected_models.csv", row.names = FALSE)
write.csv(do.call(rbind, robust), "expected_models_robust.csv", row.names = FALSE)
