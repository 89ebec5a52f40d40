# CR2 with Satterthwaite for least squares.  Run in this folder: Rscript effect_clusters.R   (R 4.2.2, clubSandwich 0.5)
suppressMessages(library(clubSandwich))
d <- read.csv("input.csv"); out <- NULL
put <- function(set, fit, cluster) {
  v <- vcovCR(fit, cluster, "CR2"); ct <- coef_test(fit, v, test = "Satterthwaite"); ci <- conf_int(fit, v)
  out <<- rbind(out, data.frame(set, term = rownames(ct), estimate = ct$beta, std_error = ct$SE, statistic = ct$tstat,
    df = ct$df, p = ct$p_Satt, low = ci$CI_L, high = ci$CI_U))
}
put("ols", lm(y ~ treat + x, d), d$town)
put("wls", lm(y ~ treat + x, d, weights = w), d$town)
put("within", lm(y ~ volunteer + x, d), d$town)
put("fixed", lm(y ~ volunteer + x + factor(town), d), d$town)
put("persons", lm(y ~ volunteer + x, d), seq_len(nrow(d)))
put("persons_weighted", lm(y ~ volunteer + x, d, weights = w), seq_len(nrow(d)))
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)

# Two ways: towns and pairs that span towns.  Their CR2 variances less that of town x pair, added only where above 0
# (`apart`: the two of a pair are unlike, so it is).  `crossed` is sandwich's two-way variance without any factor.
suppressMessages(library(sandwich))
q <- read.csv("input_pairs.csv"); two <- NULL
fits <- list(plain = lm(y ~ treat, q), weighted = lm(y ~ treat, q, weights = w), apart = lm(apart ~ treat, q))
for (set in names(fits)) {
  fit <- fits[[set]]
  part <- sapply(list(q$town, q$pair, interaction(q$town, q$pair, drop = TRUE)),
    function(g) vcovCR(fit, g, "CR2")["treat", "treat"])
  df <- coef_test(fit, vcovCR(fit, q$town, "CR2"), test = "Satterthwaite")$df[2]
  crossed <- vcovCL(fit, ~ town + pair, type = "HC0", cadjust = FALSE)["treat", "treat"]
  two <- rbind(two, data.frame(set, estimate = coef(fit)[["treat"]], town = part[1], pair = part[2], both = part[3],
    std_error = sqrt(part[1] + max(part[2] - part[3], 0)), df, crossed))
}
write.csv(format(two, digits = 15, trim = TRUE), "expected_pairs.csv", row.names = FALSE, quote = FALSE)
