  intros. entries_compared v i j k.
