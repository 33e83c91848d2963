(* The largest of the terms that a filter lets pass, and the first index at which it stands. *)
From Derive Require Export Tidy.

Fixpoint largest (n : nat) (c : nat -> bool) (f : nat -> R) : option nat :=
  match n with
  | O => None
  | S m =>
      if c m then
        match largest m c f with
        | Some i => if Rlt_dec (f i) (f m) then Some m else Some i
        | None => Some m
        end
      else largest m c f
  end.
(* Of no terms there is none: no index, and the number 0. *)
Definition argmax (n : nat) (c : nat -> bool) (f : nat -> R) : nat :=
  match largest n c f with Some i => i | None => n end.
Definition maximum (n : nat) (c : nat -> bool) (f : nat -> R) : R :=
  match largest n c f with Some i => f i | None => 0 end.
Definition largest_at (n : nat) (c : nat -> bool) (f : nat -> R) (i : nat) : Prop :=
  forall k, (k < n)%nat -> c k = true -> k <> i -> f k < f i.
Definition unique_maximum (n : nat) (c : nat -> bool) (f : nat -> R) : Prop :=
  exists i, (i < n)%nat /\ c i = true /\ largest_at n c f i.

Lemma largest_within n c f i : largest n c f = Some i -> (i < n)%nat /\ c i = true.
Proof.
  revert i. induction n; simpl; intros i; [discriminate|].
  destruct (c n) eqn:C.
  - destruct (largest n c f) as [j|]; [destruct (Rlt_dec (f j) (f n))|]; intros [= <-];
      [split; [lia | auto] | destruct (IHn j eq_refl); split; [lia | auto] | split; [lia | auto]].
  - intros H. destruct (IHn i H). split; [lia | auto].
Qed.
Lemma largest_unique n c f i : (i < n)%nat -> c i = true -> largest_at n c f i ->
  largest n c f = Some i.
Proof.
  induction n; intros I C U; [lia|]. simpl. destruct (Nat.eq_dec i n) as [->|N].
  - rewrite C. destruct (largest n c f) as [j|] eqn:E; auto.
    destruct (largest_within n c f j E).
    destruct (Rlt_dec (f j) (f n)) as [|M]; auto. exfalso. apply M, U; [lia | auto | lia].
  - rewrite IHn by (try lia; auto; intros k ? ? ?; apply U; auto).
    destruct (c n) eqn:D; auto. destruct (Rlt_dec (f i) (f n)) as [M|]; auto.
    exfalso. specialize (U n (Nat.lt_succ_diag_r n) D (not_eq_sym N)). lra.
Qed.
(* Near a point, the largest term stays the largest. *)
Lemma largest_near n c (f : nat -> R -> R) x i : (forall k, (k < n)%nat -> ex_derive (f k) x) ->
  (i < n)%nat -> largest_at n c (fun k => f k x) i -> locally x (fun t => largest_at n c (fun k => f k t) i).
Proof.
  intros D I. pose proof (D i I) as E. clear I. revert D. induction n; intros D U.
  - apply filter_forall. intros t k Hk. lia.
  - apply (filter_imp (fun t => largest_at n c (fun k => f k t) i /\
                                (c n = true -> n <> i -> f n t < f i t))).
    + intros t [P Q] k Hk. destruct (Nat.eq_dec k n) as [->|]; auto. apply P. lia.
    + apply filter_and. { apply IHn. auto. intros k Hk. apply U. lia. }
      destruct (c n) eqn:C; [|apply filter_forall; discriminate].
      destruct (Nat.eq_dec n i) as [|N]; [apply filter_forall; tauto|].
      apply (filter_imp (fun t => f n t - f i t < 0)). { intros. lra. }
      apply (cont_derive (fun t => f n t - f i t) x) with (P := fun v => v < 0).
      { exact (ex_derive_minus (f n) (f i) x (D n (Nat.lt_succ_diag_r n)) E). }
      apply (open_lt 0). specialize (U n (Nat.lt_succ_diag_r n) C N). cbv beta in U. lra.
Qed.
(* The derivative at a point where the largest term is alone: that with its index written out. *)
Ltac largest_stays :=
  unfold argmax, maximum;
  match goal with
  | U : unique_maximum ?n ?c ?v |- Derive _ ?x = _ =>
      let j := fresh "j" in
      let J := fresh "J" in
      let C := fresh "C" in
      destruct U as (j & J & C & U);
      rewrite ?(largest_unique n c v j J C U);
      let f := eval pattern x in v in
      lazymatch f with
      | ?g _ =>
          etransitivity;
          [eapply Derive_ext_loc; eapply filter_imp;
           [|exact (largest_near n c (fun k t => g t k) x j
                      ltac:(cbv beta; auto) J U)];
           intros t P; cbv beta in *; rewrite (largest_unique _ _ _ j J C P); reflexivity |]
      end
  end.
Ltac slope_of_largest :=
  largest_stays;
  first [reflexivity | apply Derive_const
        | match goal with
          | |- _ = sum ?n (fun k => delta k ?i * @?g k) =>
              rewrite (sum_ext n _ (fun k => delta i k * g k)), sift
                by (auto; intros; now rewrite delta_sym); reflexivity
          end].
