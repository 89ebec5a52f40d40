# Alpha, item statistics (psych::alpha), omega (base factanal) and intervals by their formulas.
suppressMessages(library(psych))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(folder, "input.csv"))
rows <- list()
put <- function(wave, scale, term, value, low = NA, high = NA, n) {
  rows[[length(rows) + 1]] <<- data.frame(
    wave, scale, term,
    estimate = sprintf("%.15g", value), ci_low = sprintf("%.15g", low), ci_high = sprintf("%.15g", high), n
  )
}
for (wave in c("start", "end")) {
  x <- d[d$wave == wave, paste0("q", 1:8)]
  x$q7 <- 5 - x$q7
  x <- x[complete.cases(x), ]
  n <- nrow(x); k <- ncol(x)
  a <- suppressWarnings(psych::alpha(x, check.keys = FALSE))
  alpha <- a$total$raw_alpha
  feldt <- 1 - (1 - alpha) * qf(c(.975, .025), n - 1, (n - 1) * (k - 1))
  bonett <- 1 - exp(log(1 - alpha) + c(1, -1) * qnorm(.975) * sqrt(2 * k / ((k - 1) * (n - 2))))
  put(wave, "alpha", "", alpha, feldt[1], feldt[2], n)
  put(wave, "alpha_bonett", "", alpha, bonett[1], bonett[2], n)
  put(wave, "alpha_standardised", "", a$total$std.alpha, n = n)
  put(wave, "sd", "", sd(rowSums(x)), n = n)
  put(wave, "sem", "", sd(rowSums(x)) * sqrt(1 - alpha), n = n)
  put(wave, "mdc", "", qnorm(.975) * sqrt(2) * sd(rowSums(x)) * sqrt(1 - alpha), n = n)
  f <- factanal(x, 1, control = list(opt = list(factr = 1e-2, pgtol = 0), lower = 0.005))
  l <- as.vector(f$loadings); s <- sapply(x, sd)
  put(wave, "omega", "", sum(l * s)^2 / (sum(l * s)^2 + sum(f$uniquenesses * s^2)), n = n)
  put(wave, "omega_standardised", "", sum(l)^2 / (sum(l)^2 + sum(f$uniquenesses)), n = n)
  for (i in 1:k) put(wave, "alpha_if_dropped", names(x)[i], a$alpha.drop$raw_alpha[i], n = n)
  for (i in 1:k) put(wave, "item_rest", names(x)[i], a$item.stats$r.drop[i], n = n)
  for (i in 1:k) put(wave, "loading", names(x)[i], abs(l[i]) * s[i], n = n)
}
write.csv(do.call(rbind, rows), file.path(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
