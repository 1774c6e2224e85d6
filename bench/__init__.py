"""Benchmarks: ratios against named peers, measured side by side in the same run."""
