  intros. unfold Rltb. destruct (Rlt_dec v u); [ring|]. rewrite Rmax_left by lra. ring.
