(* The functions of the notation that the Reals do not have. *)
From Derive Require Export Sums.

Definition sigmoid (u : R) : R := / (1 + exp (- u)).
Definition softplus (u : R) : R := ln (1 + exp u).
Definition softmax (n : nat) (v : nat -> R) (i : nat) : R := exp (v i) / sum n (fun k => exp (v k)).
Definition logsumexp (n : nat) (v : nat -> R) : R := ln (sum n (fun k => exp (v k))).
Definition sgn (u : R) : R := if Rlt_dec 0 u then 1 else if Rlt_dec u 0 then -1 else 0.
(* The density of the standard normal distribution. *)
Definition phi (u : R) : R := exp (- u ^ 2 / 2) / sqrt (2 * PI).
(* A power with any exponent of a nonnegative base; of a positive base it is exp (a ln x). *)
Definition rpow (x a : R) : R :=
  if Rlt_dec 0 x then exp (a * ln x) else if Req_EM_T a 0 then 1 else 0.
(* Comparisons that a formula chooses by. *)
Definition Rltb (a b : R) : bool := if Rlt_dec a b then true else false.
Definition Rleb (a b : R) : bool := if Rle_dec a b then true else false.
Definition Reqb (a b : R) : bool := if Req_EM_T a b then true else false.

Lemma rpow_pos x a : 0 < x -> rpow x a = exp (a * ln x).
Proof. intros. unfold rpow. destruct (Rlt_dec 0 x); tauto. Qed.
Lemma rpow_gt0 x a : 0 < x -> 0 < rpow x a.
Proof. intros. rewrite rpow_pos by auto. apply exp_pos. Qed.
Lemma sigmoid_pos u : 0 < sigmoid u.
Proof. unfold sigmoid. apply Rinv_0_lt_compat. pose proof (exp_pos (- u)). lra. Qed.
Lemma sigmoid_opp u : sigmoid (- u) = 1 - sigmoid u.
Proof.
  unfold sigmoid. rewrite Ropp_involutive, exp_Ropp. pose proof (exp_pos u). field. lra.
Qed.
Lemma sigmoid_lt1 u : 0 < 1 - sigmoid u.
Proof. rewrite <- sigmoid_opp. apply sigmoid_pos. Qed.
Lemma sigmoid_rises u v : u < v -> 0 < sigmoid v - sigmoid u.
Proof.
  intros. unfold sigmoid. pose proof (exp_pos (- u)). pose proof (exp_pos (- v)).
  assert (exp (- v) < exp (- u)) by (apply exp_increasing; lra).
  assert (/ (1 + exp (- u)) < / (1 + exp (- v))) by (apply Rinv_lt_contravar; nra). lra.
Qed.
Lemma softplus_pos u : 0 < softplus u.
Proof. unfold softplus. rewrite <- ln_1. pose proof (exp_pos u). apply ln_increasing; lra. Qed.
Lemma sum_exp_pos n v : (0 < n)%nat -> 0 < sum n (fun k => exp (v k)).
Proof. intros. apply sum_pos; auto. intros. apply exp_pos. Qed.
Lemma softmax_pos n v i : (0 < n)%nat -> 0 < softmax n v i.
Proof. intros. apply Rdiv_lt_0_compat; auto using exp_pos, sum_exp_pos. Qed.
Lemma softmax_sum n v : (0 < n)%nat -> sum n (fun i => softmax n v i) = 1.
Proof.
  intros. unfold softmax. rewrite sum_div_r. pose proof (sum_exp_pos n v H). field. lra.
Qed.
Lemma sgn_pos u : 0 < u -> sgn u = 1.
Proof. intros. unfold sgn. destruct (Rlt_dec 0 u); lra. Qed.
Lemma sgn_neg u : u < 0 -> sgn u = -1.
Proof. intros. unfold sgn. destruct (Rlt_dec 0 u), (Rlt_dec u 0); lra. Qed.
Lemma sgn_0 : sgn 0 = 0.
Proof. unfold sgn. destruct (Rlt_dec 0 0); lra. Qed.
Lemma exp_gt1 u : 0 < u -> 0 < exp u - 1.
Proof. intros. rewrite <- exp_0. pose proof (exp_increasing 0 u H). lra. Qed.
Lemma exp_lt1 u : u < 0 -> 0 < 1 - exp u.
Proof. intros. rewrite <- exp_0. pose proof (exp_increasing u 0 H). lra. Qed.
Lemma inv_exp_lt1 u : 0 < u -> 0 < 1 - / exp u.
Proof. intros. rewrite <- exp_Ropp. apply exp_lt1. lra. Qed.
Lemma phi_pos u : 0 < phi u.
Proof.
  unfold phi. apply Rdiv_lt_0_compat. apply exp_pos. apply sqrt_lt_R0.
  pose proof PI_RGT_0. lra.
Qed.
Lemma phi_opp u : phi (- u) = phi u.
Proof. unfold phi. do 3 f_equal. ring. Qed.
Lemma cosh_pos u : 0 < cosh u.
Proof. unfold cosh. pose proof (exp_pos u). pose proof (exp_pos (- u)). lra. Qed.
Lemma Rltb_true a b : a < b -> Rltb a b = true.
Proof. unfold Rltb. destruct (Rlt_dec a b); tauto. Qed.
Lemma Rltb_false a b : b <= a -> Rltb a b = false.
Proof. intros. unfold Rltb. destruct (Rlt_dec a b); auto; lra. Qed.
Lemma Rleb_true a b : a <= b -> Rleb a b = true.
Proof. unfold Rleb. destruct (Rle_dec a b); tauto. Qed.
Lemma Rleb_false a b : b < a -> Rleb a b = false.
Proof. intros. unfold Rleb. destruct (Rle_dec a b); auto; lra. Qed.
Lemma Rltb_spec a b : reflect (a < b) (Rltb a b).
Proof. unfold Rltb. destruct (Rlt_dec a b); now constructor. Qed.
Lemma Rleb_spec a b : reflect (a <= b) (Rleb a b).
Proof. unfold Rleb. destruct (Rle_dec a b); now constructor. Qed.
Lemma Reqb_spec a b : reflect (a = b) (Reqb a b).
Proof. unfold Reqb. destruct (Req_EM_T a b); now constructor. Qed.
(* What it means that a test has come out so. *)
Ltac tests :=
  repeat match goal with
  | H : (_ && _)%bool = true |- _ => apply andb_prop in H; destruct H
  | H : (_ || _)%bool = false |- _ => apply orb_false_elim in H; destruct H
  | H : negb _ = true |- _ => apply negb_true_iff in H
  | H : negb _ = false |- _ => apply negb_false_iff in H
  | H : Nat.eqb _ _ = true |- _ => apply Nat.eqb_eq in H
  | H : Nat.eqb _ _ = false |- _ => apply Nat.eqb_neq in H
  | H : Rltb ?a ?b = _ |- _ => destruct (Rltb_spec a b); try discriminate H; clear H
  | H : Rleb ?a ?b = _ |- _ => destruct (Rleb_spec a b); try discriminate H; clear H
  | H : Reqb ?a ?b = _ |- _ => destruct (Reqb_spec a b); try discriminate H; clear H
  end.
Lemma rises (F f : R -> R) x y : (forall t, is_derive F t (f t)) -> (forall t, 0 < f t) ->
  x < y -> 0 < F y - F x.
Proof.
  intros D P H. assert (F x < F y); [|lra].
  apply (incr_function F m_infty p_infty f); simpl; auto. intros; apply P.
Qed.
