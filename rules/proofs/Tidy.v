(* Tactics that show that two terms are equal. *)
From Derive Require Export Derivatives.

Lemma binary_square y : y = 0 \/ y = 1 -> y ^ 2 = y.
Proof. intros [-> | ->]; ring. Qed.
Lemma sqrt_square x : 0 <= x -> sqrt x ^ 2 = x.
Proof. intros. rewrite <- Rsqr_pow2. now apply Rsqr_sqrt. Qed.

Ltac at_point := cbv beta; rewrite ?upd_id, ?upd2_id, ?upd3_id.
(* What a derivative needs of a formula at its point. *)
Ltac side :=
  at_point;
  match goal with
  | |- 0 < _ => pos
  | |- _ <> 0 => nonzero
  end.
Ltac powers :=
  repeat match goal with |- context [rpow ?x ?a] => rewrite (rpow_pos x a) by (at_point; pos) end.
(* exp u as products of exponentials: u is the sum of their exponents. *)
Ltac exponent u e :=
  try replace (exp u) with e by
    (rewrite <- ?exp_Ropp, <- ?exp_plus; f_equal; field; conjuncts; nonzero).
Ltac literals := cbn [Z.of_nat Pos.of_succ_nat Pos.succ Nat.pred].
Ltac nonzeros := conjuncts; nonzero.
