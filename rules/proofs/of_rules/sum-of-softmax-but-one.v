  intros. rewrite (sum_except K m _ (fun k => softmax K (fun k1 => u k1) k))
    by (assumption || (intros; cbv beta; rewrite (proj2 (Nat.eqb_neq _ _)) by auto; reflexivity)).
  cbv beta. rewrite softmax_sum, Nat.eqb_refl by assumption. cbn [negb]. ring.
