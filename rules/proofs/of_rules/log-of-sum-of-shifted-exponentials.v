  intros. rewrite (sum_ext K (fun k => exp (- c + u k)) (fun k => exp (- c) * exp (u k)))
    by (intros; apply exp_plus).
  rewrite sum_scal_l, ln_mult, ln_exp by auto using exp_pos, sum_exp_pos. ring.
