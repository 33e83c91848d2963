"""Parts of the benchmarks of the kernels: formulas, inputs, truth, peers, tables."""
