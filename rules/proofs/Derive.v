(* All lemmas and tactics. *)
From Derive Require Export LargestTerms.
