# Nearest-neighbour matching and balance.  Run in this folder: Rscript effect_matching.R   (R 4.2.2, MatchIt 4.5.1, Matching 4.10)
suppressMessages({library(MatchIt); library(Matching)})
# Invented people in the shape of a training programme with a comparison group: 185 treated, 429 not.
set.seed(4)
n1 <- 185; n0 <- 429; treat <- rep(1:0, c(n1, n0)); n <- n1 + n0
age <- pmin(55, pmax(16, round(rgamma(n, 9, 0.33) - 1.5 * treat)))
educ <- pmin(18, pmax(0, round(rnorm(n, 10.2, 2.4))))
race <- ifelse(runif(n) < 0.2 + 0.55 * treat, "black", ifelse(runif(n) < 0.15, "hispan", "white"))
married <- rbinom(n, 1, 0.5 - 0.3 * treat); nodegree <- as.integer(educ < 12)
re74 <- round(ifelse(runif(n) < 0.25 + 0.4 * treat, 0, rgamma(n, 1.2, 1 / (6000 - 2500 * treat))), 2)
re75 <- round(ifelse(runif(n) < 0.3 + 0.3 * treat, 0, 0.5 * re74 + rgamma(n, 1, 1 / 1500)), 2)
re78 <- round(pmax(0, 3000 + 0.4 * re74 + 0.3 * re75 + 150 * educ + 900 * treat + rnorm(n, 0, 5000)), 2)
people <- data.frame(treat, age, educ, race, married, nodegree, re74, re75, re78)
people$years <- people$age + round(runif(n), 6)   # no two people alike: no ties
write.csv(cbind(id = seq_len(n), people), "input.csv", row.names = FALSE, quote = FALSE)
f <- treat ~ years + educ + race + married + nodegree + re74 + re75
score <- predict(glm(treat ~ years + educ + race + married + nodegree + re74 + re75, binomial, people, control = glm.control(1e-15, 100)))
out <- NULL; bal <- NULL
for (name in c("plain", "replaced", "two_replaced")) {
  M <- if (name == "two_replaced") 2 else 1
  m <- Match(people$re78, people$treat, score, M = M, replace = name != "plain", ties = name != "plain", Var.calc = 1, distance.tolerance = 0)
  w0 <- tapply(m$weights, m$index.control, sum)
  out <- rbind(out, data.frame(run = name, treated = length(unique(m$index.treated)), controls = length(w0), picks = length(m$index.control),
    distance = sum(abs(score[m$index.treated] - score[m$index.control])), ess = sum(w0)^2 / sum(w0^2), estimate = drop(m$est), se = if (is.null(m$se)) NA else drop(m$se)))
}
# Balance of everybody and of a matched comparison, with its weights in the file
m <- suppressWarnings(matchit(f, people, method = "nearest", distance = "glm", link = "linear.logit", ratio = 2, replace = TRUE))
write.csv(format(data.frame(id = seq_len(nrow(people)), w = m$weights), digits = 15, trim = TRUE), "weights.csv", row.names = FALSE, quote = FALSE)
s <- summary(m, standardize = TRUE)
for (g in c("sum.all", "sum.matched")) {
  t <- s[[g]]
  bal <- rbind(bal, data.frame(group = if (g == "sum.all") "before" else "after", term = rownames(t), mean_treated = t[, 1], mean_control = t[, 2],
    smd = t[, 3], variance_ratio = t[, 4], ecdf_mean = t[, 5], ks = t[, 6]))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(format(bal, digits = 15, trim = TRUE), "expected_balance.csv", row.names = FALSE, quote = FALSE)
