# R's own round(k/n, d) for every k < n, n <= 1000, d = 0..3, as whole units of the last decimal.
# Per n and d: the sum of units, the sum of k * units, and how many k do not round as exact half-up does.
# Run: Rscript rounding_r4.R > expected.csv      (R 4.0.0 or later)
stopifnot(getRversion() >= "4.0.0")
cat("n,decimals,units,weighted,not_half_up\n")
for (n in 1:1000) {
  k <- 0:n
  for (d in 0:3) {
    scale <- 10^d
    units <- as.integer(sprintf("%.0f", round(k / n, d) * scale))
    half_up <- (2 * k * scale + n) %/% (2 * n)
    cat(n, d, sum(units), sprintf("%.0f", sum(k * as.numeric(units))), sum(units != half_up), sep = ",")
    cat("\n")
  }
}
