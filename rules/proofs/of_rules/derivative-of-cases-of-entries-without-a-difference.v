  intros. cbv beta. destruct (Nat.eqb_spec j k) as [->|N].
  - apply Derive_ext. intros t. unfold Reqb. destruct (Req_EM_T _ _); cbn [negb]; [reflexivity|].
    exfalso. lra.
  - apply Derive_ext_loc, (filter_imp (fun t => upd v i t j <> upd v i t k)).
    + intros t T. unfold Reqb. destruct (Req_EM_T _ _); cbn [negb]; [exfalso; apply T; lra | reflexivity].
    + apply near_unlike; [eexists; apply der_upd .. |]. rewrite upd_id.
      match goal with H : _ \/ _ |- _ => destruct H; [contradiction | assumption] end.
