# Nearest-neighbour matching and balance.  Run in this folder: Rscript effect_matching.R   (R 4.2.2, MatchIt 4.5.1, Matching 4.10)
suppressMessages({library(MatchIt); library(Matching)})
data(lalonde, package = "MatchIt"); set.seed(4); lalonde$years <- lalonde$age + round(runif(nrow(lalonde)), 6)   # no two people alike: no ties
write.csv(cbind(id = seq_len(nrow(lalonde)), lalonde), "lalonde.csv", row.names = FALSE, quote = FALSE)
f <- treat ~ years + educ + race + married + nodegree + re74 + re75
score <- predict(glm(treat ~ years + educ + race + married + nodegree + re74 + re75, binomial, lalonde, control = glm.control(1e-15, 100)))
out <- NULL; bal <- NULL
for (name in c("plain", "replaced", "two_replaced")) {
  M <- if (name == "two_replaced") 2 else 1
  m <- Match(lalonde$re78, lalonde$treat, score, M = M, replace = name != "plain", ties = name != "plain", Var.calc = 1, distance.tolerance = 0)
  w0 <- tapply(m$weights, m$index.control, sum)
  out <- rbind(out, data.frame(run = name, treated = length(unique(m$index.treated)), controls = length(w0), picks = length(m$index.control),
    distance = sum(abs(score[m$index.treated] - score[m$index.control])), ess = sum(w0)^2 / sum(w0^2), estimate = drop(m$est), se = if (is.null(m$se)) NA else drop(m$se)))
}
# Balance of everybody and of a matched comparison, with its weights in the file
m <- suppressWarnings(matchit(f, lalonde, method = "nearest", distance = "glm", link = "linear.logit", ratio = 2, replace = TRUE))
write.csv(format(data.frame(id = seq_len(nrow(lalonde)), w = m$weights), digits = 15, trim = TRUE), "weights.csv", row.names = FALSE, quote = FALSE)
s <- summary(m, standardize = TRUE)
for (g in c("sum.all", "sum.matched")) {
  t <- s[[g]]
  bal <- rbind(bal, data.frame(group = if (g == "sum.all") "before" else "after", term = rownames(t), mean_treated = t[, 1], mean_control = t[, 2],
    smd = t[, 3], variance_ratio = t[, 4], ecdf_mean = t[, 5], ks = t[, 6]))
}
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(format(bal, digits = 15, trim = TRUE), "expected_balance.csv", row.names = FALSE, quote = FALSE)
