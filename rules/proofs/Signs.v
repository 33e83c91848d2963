(* Tactics that show that a term is positive, nonnegative, or not 0. *)
From Derive Require Export Functions.

Lemma pow2_pos x : x <> 0 -> 0 < x ^ 2.
Proof. intros. replace (x ^ 2) with (Rsqr x) by (unfold Rsqr; ring). now apply Rsqr_pos_lt. Qed.

Lemma quotient_pos a b : 0 < b * a -> 0 < a / b.
Proof.
  intros H. assert (b <> 0) by (intros ->; lra).
  replace (a / b) with (b * a * / b ^ 2) by (field; auto).
  apply Rmult_lt_0_compat; auto. now apply Rinv_0_lt_compat, pow2_pos.
Qed.

(* What is known of the functions that occur in the goal. *)
Ltac learn P t :=
  lazymatch goal with
  | H : P |- _ => fail
  | _ => pose proof (t : P)
  end.
Ltac plainly_pos :=
  repeat first [assumption | apply exp_pos | apply Rinv_0_lt_compat | apply Rmult_lt_0_compat].
Ltac facts :=
  repeat match goal with
  | |- context [exp ?u] => learn (0 < exp u) (exp_pos u)
  | |- context [exp ?u] => learn (0 < exp u - 1) (exp_gt1 u ltac:(plainly_pos))
  | |- context [sigmoid ?u] => learn (0 < sigmoid u) (sigmoid_pos u)
  | |- context [sigmoid ?u] => learn (0 < 1 - sigmoid u) (sigmoid_lt1 u)
  | |- context [atan ?u] => learn (- PI / 2 < atan u < PI / 2) (atan_bound u)
  | |- context [PI] => learn (0 < PI) PI_RGT_0
  | |- context [Rabs ?u] => learn (0 <= Rabs u) (Rabs_pos u)
  | |- context [?u ^ 2] => learn (0 <= u ^ 2) (pow2_ge_0 u)
  end.
(* What is known of all entries, of those at the indices here. *)
Ltac instances :=
  repeat match goal with
  | H : forall k, (k < ?n)%nat -> @?P k, I : (?i < ?n)%nat |- _ =>
      let T := eval cbv beta in (P i) in
      lazymatch T with
      | _ < _ => learn T (H i I)
      | _ <= _ => learn T (H i I)
      | _ <> _ => learn T (H i I)
      end
  end.
(* Values of increasing functions at two places in a known order. *)
Ltac orders :=
  repeat match goal with
  | |- context [exp ?a] =>
      match goal with
      | |- context [exp ?b] =>
          tryif constr_eq a b then fail
          else learn (exp a < exp b) (exp_increasing a b ltac:(lra))
      end
  | H : forall x, is_derive ?F x (phi x) |- context [?F ?a] =>
      match goal with
      | |- context [F ?b] =>
          tryif constr_eq a b then fail
          else learn (0 < F b - F a) (rises F phi a b H phi_pos ltac:(lra))
      end
  end.
Ltac conjuncts := repeat match goal with |- _ /\ _ => split end.
Ltac search := facts; first [lra | orders; lra | nra].
Ltac pos :=
  solve [assumption | lra |
  match goal with
  | |- 0 < exp _ => apply exp_pos
  | |- 0 < sigmoid _ => apply sigmoid_pos
  | |- 0 < 1 - sigmoid _ => apply sigmoid_lt1
  | |- 0 < softplus _ => apply softplus_pos
  | |- 0 < sigmoid _ - sigmoid _ => apply sigmoid_rises; lra
  | |- 0 < - ?a + ?b => rewrite (Rplus_comm (- a) b); change (0 < b - a); pos
  | |- 0 < phi _ => apply phi_pos
  | H : forall x, is_derive ?F x (phi x) |- 0 < ?F _ - ?F _ =>
      apply (rises F phi); [exact H | exact phi_pos | less]
  | H : 0 <> ?a |- 0 < ?a =>
      assert (0 <= a) by nneg; destruct (Rle_lt_or_eq_dec 0 a); [assumption .. | contradiction]
  | H : forall x, 0 < ?F x |- 0 < ?F _ => apply H
  | |- 0 < cosh _ => apply cosh_pos
  | |- 0 < softmax _ _ _ => apply softmax_pos; assumption
  | |- 0 < rpow _ _ => apply rpow_gt0; pos
  | |- 0 < PI => apply PI_RGT_0
  | |- 0 < INR _ => apply lt_0_INR; assumption
  | |- 0 < sqrt _ => apply sqrt_lt_R0; pos
  | |- 0 < exp _ - 1 => apply exp_gt1; pos
  | |- 0 < 1 - exp _ => apply exp_lt1; neg
  | |- 0 < 1 - / exp _ => apply inv_exp_lt1; pos
  | |- 0 < ln (1 + _) => rewrite <- ln_1; apply ln_increasing; [lra|]; apply Rminus_gt_0_lt; ring_simplify; pos
  | |- 0 < ?a * ?b => apply Rmult_lt_0_compat; pos
  | |- 0 < / ?a => apply Rinv_0_lt_compat; pos
  | H : 0 < _ * _ |- 0 < ?a / ?b => apply quotient_pos;
      match type of H with 0 < ?h => match goal with |- 0 < ?e => replace e with h by ring end end; exact H
  | |- 0 < ?a / ?b => apply Rdiv_lt_0_compat; pos
  | |- 0 < ?a ^ 2 => apply pow2_pos; nonzero
  | |- 0 < ?a ^ _ => apply pow_lt; pos
  | |- 0 < Rabs ?a => apply Rabs_pos_lt; nonzero
  | |- 0 < sum _ _ => solve [apply sum_pos; [assumption | intros; pos]]
  | I : (?i < ?n)%nat |- 0 < sum ?n _ =>
      apply (sum_pos_at n _ i); [exact I | intros; nneg | cbv beta; rewrite ?Nat.leb_refl; pos]
  | |- 0 < ?a + ?b => first [apply Rplus_lt_0_compat; pos
                            | apply Rplus_lt_le_0_compat; [pos | nneg]
                            | apply Rplus_le_lt_0_compat; [nneg | pos]]
  | H : 0 < sum ?n ?f |- 0 < sum ?n ?g =>
      replace (sum n g) with (sum n f) by (apply sum_ext; intros; ring); exact H
  | H : forall k, (k < _)%nat -> 0 < _ |- 0 < _ => apply H; assumption
  | H : forall k, (k < _)%nat -> _ /\ _ |- 0 < _ => apply H; assumption
  end | search ]
