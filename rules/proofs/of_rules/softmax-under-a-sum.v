  intros. rewrite <- sum_div_r. apply sum_ext. intros. unfold softmax. field. nonzeros.
