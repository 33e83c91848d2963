  intros. assert (P : 0 < 1 + rpow c u) by (pose proof (rpow_gt0 c u); lra).
  rewrite (rpow_pos (1 + rpow c u)), (rpow_pos (sigmoid _)) by auto using sigmoid_pos.
  f_equal. unfold sigmoid. rewrite (rpow_pos c) in * by lra.
  replace (- - (ln c * u)) with (u * ln c) by ring. rewrite ln_Rinv by exact P. ring.
