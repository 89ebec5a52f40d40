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
