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
(* Arguments of ln as fractions. *)
Ltac fractions_in_logs :=
  repeat match goal with
  | |- context [ln ?a] =>
      lazymatch a with
      | _ / _ => fail
      | context [/ _] => progress (field_simplify a; [|nonzeros ..])
      | context [_ / _] => progress (field_simplify a; [|nonzeros ..])
      end
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
  | |- context [Rltb ?a ?b] => destruct (Rltb_spec a b)
  | |- context [Rleb ?a ?b] => destruct (Rleb_spec a b)
  | |- context [Reqb ?a ?b] => destruct (Reqb_spec a b)
  | |- context [Nat.eqb ?a ?b] => destruct (Nat.eqb_spec a b)
  | |- context [Nat.ltb ?a ?b] => destruct (Nat.ltb_spec a b)
  | |- context [Nat.leb ?a ?b] => destruct (Nat.leb_spec a b)
  end; cbn [andb orb negb]; cbv iota.
(* Absolute values, signs, maxima and minima by cases, quotients with what they are of. *)
Ltac side_of a :=
  let H := fresh in
  destruct (total_order_T a 0) as [[H|H]|H]; [| try (exfalso; lra) |]; resolve; absurd_signs
with absurd_signs :=
  try solve [exfalso; lra | exfalso;
    repeat match goal with
    | H : ?s < ?t |- _ =>
        match constr:((s, t)) with context [?a / ?b] =>
          let q := fresh in let E := fresh in
          assert (E : a / b * b = a) by (field; nonzero); revert H; revert E;
          generalize (a / b); intros q E H
        end
    end; nra].
Ltac signs :=
  resolve;
  repeat match goal with
  | |- context [Rabs ?a] => side_of a
  | |- context [sgn ?a] => side_of a
  | |- context [Rmax ?a ?b] => side_of (a - b)
  | |- context [Rmin ?a ?b] => side_of (a - b)
  end.
(* At a tie, the two that are the same as one. *)
Ltac ties :=
  repeat match goal with
  | H : ?a - ?b = 0 |- _ =>
      first [progress (replace b with a by lra) | progress (replace a with b by lra)]; clear H
  end.
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
Lemma rpow_whole n x a : 0 < x -> a = INR n -> rpow x a = x ^ n.
Proof. intros P ->. rewrite rpow_pos, <- ln_power by auto. apply exp_ln, pow_lt, P. Qed.
(* Powers of the same base: those whose exponents differ by a whole number as one of them. *)
Lemma rpow_more n x a b : 0 < x -> b = a + INR n -> rpow x b = rpow x a * x ^ n.
Proof.
  intros P ->. rewrite !rpow_pos, <- (exp_ln (x ^ n)), ln_power, <- exp_plus
    by auto using pow_lt. f_equal. ring.
Qed.
Lemma rpow_less n x a b : 0 < x -> a = b + INR n -> rpow x b = rpow x a / x ^ n.
Proof.
  intros P E. rewrite (rpow_more n x b a P E). field. apply Rgt_not_eq. now apply pow_lt.
Qed.
Ltac shifted n x a b :=
  first [rewrite (rpow_more n x a b) by (solve [pos | simpl INR; field; nonzeros])
        | rewrite (rpow_less n x a b) by (solve [pos | simpl INR; field; nonzeros])].
Ltac same_bases :=
  repeat match goal with
  | |- context [rpow ?x ?a] =>
      match goal with
      | |- context [rpow ?y ?b] =>
          tryif constr_eq x y then
            tryif constr_eq a b then fail
            else first [replace (rpow x b) with (rpow x a) by (f_equal; field; nonzeros)
                       | shifted 1%nat x a b | shifted 2%nat x a b]
          else replace (rpow y b) with (rpow x b) by (f_equal; field; nonzeros)
      end
  end.
Ltac one_argument :=
  same_arguments Rabs; same_arguments sgn; same_arguments sigmoid;
  opposite_arguments sigmoid sigmoid_opp.
(* The exponential of a sum as a product. *)
Ltac exp_sums :=
  unfold Rminus;
  repeat match goal with
  | |- context [exp (?a + ?b)] => rewrite (exp_plus a b)
  | |- context [exp (- ?a)] => rewrite (exp_Ropp a)
  end.
(* Deltas of the same indices alike. *)
Ltac same_deltas :=
  repeat match goal with
  | |- context [delta ?a ?b] =>
      match goal with |- context [delta b a] =>
        tryif constr_eq a b then fail else rewrite (delta_sym b a) end
  end.
