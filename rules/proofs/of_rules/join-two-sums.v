  intros. rewrite <- sum_opp, <- sum_plus. apply sum_ext. intros. cbv beta.
  destruct (e k); ring.
