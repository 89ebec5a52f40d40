# Gray's test and cumulative incidence.  Run in this folder: Rscript effect_gray.R   (R 4.2.2, cmprsk)
suppressMessages(library(cmprsk))
d <- read.csv("input.csv"); out <- NULL
put <- function(set, what, group, at, value, extra = NA, p = NA)
  out <<- rbind(out, data.frame(set, what, group, at, value, extra, p))
for (set in c("arm", "town")) {
  f <- cuminc(d$weeks, d$job, d[[set]])
  put(set, "gray", "", 0, f$Tests[1, "stat"], f$Tests[1, "df"], f$Tests[1, "pv"])
  t <- timepoints(f, c(8, 20, 33))
  for (g in sort(unique(d[[set]]))) {
    row <- paste(g, 1)
    put(set, "incidence", g, c(8, 20, 33), t$est[row, ], sqrt(t$var[row, ]))
  }
}
few <- d[d$job != 2, ]
put("none", "gray", "", 0, cuminc(few$weeks, few$job, few$arm)$Tests[1, "stat"], 1, cuminc(few$weeks, few$job, few$arm)$Tests[1, "pv"])
write.csv(format(out, digits = 15, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
