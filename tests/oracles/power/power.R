# power.t.test (strict: both tails), exact McNemar and Fisher power by adding up every table.
options(digits = 15)
rows <- list()
add <- function(kind, n, effect, sd, share, power) rows[[length(rows) + 1]] <<- data.frame(kind, n, effect, sd, share, power)
for (n in c(5, 15, 40, 100)) for (e in c(3, 8)) {
  add("paired_means", n, e, 20, NA, power.t.test(n, e, 20, type = "paired", strict = TRUE)$power)
  add("two_means", 2 * n, e, 15, NA, power.t.test(n, e, 15, type = "two.sample", strict = TRUE)$power)
}
for (n in c(15, 40, 60)) for (e in c(.1, .25)) {
  psi <- .4; p <- 0
  for (m in 1:n) for (k in 0:m) if (binom.test(k, m)$p.value <= .05) p <- p + dbinom(m, n, psi) * dbinom(k, m, (psi + e) / 2 / psi)
  add("paired_shares", n, e, NA, psi, p)
}
for (n in c(10, 25)) for (e in c(.2, .4)) {
  p <- 0
  for (a in 0:n) for (b in 0:n) if (fisher.test(matrix(c(a, n - a, b, n - b), 2))$p.value <= .05)
    p <- p + dbinom(a, n, .3 + e) * dbinom(b, n, .3)
  add("two_shares", 2 * n, e, NA, .3, p)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
