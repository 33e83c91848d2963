  intros. apply sum_ext. intros. cbv beta. unfold Rltb. destruct (Rlt_dec 0 (u k)); [reflexivity|].
  rewrite Rmax_left by lra. ring.
