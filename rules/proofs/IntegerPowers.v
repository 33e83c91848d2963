(* Powers with integers as exponents. *)
From Derive Require Export Tidy.

Lemma der_powerRZ (f : R -> R) (x a : R) (n : Z) :
  (1 <= IZR n \/ f x <> 0) -> is_derive f x a ->
  is_derive (fun t => powerRZ (f t) n) x (IZR n * powerRZ (f x) (n - 1) * a).
Proof.
  intros N D. destruct n as [|p|p].
  - simpl. eapply der_eq. apply der_const. ring.
  - assert (E : (Z.pos p - 1)%Z = Z.of_nat (pred (Pos.to_nat p))) by (pose proof (Pos2Nat.is_pos p); lia).
    rewrite E, <- pow_powerRZ. unfold powerRZ. eapply der_eq. apply (is_derive_pow f (Pos.to_nat p)), D.
    rewrite INR_IZR_INZ, positive_nat_Z. ring.
  - assert (F : f x <> 0).
    { destruct N as [N|N]; [apply (le_IZR 1) in N; lia | exact N]. }
    assert (E : (Z.neg p - 1)%Z = Z.neg (p + 1)) by lia. rewrite E. unfold powerRZ.
    eapply der_eq. apply (der_inv (fun t => f t ^ Pos.to_nat p)).
    now apply pow_nonzero. apply (is_derive_pow f (Pos.to_nat p)), D.
    cbv beta. rewrite INR_IZR_INZ, positive_nat_Z.
    assert (M : Pos.to_nat p = S (pred (Pos.to_nat p))) by (pose proof (Pos2Nat.is_pos p); lia).
    replace (Pos.to_nat (p + 1)) with (S (S (pred (Pos.to_nat p)))) by lia.
    rewrite M. change (Z.neg p) with (- Z.pos p)%Z. rewrite opp_IZR. simpl pow. field.
    split; [now apply pow_nonzero | exact F].
Qed.
Ltac slope_of_integer_power :=
  repeat match goal with H : _ \/ _ |- _ => destruct H end;
  match goal with
  | |- _ = powerRZ _ ?m * IZR ?n * _ => replace m with (n - 1)%Z by lia
  end;
  apply is_derive_unique;
  (eapply der_eq; [apply der_powerRZ; [|apply Derive_correct; eassumption] | cbv beta; ring]);
  auto.
