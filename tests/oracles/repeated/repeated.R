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
