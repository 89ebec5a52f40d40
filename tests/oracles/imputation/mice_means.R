# Pooled means after predictive mean matching in mice; the comparison is within Monte-Carlo error.
suppressMessages(library(mice))
d <- read.csv("people.csv", na.strings = "")
set.seed(4)
imp <- mice(d, m = 200, maxit = 10, method = "pmm", printFlag = FALSE)
rows <- list()
for (v in names(d)) {
  q <- sapply(1:200, function(i) mean(complete(imp, i)[[v]]))
  u <- sapply(1:200, function(i) var(complete(imp, i)[[v]]) / nrow(d))
  p <- pool.scalar(q, u, n = nrow(d))
  rows[[length(rows) + 1]] <- data.frame(column = v, estimate = p$qbar, std_error = sqrt(p$t))
}
options(digits = 10)
write.csv(do.call(rbind, rows), "expected_means.csv", row.names = FALSE)
