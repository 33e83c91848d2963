  intros. rewrite (Derive_ext_loc _ (fun _ => 0)); [apply Derive_const|].
  apply (filter_imp (fun t => 0 < u t)).
  - intros t T. unfold rpow. destruct (Rlt_dec 0 0); [lra|].
    destruct (Req_EM_T (u t) 0); [lra | reflexivity].
  - apply (near_less (fun _ => 0) u); [apply ex_derive_const | assumption | assumption].
