"""The benchmarks: `make bench` prints each against the least possible on this machine."""
