  intros. apply Derive_ext_loc, (filter_imp (fun t => a t <> b t)); [|now apply near_unlike].
  intros t T. unfold Reqb. destruct (Req_EM_T _ _); [contradiction | reflexivity].
