  intros. rewrite sum_swap.
  rewrite (sum_ext J (fun l => sum K (fun k => t_ l k)) (fun _ => 1))
    by (intros; eta; auto).
  rewrite sum_const. ring.
