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
Lemma der_maximum n c (g : R -> nat -> R) (g' : nat -> R) x j : (j < n)%nat -> c j = true ->
  largest_at n c (g x) j -> (forall k, (k < n)%nat -> is_derive (fun t => g t k) x (g' k)) ->
  is_derive (fun t => maximum n c (g t)) x (g' j).
Proof.
  intros J C U D. apply is_derive_ext_loc with (f := fun t => g t j); [|auto].
  apply (filter_imp (fun t => largest_at n c (g t) j)).
  - intros t P. unfold maximum. now rewrite (largest_unique n c (g t) j).
  - apply (largest_near n c (fun k t => g t k)); auto. intros k Hk. eexists. now apply D.
Qed.
Lemma der_argmax n c (g : R -> nat -> R) (g' : nat -> R) (f : nat -> R) x j :
  (j < n)%nat -> c j = true ->
  largest_at n c (g x) j -> (forall k, (k < n)%nat -> is_derive (fun t => g t k) x (g' k)) ->
  is_derive (fun t => f (argmax n c (g t))) x 0.
Proof.
  intros J C U D. apply is_derive_ext_loc with (f := fun t => f j); [|apply der_const].
  apply (filter_imp (fun t => largest_at n c (g t) j)).
  - intros t P. unfold argmax. now rewrite (largest_unique n c (g t) j).
  - apply (largest_near n c (fun k t => g t k)); auto. intros k Hk. eexists. now apply D.
Qed.
(* The largest term by its index, which gets a name. *)
Ltac largest_known :=
  repeat match goal with
  | U : unique_maximum ?n ?c ?v |- _ =>
      let j := fresh "j" in
      let J := fresh "J" in
      let C := fresh "C" in
      destruct U as (j & J & C & U);
      assert (argmax n c v = j) by (unfold argmax; now rewrite (largest_unique n c v j J C U));
      assert (maximum n c v = v j) by (unfold maximum; now rewrite (largest_unique n c v j J C U))
  end.
Ltac largest_here :=
  repeat match goal with
  | A : argmax _ _ _ = _ |- _ => progress rewrite A
  | A : maximum _ _ _ = _ |- _ => progress rewrite A
  end.
Ltac same_largest :=
  let k := fresh "k" in
  let K := fresh in
  let C := fresh in
  let N := fresh in
  intros k K C N;
  match goal with U : largest_at _ _ _ _ |- _ => specialize (U k K C N); cbv beta in U end;
  at_point; lra.
Ltac der_last ::=
  match goal with
  | J : (?j < ?n)%nat, U : largest_at ?n _ _ ?j
    |- is_derive (fun t => maximum ?n ?c (@?g t)) ?x _ =>
      eapply (der_maximum n c g _ x j); [exact J | assumption | same_largest | intros; der]
  | J : (?j < ?n)%nat, U : largest_at ?n _ _ ?j
    |- is_derive (fun t => delta ?i (argmax ?n ?c (@?g t))) ?x _ =>
      eapply (der_argmax n c g _ (delta i) x j);
      [exact J | assumption | same_largest | intros; der]
  | |- _ => idtac
  end.
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
