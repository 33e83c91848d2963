(* Derivatives of functions by cases: away from a tie one case holds around the point, at a tie
   all cases have the same value and the same derivative. *)
From Derive Require Export Derivatives.

Lemma cont_derive (f : R -> R) (x : R) : ex_derive f x -> continuous f x.
Proof. apply (ex_derive_continuous f x). Qed.
Lemma cont_abs (f : R -> R) (x : R) : continuous f x -> continuous (fun t => Rabs (f t)) x.
Proof. intros H. apply (continuous_comp f Rabs). exact H. apply continuous_Rabs. Qed.
Lemma cont_plus (f g : R -> R) (x : R) : continuous f x -> continuous g x ->
  continuous (fun t => f t + g t) x.
Proof. intros; now apply (continuous_plus f g). Qed.
Lemma cont_minus (f g : R -> R) (x : R) : continuous f x -> continuous g x ->
  continuous (fun t => f t - g t) x.
Proof. intros; now apply (continuous_minus f g). Qed.

Lemma der_cases (w F G1 G2 G3 : R -> R) (x l : R) : continuous w x ->
  (forall t, w t < 0 -> F t = G1 t) -> (forall t, 0 < w t -> F t = G2 t) ->
  (forall t, w t = 0 -> F t = G3 t) ->
  (w x < 0 -> is_derive G1 x l) -> (0 < w x -> is_derive G2 x l) ->
  (w x = 0 -> is_derive G1 x l /\ is_derive G2 x l /\
              ((forall t, w t = 0 -> t = x) \/ is_derive G3 x l) /\ G1 x = G3 x /\ G2 x = G3 x) ->
  is_derive F x l.
Proof.
  intros C E1 E2 E3 D1 D2 D3. destruct (total_order_T (w x) 0) as [[H|H]|H].
  - apply is_derive_ext_loc with (f := G1); [|auto].
    apply (filter_imp (fun t => w t < 0)). { intros t Ht. symmetry. auto. }
    apply (C (fun v => v < 0)). now apply (open_lt 0 (w x)).
  - destruct (D3 H) as (L1 & L2 & L3 & S1 & S2).
    apply is_derive_Reals. apply is_derive_Reals in L1. apply is_derive_Reals in L2. intros e He.
    destruct (L1 e He) as (d1 & P1). destruct (L2 e He) as (d2 & P2).
    assert (L : exists d3 : posreal, forall h, h <> 0 -> Rabs h < d3 -> w (x + h) = 0 ->
                  Rabs ((G3 (x + h) - G3 x) / h - l) < e).
    { destruct L3 as [U|L3].
      - exists d1. intros h Hh _ Hw. apply U in Hw. exfalso. lra.
      - apply is_derive_Reals in L3. destruct (L3 e He) as (d3 & P3). exists d3. auto. }
    destruct L as (d3 & P3).
    assert (P : 0 < Rmin d1 (Rmin d2 d3))
      by (repeat apply Rmin_pos; apply cond_pos).
    exists (mkposreal _ P). intros h Hh Hd. simpl in Hd.
    assert (Hd1 : Rabs h < d1) by (eapply Rlt_le_trans; [exact Hd | apply Rmin_l]).
    assert (Hd2 : Rabs h < d2)
      by (eapply Rlt_le_trans; [exact Hd | eapply Rle_trans; [apply Rmin_r | apply Rmin_l]]).
    assert (Hd3 : Rabs h < d3)
      by (eapply Rlt_le_trans; [exact Hd | eapply Rle_trans; [apply Rmin_r | apply Rmin_r]]).
    rewrite (E3 x H). destruct (total_order_T (w (x + h)) 0) as [[K|K]|K].
    + rewrite E1 by auto. rewrite <- S1. auto.
    + rewrite E3 by auto. auto.
    + rewrite E2 by auto. rewrite <- S2. auto.
  - apply is_derive_ext_loc with (f := G2); [|auto].
    apply (filter_imp (fun t => 0 < w t)). { intros t Ht. symmetry. auto. }
    apply (C (fun v => 0 < v)). now apply (open_gt 0 (w x)).
Qed.

