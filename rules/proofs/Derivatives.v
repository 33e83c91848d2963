(* Derivatives of what formulas are built from, and the tactic that puts them together. *)
From Derive Require Export Signs.

Section Derivatives.
Variables (f g : R -> R) (x a b : R).
Lemma der_eq (l : R) : is_derive f x a -> a = l -> is_derive f x l.
Proof. now intros H <-. Qed.
Lemma der_const (c : R) : is_derive (fun _ => c) x 0.
Proof. apply @is_derive_const. Qed.
Lemma der_id : is_derive (fun t => t) x 1.
Proof. apply @is_derive_id. Qed.
Lemma der_plus : is_derive f x a -> is_derive g x b -> is_derive (fun t => f t + g t) x (a + b).
Proof. intros; now apply @is_derive_plus. Qed.
Lemma der_minus : is_derive f x a -> is_derive g x b -> is_derive (fun t => f t - g t) x (a - b).
Proof. intros; now apply @is_derive_minus. Qed.
Lemma der_opp : is_derive f x a -> is_derive (fun t => - f t) x (- a).
Proof. intros; now apply @is_derive_opp. Qed.
Lemma der_mult : is_derive f x a -> is_derive g x b ->
  is_derive (fun t => f t * g t) x (a * g x + f x * b).
