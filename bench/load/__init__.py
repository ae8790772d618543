"""What kequn does under load, each measured against its bound: `python -m bench.load` (see `__main__.py`)."""
