(* Tactics that show that two terms are equal. *)
From Derive Require Export Cases.

Lemma binary_square y : y = 0 \/ y = 1 -> y ^ 2 = y.
Proof. intros [-> | ->]; ring. Qed.
Lemma sqrt_square x : 0 <= x -> sqrt x ^ 2 = x.
Proof. intros. rewrite <- Rsqr_pow2. now apply Rsqr_sqrt. Qed.

(* Arguments of a function that are equal are written alike. *)
Ltac same_arguments F :=
  repeat match goal with
  | |- context [F ?a] =>
      match goal with
      | |- context [F ?b] =>
          tryif constr_eq a b then fail
          else (replace (F b) with (F a) by (f_equal; field; nonzeros))
      end
  end.
Ltac powers :=
  repeat match goal with |- context [rpow ?x ?a] => rewrite (rpow_pos x a) by (at_point; pos) end.
(* exp u as products of exponentials: u is the sum of their exponents. *)
Ltac exponent u e :=
  try replace (exp u) with e by
    (rewrite <- ?exp_Ropp, <- ?exp_plus; f_equal; field; nonzeros).
(* The same for exponents that are equal to u. *)
Ltac exponent_like u e :=
  repeat match goal with
  | |- context [exp ?v] =>
      replace (exp v) with e by
        (rewrite <- ?exp_Ropp, <- ?exp_plus; f_equal; same_arguments ln; field; nonzeros)
  end.
Ltac literals := cbn [Z.of_nat Pos.of_succ_nat Pos.succ Nat.pred].

Lemma ln_quotient a b : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof. intros. unfold Rdiv. rewrite ln_mult, ln_Rinv; auto using Rinv_0_lt_compat. Qed.
Lemma ln_power a n : 0 < a -> ln (a ^ n) = INR n * ln a.
Proof.
  intros. induction n. simpl. rewrite ln_1. ring.
  rewrite S_INR. simpl pow. rewrite ln_mult, IHn by auto using pow_lt. ring.
Qed.
Ltac logs :=
  repeat match goal with
  | |- context [ln (exp ?a)] => rewrite (ln_exp a)
  | |- context [ln (?a * ?b)] => rewrite (ln_mult a b) by pos
  | |- context [ln (?a / ?b)] => rewrite (ln_quotient a b) by pos
  | |- context [ln (/ ?a)] => rewrite (ln_Rinv a) by pos
  | |- context [ln (?a ^ ?n)] => rewrite (ln_power a n) by pos; simpl INR
  end.
(* Arguments of opposite sign, where F at one gives F at the other by E. *)
Ltac opposite_arguments F E :=
  repeat match goal with
  | |- context [F ?a] =>
      match goal with
      | |- context [F ?b] =>
          tryif constr_eq a b then fail
          else (replace b with (- a) by (field; nonzeros); rewrite E)
      end
  end.
(* ln of a reciprocal, where the quotient is not written as one. *)
Ltac opposite_logs :=
  repeat match goal with
  | |- context [ln ?a] =>
      match goal with
      | |- context [ln ?b] =>
          tryif constr_eq a b then fail
          else (replace (ln b) with (- ln a)
                  by (rewrite <- ln_Rinv by pos; f_equal; field; nonzeros))
      end
  end.
Ltac choices :=
  repeat match goal with
  | |- context [Rltb ?a ?b] => unfold Rltb at 1; destruct (Rlt_dec a b)
  | |- context [Rleb ?a ?b] => unfold Rleb at 1; destruct (Rle_dec a b)
  | |- context [Reqb ?a ?b] => unfold Reqb at 1; destruct (Req_EM_T a b)
  | |- context [Nat.eqb ?a ?b] => destruct (Nat.eqb_spec a b)
  | |- context [Nat.ltb ?a ?b] => destruct (Nat.ltb_spec a b)
  | |- context [Nat.leb ?a ?b] => destruct (Nat.leb_spec a b)
  end; cbn [andb orb negb]; cbv iota.
Ltac destruct_binary y :=
  match goal with H : y = 0 \/ y = 1 |- _ => destruct H; subst y end.
