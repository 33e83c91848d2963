  intros.
  rewrite (sum_except K m (fun k => if negb (Nat.eqb k m) then exp (u k) else 0)
             (fun k => exp (delta k m * v + u k)))
    by (assumption || (intros; cbv beta; rewrite delta_ne, (proj2 (Nat.eqb_neq _ _)) by auto;
                       cbn [negb]; f_equal; ring)).
  cbv beta. rewrite delta_eq, Nat.eqb_refl, Rmult_1_l. cbn [negb]. ring.
