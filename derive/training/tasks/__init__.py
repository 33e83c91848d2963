"""Tasks to train on, users' files, batches, metrics and baselines."""

from derive.training.tasks.registry import TASKS, Limits, Task, find_task

__all__ = ["TASKS", "Limits", "Task", "find_task"]
