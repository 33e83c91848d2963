  intros. rewrite <- sum_opp, <- sum_plus. apply sum_ext. intros. cbv beta.
  destruct (Nat.ltb_spec k m), (Nat.ltb_spec m k), (Nat.eqb_spec k m); try lia; cbn [negb]; ring.
