  intros. rewrite (sum_ext K (fun k => if negb _ then _ else _) (fun k => a m - a k))
    by (intros; cbv beta; destruct (Nat.eqb_spec k m); subst; cbn [negb]; ring).
  rewrite sum_minus, sum_const. eta. ring.
