(* Values at a point whose coordinates are numbers: bounds of exp and ln, and which of two is less. *)
From Derive Require Export Tidy.

(* exp (-1) lies between the partial sums of its series, whose terms alternate and decrease. *)
Lemma inv_e_between n :
  sum_f_R0 (tg_alt (fun i => / INR (fact i))) (S (2 * n)) <= exp (-1)
    <= sum_f_R0 (tg_alt (fun i => / INR (fact i))) (2 * n).
Proof.
  unfold exp; case (exist_exp (-1)) as (x, e); simpl proj1_sig; unfold exp_in in e.
  apply (alternated_series_ineq (fun i => / INR (fact i)) x n).
  - intros k. apply Rinv_le_contravar. apply INR_fact_lt_0.
    apply le_INR, fact_le, Nat.le_succ_diag_r.
  - intros d Hd. destruct (cv_speed_pow_fact 1 d Hd) as (N & HN). exists N. intros k Hk.
    replace (/ INR (fact k)) with (1 ^ k / INR (fact k)) by (rewrite pow1; unfold Rdiv; ring).
    auto.
  - intros d Hd. destruct (e d Hd) as (N & HN). exists N. intros k Hk.
    unfold tg_alt. erewrite sum_eq. apply (HN k Hk). intros; apply Rmult_comm.
Qed.
Lemma e_between : 27182 / 10000 < exp 1 < 27183 / 10000.
Proof.
  assert (E : exp (-1) = / exp 1) by (rewrite <- exp_Ropp; f_equal; lra).
  pose proof (exp_pos 1). pose proof (exp_pos (-1)).
  assert (T : exp 1 * exp (-1) = 1) by (rewrite E; field; lra).
  assert (B : 367878 / 1000000 < exp (-1) < 367885 / 1000000).
  { pose proof (inv_e_between 4) as B. unfold tg_alt in B. cbn [sum_f_R0 Nat.mul Nat.add pow] in B.
    rewrite !fact_simpl, !mult_INR in B. change (INR (fact 0)) with 1 in B.
    rewrite !S_INR in B. change (INR 0) with 0 in B.
    destruct B as (B1 & B2). field_simplify in B1. field_simplify in B2. lra. }
  split; apply (Rmult_lt_reg_r (exp (-1))); lra.
Qed.

Lemma ln_between a : 0 < a -> a <> 1 -> 1 - / a < ln a < a - 1.
Proof.
  intros P N. assert (L : ln a <> 0) by (intros E; apply N; rewrite <- (exp_ln a P), E; apply exp_0).
  pose proof (exp_ineq1 (ln a) L) as U. rewrite exp_ln in U by exact P.
  assert (M : - ln a <> 0) by lra. pose proof (exp_ineq1 (- ln a) M) as V.
  rewrite exp_Ropp, exp_ln in V by exact P. lra.
Qed.

(* The exponential of 1, out of the sight of tactics that look for exponentials. *)
Definition e : R := exp 1.
Lemma exp_whole n a : a = INR n -> exp a = e ^ n.
Proof.
  intros ->. unfold e. induction n. simpl. apply exp_0.
  rewrite S_INR, exp_plus, IHn. simpl. ring.
Qed.
Lemma exp_negative n a : a = - INR n -> exp a = / e ^ n.
Proof. intros ->. now rewrite exp_Ropp, (exp_whole n _ eq_refl). Qed.
Lemma e_power n : (27182 / 10000) ^ n <= e ^ n <= (27183 / 10000) ^ n.
Proof. pose proof e_between. split; apply pow_incr; unfold e; lra. Qed.
Lemma e_pos n : 0 < e ^ n.
Proof. apply pow_lt. unfold e. apply exp_pos. Qed.

(* Indices below a size that is a number, each by itself. *)
Ltac each_index :=
  intros;
  repeat match goal with
  | H : (?k < ?n)%nat |- _ =>
      is_var k; destruct k; [clear H | first [exfalso; lia | apply Nat.succ_lt_mono in H]]
  end.
(* Exponentials and logarithms of numbers: those of whole ones as powers of e. *)
Ltac exp_number a :=
  first [rewrite (exp_whole 0 a) by (simpl; lra) | rewrite (exp_whole 1 a) by (simpl; lra)
        | rewrite (exp_negative 1 a) by (simpl; lra) | rewrite (exp_whole 2 a) by (simpl; lra)
        | rewrite (exp_negative 2 a) by (simpl; lra) | rewrite (exp_whole 3 a) by (simpl; lra)
        | rewrite (exp_negative 3 a) by (simpl; lra) | rewrite (exp_whole 4 a) by (simpl; lra)
        | rewrite (exp_negative 4 a) by (simpl; lra)].
Ltac values :=
  resolve;
  repeat match goal with
  | |- context [rpow ?x ?a] =>
      first [rewrite (rpow_whole 0 x a) by (simpl; lra) | rewrite (rpow_whole 1 x a) by (simpl; lra)
            | rewrite (rpow_whole 2 x a) by (simpl; lra) | rewrite (rpow_pos x a) by lra]
  | |- context [ln ?a] => replace (ln a) with 0 by (rewrite <- ln_1; f_equal; lra)
  | |- context [exp ?a] => exp_number a
  end.
Ltac number_facts :=
  pose proof (e_between : 27182 / 10000 < e < 27183 / 10000);
  repeat match goal with
  | |- context [e ^ ?n] => learn ((27182 / 10000) ^ n <= e ^ n <= (27183 / 10000) ^ n) (e_power n)
  | |- context [ln ?a] => learn (1 - / a < ln a < a - 1) (ln_between a ltac:(lra) ltac:(lra))
  | |- context [ln ?a] =>
      match goal with
      | |- context [ln ?b] =>
          tryif constr_eq a b then fail
          else learn (ln a < ln b) (ln_increasing a b ltac:(lra) ltac:(lra))
      end
  | |- context [sqrt ?a] => learn (0 < sqrt a) (sqrt_lt_R0 a ltac:(lra))
  end.
Ltac number_pos := solve [number_facts; first [lra | nra]].
Ltac number_nonzero := conjuncts; apply Rgt_not_eq; unfold Rgt; number_pos.
(* One number is less than another. *)
Ltac less_here :=
  apply Rminus_gt_0_lt; values;
  first [number_pos |
    match goal with |- 0 < ?d => field_simplify d; [|number_nonzero ..] end;
    first [number_pos | apply Rdiv_lt_0_compat; number_pos]].
(* What the types and the conditions ask of a point. *)
Ltac holds_here :=
  first [lia | lra | split; holds_here | left; holds_here | right; holds_here
        | apply Rlt_not_eq; less_here | apply Rgt_not_eq; less_here | less_here].
