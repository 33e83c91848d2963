  intros. unfold softmax.
  rewrite exp_plus, (sum_ext K (fun k => exp (c + u k)) (fun k => exp c * exp (u k)))
    by (intros; apply exp_plus).
  rewrite sum_scal_l. field. nonzeros.
