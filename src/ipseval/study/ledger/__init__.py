"""The reproduction ledger: every published number beside ours, computed and never written by hand."""
