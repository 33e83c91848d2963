(* What hypotheses say of a variable holds near its value, too, where they are strict. *)
From Derive Require Export RuleTactics.

Lemma near_keep (x : R) (P Q : R -> Prop) : locally x P -> locally x (fun t => P t -> Q t) ->
  locally x Q.
Proof. intros H I. apply (filter_imp (fun t => P t /\ (P t -> Q t))); [tauto|]. now apply filter_and. Qed.
Lemma near_each (x : R) n (P : R -> nat -> Prop) :
  (forall k, (k < n)%nat -> locally x (fun t => P t k)) ->
  locally x (fun t => forall k, (k < n)%nat -> P t k).
Proof.
  induction n; intros H. { apply filter_forall. intros. lia. }
  apply (filter_imp (fun t => P t n /\ forall k, (k < n)%nat -> P t k)).
  - intros t [A B] k K. destruct (Nat.eq_dec k n) as [->|]; auto. apply B. lia.
  - apply filter_and; auto.
Qed.
Lemma near_less (f g : R -> R) (x : R) : ex_derive f x -> ex_derive g x -> f x < g x ->
  locally x (fun t => f t < g t).
Proof.
  intros F G H. apply (filter_imp (fun t => f t - g t < 0)). { intros. lra. }
  apply (cont_derive _ x (ex_derive_minus f g x F G)) with (P := fun v => v < 0).
  apply (open_lt 0). unfold minus, plus, opp; simpl. lra.
Qed.
Lemma near_unlike (f g : R -> R) (x : R) : ex_derive f x -> ex_derive g x -> f x <> g x ->
  locally x (fun t => f t <> g t).
Proof.
  intros F G H. destruct (Rdichotomy _ _ H).
  - apply (filter_imp (fun t => f t < g t)). { intros. lra. } now apply near_less.
  - apply (filter_imp (fun t => g t < f t)). { intros. lra. } now apply near_less.
Qed.

Ltac here_too := at_point; first [assumption | match goal with H : _ |- _ => apply H; assumption end].
Ltac holds_nearby :=
  cbv beta;
  lazymatch goal with
  | |- locally _ (fun t => forall k, (k < _)%nat -> _) => apply near_each; intros; holds_nearby
  | |- locally _ (fun t => _ /\ _) => apply filter_and; holds_nearby
  | |- locally _ (fun t => @?f t < @?g t) =>
      apply (near_less f g); [eexists; der; side | eexists; der; side | here_too]
  | |- locally _ (fun t => @?f t <> @?g t) =>
      apply (near_unlike f g); [eexists; der; side | eexists; der; side | here_too]
  end.
(* The proposition P with t in the place of the variable that has the value x. *)
Ltac with_moved P x :=
  lazymatch x with
  | ?v ?i => lazymatch P with context [v] =>
      let F := eval pattern v in P in
      lazymatch F with ?F _ => constr:(fun t : R => F (upd v i t)) end end
  | ?W ?i ?j => lazymatch P with context [W] =>
      let F := eval pattern W in P in
      lazymatch F with ?F _ => constr:(fun t : R => F (upd2 W i j t)) end end
  | _ => lazymatch P with context [x] =>
      let F := eval pattern x in P in lazymatch F with ?F _ => F end end
  end.
(* Where something is to hold near x: what the hypotheses say there is at hand. *)
Ltac nearby :=
  repeat match goal with
  | H : ?P |- locally ?x _ =>
      lazymatch type of P with Prop => idtac end;
      lazymatch P with locally _ _ => fail | _ => idtac end;
      let Q := with_moved P x in
      let Q := eval cbv beta in Q in
      lazymatch goal with N : locally x Q |- _ => fail | _ => idtac end;
      let N := fresh in assert (N : locally x Q) by holds_nearby
  end;
  repeat match goal with N : locally ?x ?Q |- locally ?x _ => apply (near_keep x Q _ N); clear N end;
  apply filter_forall; cbv beta; intros.
(* The derivative of cases by whether the entries j and k of v are equal, where these differ or
   are one. *)
Ltac entries_compared v i j k :=
  cbv beta; destruct (Nat.eqb_spec j k) as [->|N];
  [apply Derive_ext; intros t; unfold Reqb; destruct (Req_EM_T _ _); cbn [negb];
     [reflexivity | exfalso; lra] |
   apply Derive_ext_loc, (filter_imp (fun t => upd v i t j <> upd v i t k));
     [let T := fresh in
      intros t T; unfold Reqb; destruct (Req_EM_T _ _); cbn [negb];
        [exfalso; apply T; lra | reflexivity] |
      apply near_unlike; [eexists; apply der_upd .. |]; rewrite upd_id;
        match goal with H : _ \/ _ |- _ => destruct H; [contradiction | assumption] end]].