Proof. intros; apply @is_derive_mult; auto. intros; apply Rmult_comm. Qed.
Lemma der_scal (c : R) : is_derive f x a -> is_derive (fun t => c * f t) x (c * a).
Proof. intros; now apply @is_derive_scal. Qed.
Lemma der_inv : f x <> 0 -> is_derive f x a -> is_derive (fun t => / f t) x (- a / f x ^ 2).
Proof. intros; now apply @is_derive_inv. Qed.
Lemma der_comp (h : R -> R) (h' : R) : is_derive h (f x) h' -> is_derive f x a ->
  is_derive (fun t => h (f t)) x (a * h').
Proof. intros; now apply (is_derive_comp h f). Qed.
Lemma der_pow n : is_derive f x a ->
  is_derive (fun t => f t ^ S n) x (IZR (Z.of_nat (S n)) * a * f x ^ n).
Proof.
  intros H. rewrite <- INR_IZR_INZ. apply (is_derive_pow f (S n) x a H).
Qed.
End Derivatives.

Lemma der_div (f g : R -> R) (x a b : R) : g x <> 0 -> is_derive f x a -> is_derive g x b ->
  is_derive (fun t => f t / g t) x (a / g x - f x * b / g x ^ 2).
Proof.
  intros N F G. eapply der_eq. apply der_mult; [exact F|]. apply der_inv; eauto.
  simpl. field. auto.
Qed.
Lemma der_ext (f g : R -> R) (x l : R) : (forall t, f t = g t) -> is_derive g x l -> is_derive f x l.
Proof. intros H. apply is_derive_ext. auto. Qed.
Lemma der_exp (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun t => exp (f t)) x (a * exp (f x)).
Proof. apply (der_comp f x a exp). apply is_derive_exp. Qed.
Lemma der_ln (f : R -> R) (x a : R) : 0 < f x -> is_derive f x a -> is_derive (fun t => ln (f t)) x (a * / f x).
Proof. intros P. apply (der_comp f x a ln). now apply is_derive_ln. Qed.
Lemma der_sqrt (f : R -> R) (x a : R) : 0 < f x -> is_derive f x a ->
  is_derive (fun t => sqrt (f t)) x (a * / (2 * sqrt (f x))).
Proof.
  intros P. apply (der_comp f x a sqrt). apply is_derive_Reals. now apply derivable_pt_lim_sqrt.
Qed.
Lemma der_sin (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun t => sin (f t)) x (a * cos (f x)).
Proof. apply (der_comp f x a sin). apply is_derive_sin. Qed.
Lemma der_cos (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun t => cos (f t)) x (a * - sin (f x)).
Proof. apply (der_comp f x a cos). apply is_derive_cos. Qed.
Lemma der_atan (f : R -> R) (x a : R) : is_derive f x a -> is_derive (fun t => atan (f t)) x (a * / (1 + f x ^ 2)).
Proof. apply (der_comp f x a atan). pose proof (is_derive_atan (f x)) as H. now rewrite Rsqr_pow2 in H. Qed.
Lemma der_sigmoid (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => sigmoid (f t)) x (a * (sigmoid (f x) * (1 - sigmoid (f x)))).
Proof.
  apply (der_comp f x a sigmoid). unfold sigmoid. pose proof (exp_pos (- f x)).
  eapply der_eq. apply (der_inv (fun t => 1 + exp (- t))). lra.
  apply der_plus. apply der_const. apply der_exp. apply der_opp. apply der_id. field. lra.
Qed.
Lemma der_softplus (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => softplus (f t)) x (a * sigmoid (f x)).
Proof.
  apply (der_comp f x a softplus). unfold softplus, sigmoid. pose proof (exp_pos (f x)).
  eapply der_eq. apply (der_ln (fun t => 1 + exp t)). lra.
  apply der_plus. apply der_const. apply der_exp. apply der_id.
  rewrite exp_Ropp. field. lra.
Qed.
Lemma der_sinh (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => sinh (f t)) x (a * cosh (f x)).
Proof. apply (der_comp f x a sinh), is_derive_Reals, derivable_pt_lim_sinh. Qed.
Lemma der_cosh (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => cosh (f t)) x (a * sinh (f x)).
Proof. apply (der_comp f x a cosh), is_derive_Reals, derivable_pt_lim_cosh. Qed.
Lemma der_tanh (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => tanh (f t)) x (a * (1 - tanh (f x) ^ 2)).
Proof.
  apply (der_comp f x a tanh). pose proof (cosh_pos (f x)).
  apply der_ext with (g := fun t => sinh t / cosh t). reflexivity. eapply der_eq.
  apply (der_div sinh cosh); [lra| |]; apply is_derive_Reals;
    [apply derivable_pt_lim_sinh | apply derivable_pt_lim_cosh].
  unfold tanh. field. lra.
Qed.
Lemma der_phi (f : R -> R) (x a : R) : is_derive f x a ->
  is_derive (fun t => phi (f t)) x (a * - (f x * phi (f x))).
Proof.
  apply (der_comp f x a phi). unfold phi.
  assert (N : sqrt (2 * PI) <> 0)
    by (apply Rgt_not_eq, sqrt_lt_R0; pose proof PI_RGT_0; lra).
  eapply der_eq. apply der_div; [exact N | |apply der_const].
  apply der_exp. apply der_div; [lra | |apply der_const].
  apply (der_opp (fun t => t ^ 2)). apply (der_pow (fun t => t)). apply der_id.
  simpl. field. exact N.
Qed.
Lemma der_rpow (f g : R -> R) (x a b : R) : 0 < f x -> is_derive f x a -> is_derive g x b ->
  is_derive (fun t => rpow (f t) (g t)) x (rpow (f x) (g x) * (b * ln (f x) + g x * a / f x)).
Proof.
  intros P F G. rewrite rpow_pos by auto.
  apply is_derive_ext_loc with (f := fun t => exp (g t * ln (f t))).
  - apply (filter_imp (fun t => 0 < f t)).
    + intros t Ht. now rewrite rpow_pos.
    + apply (ex_derive_continuous f x (ex_intro _ a F) (fun v => 0 < v)). now apply (open_gt 0 (f x)).
  - eapply der_eq. apply der_exp. apply der_mult; [exact G|]. apply der_ln; eauto.
    simpl. field. lra.
Qed.
Lemma der_upd o i k x : is_derive (fun t => upd o i t k) x (delta i k).
Proof.
  unfold upd, delta. rewrite Nat.eqb_sym.
  destruct (Nat.eqb i k); [apply der_id | apply der_const].
Qed.
Lemma der_upd2 W i j k l x : is_derive (fun t => upd2 W i j t k l) x (delta i k * delta j l).
Proof.
  unfold upd2, delta. rewrite (Nat.eqb_sym i k), (Nat.eqb_sym j l).
  destruct (Nat.eqb k i), (Nat.eqb l j); simpl;
    rewrite ?Rmult_0_l, ?Rmult_0_r, ?Rmult_1_l; (apply der_id || apply der_const).
Qed.
Lemma der_sum n (f : nat -> R -> R) (g : nat -> R) (x : R) :
  (forall k, (k < n)%nat -> is_derive (f k) x (g k)) ->
  is_derive (fun t => sum n (fun k => f k t)) x (sum n g).
Proof.
  induction n; simpl; intros H. apply der_const. apply der_plus; auto.
Qed.
Lemma der_softmax n (v : R -> nat -> R) (v' : nat -> R) (x : R) y : (0 < n)%nat -> (y < n)%nat ->
  (forall k, (k < n)%nat -> is_derive (fun t => v t k) x (v' k)) ->
  is_derive (fun t => softmax n (v t) y) x
    (softmax n (v x) y * (v' y - sum n (fun k => softmax n (v x) k * v' k))).
Proof.
  intros N Y H. unfold softmax.
  assert (S := sum_exp_pos n (v x) N).
  eapply der_eq. apply (der_div (fun t => exp (v t y)) (fun t => sum n (fun k => exp (v t k)))).
  - apply Rgt_not_eq. exact S.
  - apply (der_exp (fun t => v t y)). now apply H.
  - apply (der_sum n (fun k t => exp (v t k))). intros k Hk. apply (der_exp (fun t => v t k)). auto.
  - cbv beta.
    replace (sum n (fun k => exp (v x k) / sum n (fun l => exp (v x l)) * v' k))
      with (sum n (fun k => v' k * exp (v x k)) / sum n (fun k => exp (v x k))).
    + field. lra.
    + rewrite <- sum_div_r. apply sum_ext. intros. field. lra.
Qed.
Lemma der_logsumexp n (v : R -> nat -> R) (v' : nat -> R) (x : R) : (0 < n)%nat ->
  (forall k, (k < n)%nat -> is_derive (fun t => v t k) x (v' k)) ->
  is_derive (fun t => logsumexp n (v t)) x (sum n (fun k => softmax n (v x) k * v' k)).
Proof.
  intros N H. unfold logsumexp, softmax. assert (S := sum_exp_pos n (v x) N).
  eapply der_eq. apply (der_ln (fun t => sum n (fun k => exp (v t k)))). exact S.
  - apply (der_sum n (fun k t => exp (v t k))). intros k Hk. apply (der_exp (fun t => v t k)). auto.
  - rewrite <- sum_scal_r. apply sum_ext. intros. field. lra.
Qed.
Lemma der_if (c : bool) (f g : R -> R) (x a b : R) :
  (c = true -> is_derive f x a) -> (c = false -> is_derive g x b) ->
  is_derive (fun t => if c then f t else g t) x (if c then a else b).
Proof. destruct c; auto. Qed.

(* Constructs whose lemmas come later. *)
Ltac der_further := idtac.
(* The derivative of a formula, from those of its parts; what it needs is left as goals. *)
Ltac der :=
  cbv beta;
  lazymatch goal with
  | |- is_derive (?h ?c) ?x ?l =>
      change (is_derive (fun t : R => h c t) x l); der
  | |- is_derive exp ?x ?l => change (is_derive (fun t : R => exp t) x l); der
  | |- is_derive (fun _ => ?c) _ _ => apply der_const
  | |- is_derive (fun t => t) _ _ => apply der_id
  | |- is_derive (fun t => upd _ _ t _) _ _ => apply der_upd
  | |- is_derive (fun t => upd2 _ _ _ t _ _) _ _ => apply der_upd2
  | |- is_derive (fun t => @?f t + @?g t) _ _ => eapply (der_plus f g); [der | der]
  | |- is_derive (fun t => @?f t - @?g t) _ _ => eapply (der_minus f g); [der | der]
  | |- is_derive (fun t => - @?f t) _ _ => eapply (der_opp f); der
  | |- is_derive (fun t => @?f t * @?g t) _ _ => 
      lazymatch f with
      | fun _ => ?c => eapply (der_scal g _ _ c); der
      | _ => eapply (der_mult f g); [der | der]
      end
  | |- is_derive (fun t => @?f t / @?g t) _ _ => eapply (der_div f g); [cbv beta | der | der]
  | |- is_derive (fun t => / @?f t) _ _ => eapply (der_inv f); [cbv beta | der]
  | |- is_derive (fun t => @?f t ^ S ?n) _ _ => eapply (der_pow f _ _ n); der
  | |- is_derive (fun t => exp (@?f t)) _ _ => eapply (der_exp f); der
  | |- is_derive (fun t => ln (@?f t)) _ _ => eapply (der_ln f); [cbv beta | der]
  | |- is_derive (fun t => sqrt (@?f t)) _ _ => eapply (der_sqrt f); [cbv beta | der]
  | |- is_derive (fun t => sin (@?f t)) _ _ => eapply (der_sin f); der
  | |- is_derive (fun t => cos (@?f t)) _ _ => eapply (der_cos f); der
  | |- is_derive (fun t => atan (@?f t)) _ _ => eapply (der_atan f); der
  | |- is_derive (fun t => phi (@?f t)) _ _ => eapply (der_phi f); der
  | |- is_derive (fun t => sinh (@?f t)) _ _ => eapply (der_sinh f); der
  | |- is_derive (fun t => cosh (@?f t)) _ _ => eapply (der_cosh f); der
  | |- is_derive (fun t => tanh (@?f t)) _ _ => eapply (der_tanh f); der
  | |- is_derive (fun t => sigmoid (@?f t)) _ _ => eapply (der_sigmoid f); der
  | |- is_derive (fun t => softplus (@?f t)) _ _ => eapply (der_softplus f); der
  | |- is_derive (fun t => rpow (@?f t) (@?g t)) _ _ => eapply (der_rpow f g); [cbv beta | der | der]
  | |- is_derive (fun t => sum ?n (@?f t)) _ _ =>
      eapply (der_sum n (fun k t => f t k)); intros; der
  | |- is_derive (fun t => softmax ?n (@?v t) _) _ _ =>
      eapply (der_softmax n v); [assumption | lia | intros; der]
  | |- is_derive (fun t => logsumexp ?n (@?v t)) _ _ =>
      eapply (der_logsumexp n v); [assumption | intros; der]
  | |- is_derive (fun t => if @?c t then @?f t else @?g t) _ _ =>
      lazymatch c with
      | fun _ => ?c => eapply (der_if c f g); intros; der
      | _ => der_further
      end
  | H : forall x, is_derive ?F x _ |- is_derive (fun t => ?F (@?f t)) _ _ =>
      eapply (der_comp f _ _ F); [apply H | der]
  | H : forall x, 0 < x -> is_derive ?F x _ |- is_derive (fun t => ?F (@?f t)) _ _ =>
      eapply (der_comp f _ _ F); [apply H; cbv beta | der]
  | |- _ => der_further
  end.
Ltac eta :=
  repeat match goal with
  | |- context [sum ?n (fun k => ?v k)] => change (sum n (fun k => v k)) with (sum n v)
  end.
Ltac at_point := cbv beta; rewrite ?upd_id, ?upd2_id, ?upd3_id; eta.
(* What a derivative needs of a formula at its point. *)
Ltac side :=
  tests; at_point;
  match goal with
  | |- 0 < _ => pos
  | |- _ <> 0 => nonzero
  end.
Ltac nonzeros := conjuncts; nonzero.
