  intros. assert (E : sigmoid u = exp u * sigmoid (- u)).
  { unfold sigmoid. rewrite Ropp_involutive, exp_Ropp. field. nonzeros. }
  rewrite !rpow_pos, <- exp_plus by apply sigmoid_pos. f_equal.
  rewrite E, ln_mult, ln_exp by auto using exp_pos, sigmoid_pos. ring.