(* Where a tie is excluded, and the derivative is not known beforehand. *)
Lemma der_abs (f : R -> R) (x a : R) : f x <> 0 -> is_derive f x a ->
  is_derive (fun t => Rabs (f t)) x (a * sgn (f x)).
Proof.
  intros N D. assert (C : continuous f x) by (apply cont_derive; now exists a).
  eapply (der_cases f) with (G1 := fun t => - f t) (G2 := f) (G3 := f).
  - exact C.
  - intros. now rewrite Rabs_left.
  - intros. now rewrite Rabs_pos_eq by lra.
  - intros t ->. apply Rabs_R0.
  - intros. eapply der_eq. apply der_opp, D. rewrite sgn_neg by auto. ring.
  - intros. eapply der_eq. apply D. rewrite sgn_pos by auto. ring.
  - tauto.
Qed.
Lemma der_max (f g : R -> R) (x a b : R) : f x <> g x -> is_derive f x a -> is_derive g x b ->
  is_derive (fun t => Rmax (f t) (g t)) x (if Rltb (f x) (g x) then b else a).
Proof.
  intros N D E. eapply (der_cases (fun t => f t - g t)) with (G1 := g) (G2 := f) (G3 := f).
  - apply cont_minus; apply cont_derive; eexists; eauto.
  - intros. apply Rmax_right. lra.
  - intros. apply Rmax_left. lra.
  - intros. apply Rmax_left. lra.
  - intros. now rewrite Rltb_true by lra.
  - intros. now rewrite Rltb_false by lra.
  - intros H. exfalso. apply N. lra.
Qed.

Lemma Rmin_max a b : Rmin a b = - Rmax (- a) (- b).
Proof. unfold Rmin, Rmax. destruct (Rle_dec a b), (Rle_dec (- a) (- b)); lra. Qed.
Lemma der_min (f g : R -> R) (x a b : R) : f x <> g x -> is_derive f x a -> is_derive g x b ->
  is_derive (fun t => Rmin (f t) (g t)) x (if Rltb (f x) (g x) then a else b).
Proof.
  intros N D E. apply der_ext with (g := fun t => - Rmax (- f t) (- g t)).
  { intros. apply Rmin_max. }
  eapply der_eq. apply der_opp. apply (der_max (fun t => - f t) (fun t => - g t)).
  - lra.
  - apply der_opp, D.
  - apply der_opp, E.
  - cbv beta. destruct (total_order_T (f x) (g x)) as [[H|H]|H].
    + rewrite Rltb_false, Rltb_true by lra. ring.
    + tauto.
    + rewrite Rltb_true, Rltb_false by lra. ring.
Qed.
(* A choice by a test that has the same outcome around the point. *)
Lemma der_if_less (f g F G : R -> R) (x c d a b : R) : f x <> g x ->
  is_derive f x c -> is_derive g x d ->
  (f x < g x -> is_derive F x a) -> (g x < f x -> is_derive G x b) ->
  is_derive (fun t => if Rltb (f t) (g t) then F t else G t) x (if Rltb (f x) (g x) then a else b).
Proof.
  intros N C D P Q. eapply (der_cases (fun t => f t - g t)) with (G1 := F) (G2 := G) (G3 := G).
  - apply cont_minus; apply cont_derive; eexists; eauto.
  - intros. now rewrite Rltb_true by lra.
  - intros. now rewrite Rltb_false by lra.
  - intros. now rewrite Rltb_false by lra.
  - intros. rewrite Rltb_true by lra. apply P. lra.
  - intros. rewrite Rltb_false by lra. apply Q. lra.
  - intros H. exfalso. apply N. lra.
Qed.
Lemma Rleb_not a b : Rleb a b = negb (Rltb b a).
Proof. destruct (Rleb_spec a b), (Rltb_spec b a); auto; lra. Qed.
Lemma if_and (c d : bool) (u v : R) :
  (if (c && d)%bool then u else v) = if c then if d then u else v else v.
Proof. now destruct c. Qed.
Lemma if_or (c d : bool) (u v : R) :
  (if (c || d)%bool then u else v) = if c then u else if d then u else v.
