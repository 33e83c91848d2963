  intros. apply is_derive_unique. unfold upd3, delta. rewrite (Nat.eqb_sym i j).
  destruct (Nat.eqb j i), (Nat.eqb l m), (Nat.eqb p q); cbn [andb];
    (eapply der_eq; [apply der_id || apply der_const | ring]).
