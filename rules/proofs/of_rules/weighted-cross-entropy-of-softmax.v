  intros.
  rewrite (sum_ext K (fun k => ln _ * t_ k * w k)
             (fun k => t_ k * w k * u k - ln (sum K (fun k => exp (u k))) * (t_ k * w k)))
    by (intros; cbv beta; rewrite ln_softmax by assumption; ring).
  rewrite sum_minus, sum_scal_l. ring.
