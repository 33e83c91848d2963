  intros u n x D N [H | H]; slope_of_power; auto.
