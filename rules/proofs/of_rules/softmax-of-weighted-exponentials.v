  intros. unfold softmax.
  rewrite (sum_ext K (fun k => exp (v k) * _)
             (fun k => exp (u k + v k) / sum K (fun k => exp (u k))))
    by (intros; rewrite exp_plus; field; nonzeros).
  rewrite sum_div_r, exp_plus. field. nonzeros.
