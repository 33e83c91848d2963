(* The steps of a line: each by the lemma of its rule at the places where it was applied, or by
   arithmetic. *)
From Derive Require Export Nearby.

(* A place at which a rule was applied; e is its lemma for what stands there. *)
Definition here {P : Prop} (e : P) {A : Type} (x : A) : A := x.

Lemma apply_ext {A B : Type} (f g : A -> B) (a b : A) : f = g -> a = b -> f a = g b.
Proof. now intros -> ->. Qed.
Lemma if_ext {A : Type} (c d : bool) (a b x y : A) : c = d -> (c = true -> a = x) ->
  (c = false -> b = y) -> (if c then a else b) = (if d then x else y).
Proof. intros <-. destruct c; auto. Qed.
Lemma softmax_ext n v w i : (i < n)%nat -> (forall k, (k < n)%nat -> v k = w k) ->
  softmax n v i = softmax n w i.
Proof.
  intros I E. unfold softmax. rewrite (E i I). f_equal. apply sum_ext. intros. now rewrite E.
Qed.
Lemma logsumexp_ext n v w : (forall k, (k < n)%nat -> v k = w k) -> logsumexp n v = logsumexp n w.
Proof. intros E. unfold logsumexp. f_equal. apply sum_ext. intros. now rewrite E. Qed.
Lemma upd2_eq W i j t : upd2 W i j t i j = t.
Proof. unfold upd2. now rewrite !Nat.eqb_refl. Qed.

Ltac same := lazymatch goal with |- ?a = ?b => constr_eq a b; reflexivity end.
(* What a case knows. *)
Ltac case_facts :=
  tests;
  repeat match goal with
  | H : ~ _ < _ |- _ => apply Rnot_lt_le in H
  | H : ~ _ <= _ |- _ => apply Rnot_le_lt in H
  | H : Nat.ltb _ _ = true |- _ => apply Nat.ltb_lt in H
  | H : Nat.ltb _ _ = false |- _ => apply Nat.ltb_ge in H
  | H : Nat.leb _ _ = true |- _ => apply Nat.leb_le in H
  | H : Nat.leb _ _ = false |- _ => apply Nat.leb_gt in H
  end.
(* From the outside inwards, as far as both sides are built alike; `leaf` at each place first. *)
Ltac walk leaf :=
  cbv beta;
  first [same | leaf |
    lazymatch goal with
    | |- here _ _ = here _ _ => fail
    | |- sum ?n _ = sum ?n _ => apply sum_ext; intros; walk leaf
    | |- softmax ?n _ ?i = softmax ?n _ ?i => apply softmax_ext; [lia | intros; walk leaf]
    | |- logsumexp ?n _ = logsumexp ?n _ => apply logsumexp_ext; intros; walk leaf
    | |- Derive _ ?x = Derive _ ?x => apply Derive_ext_loc; nearby; walk leaf
    | |- (if _ then _ else _) = (if _ then _ else _) =>
        apply if_ext; [walk leaf | intros; case_facts; walk leaf | intros; case_facts; walk leaf]
    | |- ?f ?a = ?g ?b => apply apply_ext; [walk leaf | walk leaf]
    | |- (fun _ => _) = (fun _ => _) => apply functional_extensionality; intros; walk leaf
    end].
(* Powers with an integer that is a number as their exponent. *)
Ltac plain_powers :=
  cbv beta iota delta [powerRZ Z.add Z.opp Z.sub Z.mul Z.pos_sub Z.double Z.succ_double Z.pred_double
                       Pos.to_nat Pos.iter_op Nat.add Init.Nat.add Pos.add Pos.sub Pos.pred_double
                       Pos.succ Pos.mul].
Lemma rpow_minus n x a : 0 < x -> a = - INR n -> rpow x a = / x ^ n.
Proof.
  intros P ->. rewrite rpow_pos by auto. rewrite <- Ropp_mult_distr_l, exp_Ropp. f_equal.
  rewrite <- ln_power by auto. apply exp_ln, pow_lt, P.
Qed.
Lemma rpow_halves n x a : 0 < x -> a = INR n / 2 -> rpow x a = sqrt x ^ n.
Proof.
  intros P ->. pose proof (sqrt_lt_R0 x P) as S. rewrite <- (rpow_whole n (sqrt x) _ S eq_refl).
  rewrite !rpow_pos by auto. f_equal. rewrite <- (sqrt_sqrt x) at 1 by lra.
  rewrite ln_mult by auto. field.
Qed.
Lemma rpow_minus_halves n x a : 0 < x -> a = - INR n / 2 -> rpow x a = / sqrt x ^ n.
Proof.
  intros P ->. rewrite <- (rpow_halves n x (INR n / 2)) by auto. rewrite !rpow_pos by auto.
  rewrite <- exp_Ropp. f_equal. field.
