(* Tactics for the lemmas of rules. *)
From Derive Require Export IntegerPowers LargestTerms.

Lemma ln_softmax n v i : (0 < n)%nat -> ln (softmax n v i) = v i - ln (sum n (fun k => exp (v k))).
Proof.
  intros. unfold softmax. rewrite ln_quotient, ln_exp; auto using exp_pos, sum_exp_pos.
Qed.
(* The derivative of what a metavariable stands for is that which its hypothesis gives. *)
Ltac der_further ::=
  lazymatch goal with
  | H : ex_derive ?f ?x |- is_derive (fun t => ?f t) ?x _ => exact (Derive_correct f x H)
  | H : ex_derive ?f ?x |- is_derive ?f ?x _ => exact (Derive_correct f x H)
  | H : forall i, ex_derive (?f i) ?x |- is_derive (fun t => ?f ?k t) ?x _ =>
      exact (Derive_correct (f k) x (H k))
  | H : forall i, ex_derive (?f i) ?x |- is_derive (?f ?k) ?x _ =>
      exact (Derive_correct (f k) x (H k))
  | H : forall i, (i < _)%nat -> ex_derive (?f i) ?x |- is_derive (fun t => ?f ?k t) ?x _ =>
      exact (Derive_correct (f k) x (H k ltac:(assumption)))
  | H : forall i, (i < _)%nat -> ex_derive (?f i) ?x |- is_derive (?f ?k) ?x _ =>
      exact (Derive_correct (f k) x (H k ltac:(assumption)))
  | |- is_derive (fun t => Rabs (@?f t)) _ _ => eapply (der_abs f); [cbv beta | der]
  | |- is_derive (fun t => Rmax (@?f t) (@?g t)) _ _ =>
      eapply (der_max f g); [cbv beta | der | der]
  | |- is_derive (fun t => Rmin (@?f t) (@?g t)) _ _ =>
      eapply (der_min f g); [cbv beta | der | der]
  | |- is_derive (fun t => maximum _ _ _) _ _ => der_last
  end.
(* The derivative of the left side is the right side. *)
Ltac slopes := cbv beta; apply is_derive_unique.
(* What Boolean values decide, by cases. *)
Ltac booleans :=
  repeat match goal with
  | |- context [andb ?a ?b] => destruct a eqn:?; destruct b eqn:?; cbn [andb]
  | |- context [orb ?a ?b] => destruct a eqn:?; destruct b eqn:?; cbn [orb]
  | |- context [negb ?a] => destruct a eqn:?; cbn [negb]
  | |- context [if ?c then _ else _] =>
      lazymatch type of c with bool => destruct c eqn:? end
  end.
(* Two functions with the same values have the same derivative. *)
Ltac same_function := apply Derive_ext; intros; booleans; reflexivity.
(* A derivative that a hypothesis says to exist is the one that it has. *)
Ltac der_existing :=
  apply is_derive_unique;
  lazymatch goal with
  | |- is_derive (fun t => sum ?n (@?f t)) _ _ => apply (der_sum n (fun k t => f t k))
  end; intros; apply Derive_correct; match goal with H : _ |- _ => apply H; assumption end.
(* Derivatives of constructs whose lemmas stand in files of their own. *)
Ltac further_slopes := first [slope_of_integer_power | slope_of_largest].
Ltac end_terms := first [reflexivity | ring | field; nonzeros | lra].
(* A sum that differs at m alone from another, or from 0. *)
Ltac but_at_m :=
  match goal with
  | |- sum ?n ?f = ?r =>
      match goal with
      | m : nat |- _ =>
          let g := lazymatch r with context [sum n ?g] => g | _ => constr:(fun _ : nat => 0) end in
          rewrite (sum_except n m f g) by
            (assumption || (intros; cbv beta; rewrite ?delta_ne by auto;
                            try (rewrite ?(proj2 (Nat.eqb_neq _ _)) by auto); booleans; end_terms));
          cbv beta; rewrite ?sum_zero, ?delta_eq, ?Nat.eqb_refl; booleans; end_terms
      end
  end.
(* Sums of both sides, term by term. *)
Ltac term_by_term :=
  rewrite <- ?sum_scal_l, <- ?sum_scal_r, <- ?sum_plus, <- ?sum_minus, <- ?sum_div_r,
    <- ?sum_const; apply sum_ext; intros; cbv beta; booleans; end_terms.
Ltac reals :=
  unfold Rmax, Rmin, sgn, Rltb, Rleb;
  repeat match goal with
  | |- context [Rabs ?a] => unfold Rabs at 1; destruct (Rcase_abs a)
  | |- context [Rle_dec ?a ?b] => destruct (Rle_dec a b)
  | |- context [Rlt_dec ?a ?b] => destruct (Rlt_dec a b)
  end; cbv iota.
(* A number between 0 and 0. *)
Ltac zeros := match goal with a : R |- _ => assert (a = 0) by lra; subst a end.
(* Functions at numbers where the value is known. *)
Ltac known_values :=
  unfold sigmoid, softplus, tanh, sinh, cosh;
  rewrite ?Ropp_0, ?Rplus_0_r, ?exp_0, ?ln_1, ?sin_0, ?cos_0, ?sin_PI, ?cos_PI, ?atan_0, ?cos_neg,
    ?Rminus_0_r, ?Rinv_1;
  try match goal with
      | H : forall x, ?F (- x) = 1 - ?F x |- context [?F 0] =>
          generalize (H 0); rewrite Ropp_0; intros
      end;
  first [reflexivity | lra | field].
Ltac sides :=
  first [reflexivity | ring | assumption | solve [but_at_m] | symmetry; solve [but_at_m]
        | solve [term_by_term]
        | eta; solve [eauto | rewrite ?softmax_sum by assumption; end_terms]
        | rewrite ?sum_const, ?sum_zero; ring
        | solve [match goal with |- sum ?n _ = 0 =>
                   transitivity (sum n (fun _ => 0));
                   [apply sum_ext; intros; booleans; end_terms | apply sum_zero] end]
        | solve [rewrite ?sum_minus, ?sum_plus, ?sum_const; eta; field; nonzeros]
        | solve [deltas; choices; try lia; end_terms]
        | solve [booleans; rewrite ?sum_zero; end_terms]
        | solve [booleans; rewrite ?sum_zero; term_by_term]
        | solve [reals; first [lra | zeros; ring | nra | field; nra]]
        | solve [rewrite Rabs_Rinv by auto; reflexivity]
        | solve [known_values]].
