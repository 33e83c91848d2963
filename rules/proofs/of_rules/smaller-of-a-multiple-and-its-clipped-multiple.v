  intros. unfold Rltb. destruct (Rlt_dec 0 c); unfold Rmin, Rmax;
    repeat destruct (Rle_dec _ _); nra.
