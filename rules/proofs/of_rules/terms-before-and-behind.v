  intros. rewrite <- sum_plus. apply sum_ext. intros. cbv beta.
  destruct (Nat.ltb_spec k m), (Nat.ltb_spec m k), (Nat.eqb_spec k m); try lia; cbn [negb];
    try destruct (Nat.eqb_spec m k); try lia; ring.
