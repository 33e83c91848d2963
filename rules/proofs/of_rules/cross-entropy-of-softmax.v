  intros.
  rewrite (sum_ext K (fun k => ln _ * t_ k) (fun k => t_ k * u k - ln (sum K (fun k => exp (u k))) * t_ k))
    by (intros; cbv beta; rewrite ln_softmax by assumption; ring).
  rewrite sum_minus, sum_scal_l. eta. rewrite H0. ring.
