# Within-person slope per month: lm with person effects; variance clustered on persons, CR1 (clubSandwich).
suppressMessages(library(clubSandwich))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(folder, "input.csv"))
d$month <- as.numeric(as.Date(d$date)) / (365.25 / 12)
d <- d[ave(d$id, d$id, FUN = length) >= 2, ]
fit <- lm(belief ~ month + factor(id), d)
se <- sqrt(vcovCR(fit, cluster = d$id, type = "CR1")["month", "month"])
g <- length(unique(d$id))
b <- coef(fit)["month"]
out <- data.frame(
  estimate = b, std_error = se, ci_low = b - qt(.975, g - 1) * se, ci_high = b + qt(.975, g - 1) * se,
  statistic = b / se, df = g - 1, p_value = 2 * pt(-abs(b / se), g - 1), n = g
)
write.csv(format(out, digits = 15), file.path(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