with nneg :=
  solve [assumption | lra |
  match goal with
  | |- 0 <= Rabs _ => apply Rabs_pos
  | |- 0 <= ?a ^ 2 => apply pow2_ge_0
  | |- 0 <= ?a ^ _ => apply pow_le; nneg
  | |- 0 <= sqrt _ => apply sqrt_pos
  | |- 0 <= if ?c then _ else _ => destruct c; nneg
  | |- 0 <= Rmax 0 _ => apply Rmax_l
  | |- 0 <= ?a * ?b => apply Rmult_le_pos; nneg
  | |- 0 <= ?a / ?b => apply Rmult_le_pos; [nneg | left; pos]
  | |- 0 <= ?a + ?b => apply Rplus_le_le_0_compat; nneg
  | |- 0 <= sum _ _ => apply sum_nonneg; intros; nneg
  | H : forall k, (k < _)%nat -> 0 <= _ |- 0 <= _ => apply H; assumption
  | H : forall k, (k < _)%nat -> _ = 0 \/ _ = 1 |- 0 <= ?y ?i => destruct (H i); [assumption | lra ..]
  | H : ?y = 0 \/ ?y = 1 |- 0 <= ?y => destruct H; lra
  | H : forall k, (k < _)%nat -> _ < 1 |- 0 <= 1 - ?y ?i => assert (y i < 1) by (apply H; assumption); lra
  | |- 0 <= _ => left; pos
  end | search ]
with neg :=
  solve [lra |
  match goal with
  | H : 0 < ?a * ?b |- ?b < 0 => nra
  | |- - ?a < 0 => apply Ropp_lt_gt_0_contravar; unfold Rgt; pos
  end | search ]
with less :=
  solve [lra | match goal with |- ?a / ?c < ?b / ?c =>
                 apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; pos | lra] end]
(* What stands above, once a known inequality is cleared of its denominators. *)
with cleared :=
  match goal with
  | H : ?a < ?b |- ?e <> 0 => cleared_of (Rlt_not_eq a b H) a b H
  | H : ?a <> ?b |- ?e <> 0 => cleared_of H a b H
  end
with cleared_of N a b H :=
  lazymatch constr:((a, b)) with
  | context [/ _] => cleared_here N H
  | context [_ / _] => cleared_here N H
  end
with cleared_here N H :=
  let E := fresh in
  intros E; apply N; field_simplify_eq; [first [lra | nra] | clear H E; conjuncts; nonzero ..]
with nonzero :=
  solve [assumption | apply not_eq_sym; assumption | lra |
  match goal with H : ?a <> ?b |- _ => intros ?; apply H; lra end |
  match goal with
  | H : 0 < ?a * ?b |- _ <> 0 =>
      let E := fresh in intros E; apply (Rlt_not_eq _ _ H); symmetry;
      first [replace a with 0 by lra | replace b with 0 by lra]; ring
  | |- exp _ <> 0 => apply Rgt_not_eq, exp_pos
  | |- ?a * ?b <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
  | |- ?a ^ _ <> 0 => apply pow_nonzero; nonzero
  | |- / ?a <> 0 => apply Rinv_neq_0_compat; nonzero
  | |- ?a / ?b <> 0 => unfold Rdiv; apply Rmult_integral_contrapositive_currified; nonzero
  | |- INR _ <> 0 => apply not_0_INR; lia
  | |- - ?a <> 0 => apply Ropp_neq_0_compat; nonzero
  | |- _ => apply Rgt_not_eq; unfold Rgt; pos
  | |- ?a - ?b <> 0 => let H := fresh in intros H; apply Rminus_diag_uniq in H; revert H;
                       first [assumption | match goal with H : _ |- _ => apply H; assumption end]
  | |- _ => apply Rlt_not_eq; apply Ropp_lt_cancel; rewrite Ropp_0; pos
  end | cleared].