Proof. now destruct c. Qed.
Lemma if_not (c : bool) (u v : R) : (if negb c then u else v) = if c then v else u.
Proof. now destruct c. Qed.
Ltac der_choice :=
  match goal with
  | |- is_derive (fun t => if Rltb (@?f t) (@?g t) then @?F t else @?G t) _ _ =>
      eapply (der_if_less f g F G); [cbv beta | der | der | intros; der | intros; der]
  | |- is_derive (fun t => if Rleb (@?f t) (@?g t) then @?F t else @?G t) _ _ =>
      apply der_ext with (g := fun t => if Rltb (g t) (f t) then G t else F t);
      [intros; rewrite Rleb_not; apply if_not | der]
  | |- is_derive (fun t => if (@?c t && @?d t)%bool then @?F t else @?G t) _ _ =>
      apply der_ext with (g := fun t => if c t then if d t then F t else G t else G t);
      [intros; apply if_and | der]
  | |- is_derive (fun t => if (@?c t || @?d t)%bool then @?F t else @?G t) _ _ =>
      apply der_ext with (g := fun t => if c t then F t else if d t then F t else G t);
      [intros; apply if_or | der]
  | |- is_derive (fun t => if negb (@?c t) then @?F t else @?G t) _ _ =>
      apply der_ext with (g := fun t => if c t then G t else F t); [intros; apply if_not | der]
  end.
(* Constructs whose lemmas come later still. *)
Ltac der_last := idtac.
Ltac der_further ::=
  lazymatch goal with
  | |- is_derive (fun t => if _ then _ else _) _ _ => der_choice
  | |- is_derive (fun t => Rabs (@?f t)) _ _ => eapply (der_abs f); [cbv beta | der]
  | |- is_derive (fun t => Rmax (@?f t) (@?g t)) _ _ =>
      eapply (der_max f g); [cbv beta | der | der]
  | |- is_derive (fun t => Rmin (@?f t) (@?g t)) _ _ =>
      eapply (der_min f g); [cbv beta | der | der]
  | |- _ => der_last
  end.

(* Comparisons whose outcome follows from the hypotheses. *)
Ltac resolve :=
  repeat match goal with
  | |- context [Rltb ?a ?b] =>
      first [rewrite (Rltb_true a b) by lra | rewrite (Rltb_false a b) by lra]
  | |- context [Rleb ?a ?b] =>
      first [rewrite (Rleb_true a b) by lra | rewrite (Rleb_false a b) by lra]
  | |- context [Rmax ?a ?b] =>
      first [rewrite (Rmax_left a b) by lra | rewrite (Rmax_right a b) by lra]
  | |- context [Rmin ?a ?b] =>
      first [rewrite (Rmin_left a b) by lra | rewrite (Rmin_right a b) by lra]
  | |- context [Rabs ?a] =>
      first [rewrite (Rabs_pos_eq a) by lra | rewrite (Rabs_left a) by lra]
  | |- context [sgn ?a] =>
      first [rewrite (sgn_pos a) by lra | rewrite (sgn_neg a) by lra
            | replace (sgn a) with 0 by (replace a with 0 by lra; now rewrite sgn_0)]
  end;
  cbn [andb orb negb]; cbv iota.

Ltac plain e :=
  lazymatch e with
  | context [Rltb _ _] => fail
  | context [Rleb _ _] => fail
  | context [Rmax _ _] => fail
  | context [Rmin _ _] => fail
  | context [Rabs _] => fail
  | context [sgn _] => fail
  | _ => idtac
  end.
Ltac decides s w := plain w; lazymatch w with context [s] => exact w end.
(* The difference that decides a comparison in e and depends on s, itself without comparisons. *)
Ltac comparison s e :=
  match e with
  | context [Rltb ?a ?b] => decides s (a - b)
  | context [Rleb ?a ?b] => decides s (a - b)
  | context [Rmax ?a ?b] => decides s (a - b)
  | context [Rmin ?a ?b] => decides s (a - b)
  | context [Rabs ?a] => decides s a
  | context [sgn ?a] => decides s a
  end.
(* Hypotheses at the point. *)
Ltac here :=
  repeat match goal with
  | H : context [upd ?o ?i (?o ?i)] |- _ => rewrite upd_id in H
  | H : context [upd2 ?o ?i ?j (?o ?i ?j)] |- _ => rewrite upd2_id in H
  end.
