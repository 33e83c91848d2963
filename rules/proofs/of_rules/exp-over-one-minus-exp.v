  (* At u = 0 both divisors are 0. *)
  intros u. destruct (Req_dec u 0) as [-> | N].
  - rewrite Ropp_0, exp_0. replace (1 - 1) with 0 by ring. replace (- 1 + 1) with 0 by ring.
    unfold Rdiv. ring.
  - assert (E : exp u <> 1) by (rewrite <- exp_0; intros E; now apply exp_inv in E).
    rewrite exp_Ropp. pose proof (exp_pos u). field. repeat split; lra.
