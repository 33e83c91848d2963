  intros. rewrite (sum_ext K (fun k => if negb _ then _ else _) (fun k => a k - a m))
    by (intros; cbv beta; destruct (Nat.eqb_spec k m); subst; cbn [negb]; ring).
  rewrite sum_minus, sum_const. eta. ring.
