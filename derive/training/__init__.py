"""Training of recurrent networks: data, batches, optimisers, checkpoints."""
