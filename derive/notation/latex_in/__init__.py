"""LaTeX of textbooks to text of the notation; what cannot be read is refused at its place."""

from derive.notation.latex_in.declarations import read_latex_declaration
from derive.notation.latex_in.inference import infer_declarations
from derive.notation.latex_in.latex_problem import LatexProblem, read_latex_problem
from derive.notation.latex_in.latex_reader import LatexLine, read_latex, read_latex_lines

__all__ = ["LatexLine", "LatexProblem", "infer_declarations", "read_latex",
           "read_latex_declaration", "read_latex_lines", "read_latex_problem"]
