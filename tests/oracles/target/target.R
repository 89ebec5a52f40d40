# Exact interval of a share and exact test of a target: binom.test's limits; its p is of another kind
# (likelihood ordered), so the p here is twice the smaller tail, as ipseval names it.
input <- read.csv("input.csv")
rows <- lapply(seq_len(nrow(input)), function(i) {
  k <- input$k[i]; n <- input$n[i]; share <- input$share[i]
  limits <- binom.test(k, n, share)$conf.int
  p <- min(1, 2 * min(pbinom(k, n, share), pbinom(k - 1, n, share, lower.tail = FALSE)))
  data.frame(k = k, n = n, share = share, low = limits[1], high = limits[2], p = p)
})
write.csv(format(do.call(rbind, rows), digits = 15), "expected.csv", row.names = FALSE, quote = FALSE)
