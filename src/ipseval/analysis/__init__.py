"""Estimates: frames in, one `Result` out."""
