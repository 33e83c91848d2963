  intros. slope_of_power. auto.
