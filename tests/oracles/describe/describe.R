# Counts, shares with Wilson intervals, means with t intervals, quantiles (type 7).  Base R only.
d <- read.csv("input.csv")
rows <- list()
add <- function(outcome, group, term, estimate, low, high, n, events)
  rows[[length(rows) + 1]] <<- data.frame(outcome, group, term, estimate, ci_low = low, ci_high = high, n, n_events = events)
for (g in sort(unique(d$arm))) {
  x <- na.omit(d$mood[d$arm == g])
  for (k in 1:5) {
    ci <- suppressWarnings(prop.test(sum(x == k), length(x), correct = FALSE)$conf.int)
    add("mood", g, as.character(k), mean(x == k), ci[1], ci[2], length(x), sum(x == k))
  }
  y <- na.omit(d$age[d$arm == g])
  ci <- t.test(y)$conf.int
  add("age", g, "mean", mean(y), ci[1], ci[2], length(y), NA)
  add("age", g, "sd", sd(y), NA, NA, length(y), NA)
  q <- quantile(y, c(0, .25, .5, .75, 1), type = 7)
  names <- c("min", "q25", "median", "q75", "max")
  for (i in 1:5) add("age", g, names[i], q[[i]], NA, NA, length(y), NA)
}
options(digits = 17)
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
