(* Finite sums over an index that runs from 0 to n - 1, Kronecker deltas, one entry replaced. *)
From Coq Require Export Reals Lra Lia Arith Bool FunctionalExtensionality.
From Coquelicot Require Export Coquelicot.
Open Scope R_scope.

Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => sum m f + f m end.
Definition delta (i k : nat) : R := if Nat.eqb i k then 1 else 0.
(* The vector o with t in place of entry i; the matrix W with t in place of entry i, j. *)
Definition upd (o : nat -> R) (i : nat) (t : R) : nat -> R :=
  fun k => if Nat.eqb k i then t else o k.
Definition upd2 (W : nat -> nat -> R) (i j : nat) (t : R) : nat -> nat -> R :=
  fun k l => if Nat.eqb k i && Nat.eqb l j then t else W k l.
Definition upd3 (W : nat -> nat -> nat -> R) (i j m : nat) (t : R) : nat -> nat -> nat -> R :=
  fun k l q => if Nat.eqb k i && Nat.eqb l j && Nat.eqb q m then t else W k l q.

Lemma upd_id o i : upd o i (o i) = o.
Proof. extensionality k. unfold upd. destruct (Nat.eqb_spec k i); subst; auto. Qed.
Lemma upd2_id W i j : upd2 W i j (W i j) = W.
Proof.
  extensionality k; extensionality l. unfold upd2.
  destruct (Nat.eqb_spec k i), (Nat.eqb_spec l j); subst; auto.
Qed.
Lemma upd3_id W i j m : upd3 W i j m (W i j m) = W.
Proof.
  extensionality k; extensionality l; extensionality q. unfold upd3.
  destruct (Nat.eqb_spec k i), (Nat.eqb_spec l j), (Nat.eqb_spec q m); subst; auto.
Qed.

Lemma upd_same o i t : upd o i t i = t.
Proof. unfold upd. now rewrite Nat.eqb_refl. Qed.
Lemma upd_other o i t k : k <> i -> upd o i t k = o k.
Proof. intros H. unfold upd. destruct (Nat.eqb_spec k i); tauto. Qed.

Lemma delta_eq i : delta i i = 1.
Proof. unfold delta. now rewrite Nat.eqb_refl. Qed.
Lemma delta_ne i k : i <> k -> delta i k = 0.
Proof. intros H. unfold delta. destruct (Nat.eqb_spec i k); tauto. Qed.
Lemma delta_sym i k : delta i k = delta k i.
Proof. unfold delta. now rewrite Nat.eqb_sym. Qed.
Lemma delta_pow i k n : delta i k ^ S n = delta i k.
Proof. unfold delta. destruct (Nat.eqb i k). apply pow1. simpl. ring. Qed.
Lemma delta_of i k (f : nat -> R) : delta i k * f k = delta i k * f i.
Proof. unfold delta. destruct (Nat.eqb_spec i k); subst; ring. Qed.
Lemma delta_cases i k : (i = k /\ delta i k = 1) \/ (i <> k /\ delta i k = 0).
Proof. destruct (Nat.eq_dec i k); [left; subst|right]; auto using delta_eq, delta_ne. Qed.

Lemma sum_ext n f g : (forall k, (k < n)%nat -> f k = g k) -> sum n f = sum n g.
Proof. induction n; simpl; intros H; auto. rewrite IHn, H; auto. Qed.
Lemma sum_plus n f g : sum n (fun k => f k + g k) = sum n f + sum n g.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.
Lemma sum_minus n f g : sum n (fun k => f k - g k) = sum n f - sum n g.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.
Lemma sum_opp n f : sum n (fun k => - f k) = - sum n f.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.
Lemma sum_scal_l n c f : sum n (fun k => c * f k) = c * sum n f.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.
Lemma sum_scal_r n c f : sum n (fun k => f k * c) = sum n f * c.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.
Lemma sum_div_r n c f : sum n (fun k => f k / c) = sum n f / c.
Proof. apply sum_scal_r. Qed.
Lemma sum_const n c : sum n (fun _ => c) = INR n * c.
Proof. induction n; [simpl; ring|]. rewrite S_INR. simpl sum. rewrite IHn. ring. Qed.
Lemma sum_zero n : sum n (fun _ => 0) = 0.
Proof. rewrite sum_const. ring. Qed.
Lemma sum_swap n m (f : nat -> nat -> R) :
  sum n (fun k => sum m (fun l => f k l)) = sum m (fun l => sum n (fun k => f k l)).
Proof.
  induction n; simpl. now rewrite sum_zero. rewrite IHn. now rewrite sum_plus.
Qed.

(* Outside the range a delta is 0 throughout, within it is 1 once. *)
Lemma sift_none n i f : (n <= i)%nat -> sum n (fun k => delta i k * f k) = 0.
Proof.
  induction n; simpl; intros H; auto. rewrite IHn, delta_ne by lia. ring.
Qed.
Lemma sift n i f : (i < n)%nat -> sum n (fun k => delta i k * f k) = f i.
Proof.
  induction n; intros H. lia. simpl. destruct (Nat.eq_dec i n).
  - subst. rewrite sift_none, delta_eq by lia. ring.
  - rewrite IHn, delta_ne by lia. ring.
Qed.
(* A sum whose terms at k and at i differ from those of another at i alone. *)
Lemma sum_except n i f g : (i < n)%nat -> (forall k, (k < n)%nat -> k <> i -> f k = g k) ->
  sum n f = sum n g + (f i - g i).
Proof.
  intros Hi H. rewrite <- (sift n i (fun k => f k - g k)) by auto. rewrite <- sum_plus.
  apply sum_ext. intros k Hk. destruct (Nat.eq_dec k i).
  - subst. rewrite delta_eq. ring.
  - rewrite delta_ne, H by auto. ring.
Qed.

Lemma sum_nonneg n f : (forall k, (k < n)%nat -> 0 <= f k) -> 0 <= sum n f.
Proof. induction n; simpl; intros H; [lra|]. apply Rplus_le_le_0_compat; auto. Qed.
Lemma sum_pos n f : (0 < n)%nat -> (forall k, (k < n)%nat -> 0 < f k) -> 0 < sum n f.
Proof.
  destruct n; [lia|]; intros _ H. simpl.
  apply Rplus_le_lt_0_compat; [apply sum_nonneg; intros; left|]; auto.
Qed.
Lemma sum_term n f i : (i < n)%nat -> (forall k, (k < n)%nat -> 0 <= f k) -> f i <= sum n f.
Proof.
  induction n; simpl; intros Hi H. lia. destruct (Nat.eq_dec i n).
  - subst. enough (0 <= sum n f) by lra. apply sum_nonneg; auto.
  - assert (f i <= sum n f) by (apply IHn; [lia|auto]). assert (0 <= f n) by auto. lra.
Qed.
Lemma sum_pos_at n f i : (i < n)%nat -> (forall k, (k < n)%nat -> 0 <= f k) -> 0 < f i ->
  0 < sum n f.
Proof. intros Hi H P. pose proof (sum_term n f i Hi H). lra. Qed.
