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
