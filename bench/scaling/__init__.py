"""Many tenants over many workers, on a simulated clock: `python -m bench.scaling`."""
