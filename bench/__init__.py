"""Benchmarks: `make bench`, or `python -m bench [--records N] [--rounds N]`. Figures are ratios within one run."""