Ltac contradiction_here :=
  solve [exfalso; lra
        | match goal with H : ?a <> ?b |- _ => exfalso; apply H; resolve; lra end
        | exfalso; nra
        | exfalso; here; instances;
          match goal with H : ?a <> ?b |- _ => apply H; lra end].
Ltac cont := apply cont_derive; eexists; der; side.
Ltac slope := first [nonzero | match goal with |- ?a <> 0 => field_simplify a; [nonzero | nonzeros ..] end].
(* Where w is 0 at x and of the first degree, x is the quotient of its coefficients. *)
Ltac at_tie w x :=
  try (let a := eval cbv beta in (w 1 - w 0) in
       let b := eval cbv beta in (w 0) in
       let Z := fresh "Z" in
       eassert (Z : - b / a = _)
         by (first [field_simplify (- b / a); [reflexivity | nonzeros ..] | reflexivity]);
       change (- (1)) with (-1) in Z;
       lazymatch type of Z with _ = ?v =>
         assert (x = v) by (rewrite <- Z; apply (Rmult_eq_reg_r a);
                            [field_simplify; [lra | nonzeros ..] | slope])
       end;
       clear Z; subst x).
(* The same for a variable of e, where e is 0 by H. *)
Ltac solved e :=
  try match e with
  | context [?v] => is_var v; let w := eval pattern v in e in lazymatch w with ?w _ => at_tie w v end
  end.
Ltac piece := intros; cbv beta in *; resolve; reflexivity.

(* Where w is of the first degree, it is 0 at x alone. *)
Ltac isolated w x H :=
  let a := eval cbv beta in (w 1 - w 0) in
  let t := fresh "t" in
  let T := fresh "T" in
  intros t T; apply Rminus_diag_uniq, (Rmult_eq_reg_r a);
  [rewrite Rmult_0_l; transitivity (w t - w x); [field; nonzeros | rewrite T, H; ring] | slope].
(* The derivative of F at x is l: by cases, the cases by `der`, equalities by `equal`. *)
Ltac leaf equal :=
  here;
  eapply der_eq; [der; side | equal].
Ltac by_cases equal :=
  cbv beta;
  lazymatch goal with
  | |- is_derive ?F ?x ?l =>
      tryif (let w := constr:(fun s : R =>
               ltac:(let e := eval cbv beta in (F s) in comparison s e)) in
             eapply (der_cases w); [cont | piece | piece | piece | ..])
      then (intros; cbv beta in *; try contradiction_here;
            lazymatch goal with
            | |- is_derive _ _ _ => by_cases equal
            | H : ?e = 0 |- _ /\ _ =>
                let w := eval pattern x in e in
                lazymatch w with
                | ?w _ => change (w x = 0) in H;
                    let I := fresh "I" in
                    try assert (I : forall t, w t = 0 -> t = x) by isolated w x H;
                    cbv beta in H; tryif is_var x then at_tie w x else solved e
                end;
                try match goal with N : ?a <> ?b |- _ => solve [exfalso; apply N; lra] end;
                repeat match goal with |- _ /\ _ => split end;
                lazymatch goal with
                | |- is_derive _ _ _ => by_cases equal
                | |- _ \/ _ => first [left; assumption | right; by_cases equal]
                | |- _ => cbv beta; equal
                end
            end)
      else leaf equal
  end.

(* A sum whose terms depend on one entry each: the term of the entry that moves, and the others. *)
Ltac entrywise :=
  lazymatch goal with
  | |- is_derive ?h _ _ =>
      eapply (der_ext h);
      [let t := fresh "t" in
       intros t; cbv beta;
       progress (repeat match goal with
       | |- context [sum ?n ?f] =>
           match f with
           | context [upd ?x ?i t] =>
               let F := eval pattern (upd x i t) in f in
               lazymatch F with
               | ?F _ => rewrite (sum_except n i f (F x))
                   by (first [assumption | intros; cbv beta; rewrite upd_other by assumption; reflexivity])
               end
           end
       end);
       cbv beta;
       repeat match goal with |- context [upd ?x ?i t ?i] => rewrite (upd_same x i t) end;
       reflexivity
      | cbv beta]
  end.
Ltac by_cases_of_entries equal := first [entrywise; by_cases equal | by_cases equal].