(* Deltas by cases: two indices are the same or not. *)
Ltac deltas :=
  repeat match goal with
  | |- context [delta ?a ?b] =>
      tryif constr_eq a b then rewrite (delta_eq a)
      else (destruct (Nat.eq_dec a b);
            [subst; rewrite ?delta_eq | rewrite ?(delta_ne a b), ?(delta_ne b a) by auto])
  end.
Ltac quickly :=
  cbv beta; rewrite ?upd_id, ?upd2_id; first [reflexivity | instances; field; nonzeros].
Ltac pointwise :=
  cbv beta; rewrite ?upd_id, ?upd2_id; instances;
  first [reflexivity | field; nonzeros | same_bases; powers; field; nonzeros | alike; field; nonzeros
        | choices; deltas; first [reflexivity | exfalso; lra | field; nonzeros | alike; field; nonzeros]].
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
(* Sums that are split already. *)
Definition summed := sum.
(* A sum with the terms b is e; `inside` enters the sum and splits what is within, `point` shows
   that two terms are equal. *)
Ltac split_sum point n b e inside :=
  repeat match goal with
  | |- context [sum n ?f] =>
      replace (sum n f) with e by
        (transitivity (sum n b);
         [rewrite ?sum_plus, ?sum_scal_l, ?sift, ?sum_const by assumption; unfold summed; eta; ring
         | apply sum_ext; inside; symmetry; unfold summed; point])
  end.
(* What is known of functions and sums, once more before the goal, to be written like it. *)
Ltac of_functions P :=
  lazymatch P with
  | context [exp] => idtac
  | context [sigmoid] => idtac
  | context [softmax] => idtac
  | context [sum] => idtac
  | context [ln] => idtac
  | _ => match goal with H : forall x, is_derive ?F x _ |- _ =>
           lazymatch P with context [F] => idtac end end
  end.
Ltac known_too :=
  repeat match goal with
  | H : ?a < ?b |- _ => of_functions (a < b); revert H
  | H : ?a <> ?b |- _ => of_functions (a <> b); revert H
  end;
  match goal with
  | |- ?G => intros; cut G; [let K := fresh in intros K; apply K; assumption |]
  end.
(* That what stands under roots is positive, before its sums are split. *)
Ltac under_roots :=
  repeat match goal with
  | |- context [sqrt ?a] =>
      lazymatch goal with H : 0 < a |- _ => fail | _ => assert (0 < a) by pos end
  end.
Ltac simplex :=
  unfold summed; rewrite ?softmax_sum by assumption;
  repeat match goal with H : sum _ _ = 1 |- _ => progress rewrite ?H end.
(* A term that is not 0 because another is not, with sums of the same terms. *)
Ltac side ::=
  tests; at_point;
  match goal with
  | |- 0 < _ => pos
  | |- _ <> 0 => nonzero
  | H : forall k, (k < _)%nat -> _ <> _ |- _ <> _ => apply H; assumption
  | H : forall k, (k < _)%nat -> _ <> _ -> _ <> _ |- _ <> _ =>
      let E := fresh in intros E; eapply H; [eassumption | eauto | lra]
  | H : ?a <> ?b |- ?e <> 0 =>
      let E := fresh in intros E; apply H; revert E; same_sums; intros; lra
  | |- _ => progress instances; first [pos | nonzero]
  end.
(* Roots as names; `then_with` is given what their squares are. *)
Ltac name_roots then_with :=
  repeat match goal with
  | |- context [sqrt ?a] =>
      let r := fresh "r" in
      let P := fresh "P" in
      let E := fresh "E" in
      assert (P : 0 < sqrt a) by pos;
      assert (E : sqrt a ^ 2 = a) by (apply sqrt_square; nneg);
      remember (sqrt a) as r; then_with E
  end.
(* Roots as names, and their squares for what stands under them. *)
Ltac roots := name_roots ltac:(fun E => rewrite <- E; clear E).
(* The same, with what stands under a root in the place of its square. *)
Ltac lower_powers r E :=
  repeat match goal with
  | |- context [r ^ ?n] =>
      lazymatch n with
      | S (S ?m) => replace (r ^ n) with (r ^ 2 * r ^ m) by ring; rewrite E
      end
  end.
Ltac squares_of_roots :=
  name_roots ltac:(fun _ => idtac);
  field_simplify_eq;
  [repeat match goal with E : ?r ^ 2 = _ |- _ => lower_powers r E; clear E end | nonzeros ..].
