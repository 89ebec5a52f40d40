"""Parts of the measured coverage and type-I error of change."""
