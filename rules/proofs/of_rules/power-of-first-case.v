  intros. destruct c; [reflexivity|]. unfold rpow. destruct (Rlt_dec 0 0); [lra|].
  destruct (Req_EM_T p 0); [lra | reflexivity].
