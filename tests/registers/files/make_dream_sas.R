# Writes dream.sas7bdat: wide DREAM of six invented persons over week 53, as SAS would hold it.
# Run in this folder: Rscript make_dream_sas.R (the tests do not need R).
suppressWarnings(suppressMessages(library(haven)))
d <- data.frame(
  PNR = sprintf("%012d", c(17, 7936, 15855, 23774, 31693, 39612)),
  y_2051 = c("730", "", ".", "111", "651", "771"),
  y_2052 = c("730", "", "0", "111", "651", "771"),
  y_2053 = c("730", "720", "", "", "651", "999"),
  y_2101 = c("", "720", "", "", "651", "999"),
  y_2102 = c(730, 720, NA, NA, 651, 999)
)
suppressWarnings(write_sas(d, "dream.sas7bdat"))