(* Exponentials of equal and of opposite arguments. *)
Ltac same_exponents :=
  repeat match goal with
  | |- context [exp ?a] =>
      match goal with
      | |- context [exp ?b] =>
          tryif constr_eq a b then fail
          else first [replace (exp b) with (exp a) by (f_equal; field; nonzeros)
                     | replace (exp b) with (/ exp a)
                         by (rewrite <- exp_Ropp; f_equal; field; nonzeros)]
      end
  end.
(* The same for functions of which a hypothesis gives the derivative, or a symmetry. *)
Ltac any_functions :=
  repeat match goal with
  | H : forall x, is_derive ?F x _ |- _ => progress same_arguments F
  | H : forall x, 0 < x -> is_derive ?F x _ |- _ => progress same_arguments F
  | H : forall x, is_derive _ x (?F x) |- _ => progress same_arguments F
  | H : forall x, 0 < x -> is_derive _ x (?F x) |- _ => progress same_arguments F
  | H : forall x, ?F (- x) = _ |- _ => progress opposite_arguments F H
  end.
Ltac alike :=
  same_exponents; same_arguments ln; opposite_logs; logs; same_arguments ln; same_arguments sqrt; same_arguments atan;
  same_arguments sin; same_arguments cos; same_arguments Rabs; same_arguments sgn; same_arguments phi;
  opposite_arguments phi phi_opp; any_functions.
(* Deltas by cases: two indices are the same or not. *)
Ltac deltas :=
  repeat match goal with
  | |- context [delta ?a ?b] =>
      tryif constr_eq a b then rewrite (delta_eq a)
      else (destruct (Nat.eq_dec a b);
            [subst; rewrite ?delta_eq | rewrite ?(delta_ne a b), ?(delta_ne b a) by auto])
  end.
Ltac pointwise :=
  cbv beta; rewrite ?upd_id, ?upd2_id;
  first [reflexivity | field; nonzeros | alike; field; nonzeros
        | choices; deltas; first [reflexivity | field; nonzeros | alike; field; nonzeros]].
(* Sums of equal terms. *)
Ltac same_sums :=
  repeat match goal with
  | |- context [sum ?n ?f] =>
      match goal with
      | |- context [sum n ?g] =>
          tryif constr_eq f g then fail
          else (replace (sum n g) with (sum n f) by (apply sum_ext; intros; pointwise))
      end
  end.
(* A sum with the terms b is e; `inside` enters the sum and splits what is within. *)
Ltac split_sum n b e inside :=
  repeat match goal with
  | |- context [sum n ?f] =>
      tryif (unify (sum n f) e) then fail else
      replace (sum n f) with e by
        (transitivity (sum n b);
         [rewrite ?sum_plus, ?sum_scal_l, ?sift, ?sum_const by assumption; eta; ring
         | apply sum_ext; inside; symmetry; pointwise])
  end.
Ltac sums_of_hypotheses :=
  repeat match goal with
  | H : context [sum _ _] |- _ =>
      lazymatch type of H with _ < _ => revert H | _ <> _ => revert H end
  end.
Ltac simplex :=
  intros;
  rewrite ?softmax_sum by assumption;
  repeat match goal with H : sum _ _ = 1 |- _ => progress rewrite ?H end.
(* A term that is not 0 because another is not, with sums of the same terms. *)
Ltac side ::=
  at_point;
  match goal with
  | |- 0 < _ => pos
  | |- _ <> 0 => nonzero
  | H : forall k, (k < _)%nat -> _ <> _ |- _ <> _ => apply H; assumption
  | H : forall k, (k < _)%nat -> _ <> _ -> _ <> _ |- _ <> _ =>
      let E := fresh in intros E; eapply H; [eassumption | eauto | lra]
  | H : ?a <> ?b |- ?e <> 0 =>
      let E := fresh in intros E; apply H; revert E; same_sums; intros; lra
  end.
(* Roots as names, and their squares for what stands under them. *)
Ltac roots :=
  repeat match goal with
  | |- context [sqrt ?a] =>
      let r := fresh "r" in
      let P := fresh "P" in
      let E := fresh "E" in
      assert (P : 0 < sqrt a) by pos;
      assert (E : sqrt a ^ 2 = a) by (apply sqrt_square; nneg);
      remember (sqrt a) as r; rewrite <- E; clear E
  end.