Qed.
Ltac plain_roots :=
  repeat match goal with
  | |- context [rpow ?x ?a] =>
      first [rewrite (rpow_whole 1 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_whole 2 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_whole 3 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_minus 1 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_minus 2 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_minus 3 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_halves 1 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_halves 3 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_minus_halves 1 x a) by (solve [pos | simpl; lra])
            | rewrite (rpow_minus_halves 3 x a) by (solve [pos | simpl; lra])]
  end.
Ltac plainly :=
  unfold here; cbv beta iota; rewrite ?upd_id, ?upd2_id, ?upd3_id, ?upd_same, ?upd2_eq; plain_powers; plain_roots; eta.
Ltac regroup_leaf :=
  first [apply delta_sym | apply Nat.eqb_sym | apply andb_comm | ring
        | same_deltas; first [ring | field; nonzeros]].
(* Arguments that are equal are written alike. *)
Ltac like_arguments :=
  repeat match goal with
  | |- context [?f ?a] =>
      lazymatch f with
      | Rplus _ => fail | Rminus _ => fail | Rmult _ => fail | Rdiv _ => fail
      | Ropp => fail | Rinv => fail | IZR => fail
      | _ => lazymatch type of f with R -> R => idtac end
      end;
      match goal with
      | |- context [f ?b] =>
          tryif constr_eq a b then fail
          else replace (f b) with (f a) by (apply f_equal; first [ring | field; nonzeros])
      end
  end.
Ltac regroup_deeper := plain_roots; like_arguments; same_sums; first [ring | field; nonzeros].
(* Both sides are the same but for the order and the brackets of sums and products. *)
Ltac regroup := plainly; first [walk regroup_leaf | walk regroup_deeper].
(* A difference is not 0, as its absolute value or its square is not. *)
Ltac apart :=
  match goal with |- _ <> _ =>
    let E := fresh in intros E; rewrite ?E, ?Rabs_R0 in *; solve [lra | nra] end.
(* What a lemma asks for. *)
Ltac holds :=
  cbv beta;
  first [assumption | lia |
    lazymatch goal with
    | |- ex_derive _ _ => eexists; der; first [side | apart]
    | |- _ /\ _ => split; holds
    | |- 0 <> _ => apply not_eq_sym; holds
    | |- forall _, _ => intros; holds
    | |- _ \/ _ => first [left; holds | right; holds]
    | |- _ => at_point; first [side | nneg | neg | lra | apart]
    end].
Ltac discharge H :=
  lazymatch type of H with
  | ?P -> _ => let h := fresh in assert (h : P) by holds; specialize (H h); clear h; discharge H
  | _ => idtac
  end.
(* One side becomes the other by a lemma. *)
Ltac by_lemma e :=
  let H := fresh in
  pose proof e as H; cbv beta in H; discharge H;
  lazymatch type of H with
  | ?l = ?r => transitivity l; [regroup | transitivity r; [exact H | regroup]]
  end.
Ltac at_places :=
  walk ltac:(idtac; lazymatch goal with |- here ?e ?a = here _ ?b => change (a = b); by_lemma e end).
(* A line with the places of a step marked, before and after it. *)
Ltac by_rule l r := transitivity l; [regroup | transitivity r; [at_places | regroup]].
Ltac step line tactic := transitivity line; [tactic |].

(* The derivatives that a line still holds, also within sums, put together from their parts. *)
Ltac derivatives :=
  cbv beta;
  repeat match goal with
  | |- context [Derive ?f ?x] =>
      let H := fresh in
      eassert (H : Derive f x = _);
      [apply is_derive_unique; eapply der_eq; [der; side | reflexivity] | rewrite H; clear H]
  | |- context [sum ?n ?f] =>
      lazymatch f with context [Derive] => idtac end;
      let H := fresh in
      eassert (H : sum n f = sum n _);
      [apply sum_ext; intros; derivatives; reflexivity | rewrite H; clear H]
  end.

(* What hypotheses say of absolute values, maxima and minima that others decide. *)
Ltac decided :=
  repeat match goal with
  | H : context [Rabs ?a] |- _ =>
      first [rewrite (Rabs_pos_eq a) in H by lra | rewrite (Rabs_left a) in H by lra]
  | H : context [Rmax ?a ?b] |- _ =>
      first [rewrite (Rmax_left a b) in H by lra | rewrite (Rmax_right a b) in H by lra]
  | H : context [Rmin ?a ?b] |- _ =>
      first [rewrite (Rmin_left a b) in H by lra | rewrite (Rmin_right a b) in H by lra]
  end.
Ltac order a b :=
  destruct (total_order_T a b) as [[?|?]|?]; decided; try (exfalso; lra).

(* A derivative across cases, which is known beforehand; where it has none, it stays. *)
Ltac derivative_is d value equal :=
  let d := eval cbv beta in d in
  lazymatch goal with
  | |- context [d] =>
      try (let E := fresh in
           assert (E : d = value) by (apply is_derive_unique; by_cases equal); rewrite E; clear E)
  | _ => idtac
  end.
