"""Pictures: right values at known places, files that are pictures, plain refusals."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands.grad import command as grad_command
from derive.commands.mle import command as mle_command
from derive.commands.plot import command
from derive.errors import DeriveError, UnknownNameError
from derive.notation.reading.specification import specify
from derive.rendering.pictures import Curve, Picture, in_words
from derive.teaching.demonstrations.jumping_curves import asked_of, sampled
from derive.teaching.demonstrations.loss_pictures import (
    likelihood_picture,
    loss_picture,
    noise_picture,
)
from derive.teaching.demonstrations.measuring import point_at
from derive.teaching.demonstrations.picturing import picture_named, pictures, spread

PNG, RUNNER = b"\x89PNG\r\n\x1a\n", CliRunner()


def curve(picture: Picture, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = next(c for c in picture.curves if c.label == label)
    return np.array(found.x), np.array(found.y)


@pytest.mark.parametrize("name", list(pictures()))
def test_every_picture_is_drawn_and_said(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from derive.rendering.drawing import draw

    picture = picture_named(name)
    for suffix, start in ((".png", PNG), (".svg", b"<?xml")):
        path = tmp_path / f"{name}{suffix}"
        draw(picture, path)
        assert path.read_bytes().startswith(start)
        assert path.stat().st_size > 3000
    assert picture.title in in_words(picture)


def test_the_same_picture_gives_the_same_svg(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from derive.rendering.drawing import draw

    for name in ("a.svg", "b.svg"):
        draw(picture_named("bernoulli-likelihood"), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_bernoulli_likelihood_peaks_at_the_estimate() -> None:
    picture = picture_named("bernoulli-likelihood")
    x, y = curve(picture, "θ (1 − θ)⁴")
    np.testing.assert_allclose(y, x * (1 - x) ** 4, rtol=1e-12)
    assert abs(x[y.argmax()] - 0.2) < 0.01
    assert picture.marks[0].y == pytest.approx(0.08192)


def test_the_gaussian_map_is_brightest_at_the_estimate() -> None:
    picture = picture_named("gaussian-likelihood")
    heat = np.array(picture.heat)
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    x0, x1, y0, y1 = picture.extent
    assert np.linspace(x0, x1, heat.shape[1])[column] == pytest.approx(0, abs=0.05)
    assert np.linspace(y0, y1, heat.shape[0])[row] == pytest.approx(np.sqrt(2 / 3), abs=0.03)
    assert heat.max() == pytest.approx(0.0260, abs=2e-4)


def test_the_squared_error_saturates() -> None:
    picture = picture_named("saturation")
    _, cross = curve(picture, "gradient of the cross-entropy")
    _, squared = curve(picture, "gradient of the squared error")
    assert cross[0] == pytest.approx(-1, abs=1e-3)
    assert abs(squared[0]) < 1e-3


def test_densities_have_the_area_one() -> None:
    for each in picture_named("noise-densities").curves[:3]:
        step = each.x[1] - each.x[0]
        assert sum(each.y) * step == pytest.approx(1, abs=0.05)


def test_the_regression_line_is_that_of_least_squares() -> None:
    picture = picture_named("regression")
    points = np.array(picture.points)
    slope, intercept = np.polyfit(points[:, 0], points[:, 1], 1)
    x, y = curve(picture, "least squares line")
    np.testing.assert_allclose(y, slope * x + intercept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "loss", "slope"), [
    ("huber", lambda z: np.where(abs(z) <= 1, z**2 / 2, abs(z) - 0.5), lambda z: np.clip(z, -1, 1)),
    ("gaussian-mse", lambda z: z**2 / 2, lambda z: z),
    ("softmax-nll", lambda z: np.log(np.exp(z) + 2) - z, lambda z: np.exp(z) / (np.exp(z) + 2) - 1),
])
def test_a_loss_with_its_gradient(name: str, loss, slope) -> None:
    picture = loss_picture(derive.grad(name))
    x, y = curve(picture, "loss")
    np.testing.assert_allclose(y, loss(x), rtol=1e-9, atol=1e-9)
    x, y = curve(picture, "derivative")
    np.testing.assert_allclose(y, slope(x), rtol=1e-9, atol=1e-9)


Z = ["z: real"]
JUMPS = [  # formula, places with the values at the left, at the right and there (None: no value)
    ("0 if z < 1 else 2", {1: (0, 2, 2)}),
    ("0 if z <= 1 else 2", {1: (0, 2, 0)}),
    ("sign(z)", {0: (-1, 1, 0)}),
    ("3*sign(z - 0.3)", {0.3: (-3, 3, 0)}),
    ("(1 if z < -0.7 else 0) + (1 if z < 0.013 else 0)", {-0.7: (2, 1, 1), 0.013: (1, 0, 0)}),
    ("z + (5 if z == 2 else 0)", {2: (2, 2, 7)}),
    ("z**2 if abs(z) < 2 else -z", {-2: (2, 4, 2), 2: (4, -2, -2)}),
    ("1 if z*z <= 2.25 else 0", {-1.5: (0, 1, 1), 1.5: (1, 0, 1)}),
]
SMOOTH = ["abs(z)", "max(0, z)", "z if z < 0 else 2*z", "tanh(1000*z)", "exp(5*z)",
          "z**2 if z < 1 else 2*z - 1", "abs(z - 0.3)**0.5"]


def drawn(text: str) -> Curve:
    posed = specify(text, Z)
    asked = asked_of(posed.loss, lambda value: point_at(posed.scope, {"z": value}))
    return sampled(text, asked, spread(-4, 4, 161), "nowhere")


@pytest.mark.parametrize(("text", "jumps"), JUMPS, ids=[text for text, _ in JUMPS])
def test_a_jump_is_drawn_as_one_with_its_ends(text: str, jumps: dict[float, tuple]) -> None:
    made = drawn(text)
    assert {place for place, *_ in made.ends} == set(jumps)
    for place, (left, right, there) in jumps.items():
        ends = [(y, closed) for x, y, closed in made.ends if x == place]
        assert {round(y, 5) for y, _ in ends} == {left, right, there} - {None}
        assert all(closed == (round(y, 5) == there) for y, closed in ends)
    # No piece climbs from one side to the other.
    steps = [abs(b - a) for a, b in pairwise(made.y) if np.isfinite(a + b)]
    assert max(steps) < 0.5


@pytest.mark.parametrize("text", SMOOTH)
def test_a_kink_and_a_steep_curve_are_no_jumps(text: str) -> None:
    made = drawn(text)
    assert not made.ends
    assert np.isfinite(made.y).all()


def test_a_kink_is_a_point_of_the_curve() -> None:
    made = drawn("abs(z - 0.3)")
    assert (0.3, 0.0) in set(zip(made.x, made.y, strict=True))


@pytest.mark.parametrize("text", ["1/z", "1/(z - 0.31)**2", "log(z - 0.2) if z > 1 else 1/z"])
def test_a_pole_is_a_gap(text: str) -> None:
    made = drawn(text)
    assert not made.ends or 0 not in {x for x, *_ in made.ends}
    assert not np.isfinite(made.y).all()


def test_what_a_derivative_leaves_out_is_open() -> None:
    """The hinge has no derivative at its kink, where its formula is 0."""
    curves = loss_picture(derive.grad("hinge")).curves
    assert curves[2].ends == ((1.0, -1.0, False), (1.0, 0.0, False))
    assert "jumps at 1" in in_words(loss_picture(derive.grad("hinge")))


def test_a_jump_between_two_elements_is_drawn() -> None:
    picture = loss_picture(derive.grad("max(o)", given=["o: real[K]"], wrt="o"))
    assert [x for x, *_ in picture.curves[1].ends] == [0, 0]


def test_no_legend_lies_over_a_curve() -> None:
    figure_class = pytest.importorskip("matplotlib.figure").Figure
    from derive.rendering.drawing import figure

    pictures_ = [picture_named(name) for name in pictures()]
    for picture in [*pictures_, *(loss_picture(derive.grad(n)) for n in ("hinge", "huber"))]:
        made = figure(picture, figure_class)
        made.canvas.draw()
        for axes in made.axes:
            words = [axes.get_legend()] if axes.get_legend() else []
            words += [t for t in axes.texts if t.get_text() in {c.label for c in picture.curves}]
            for text in words:
                box, top = text.get_window_extent(), axes.get_window_extent().y1
                ends = [axes.transData.transform((max(c.x), 0))[0] for c in picture.curves]
                assert box.x0 > max(ends, default=box.x1) or box.y0 >= top - 1, picture.title


def test_a_target_of_0_or_1_is_drawn_at_both() -> None:
    labels = [c.label for c in loss_picture(derive.grad("bernoulli-ce")).curves]
    assert labels == ["loss, y = 1", "loss, y = 0", "derivative, y = 1", "derivative, y = 0"]


def test_values_can_be_chosen() -> None:
    picture = loss_picture(derive.grad("huber"), {"delta": 2, "y": 1}, (-1, 3))
    x, y = curve(picture, "derivative")
    np.testing.assert_allclose(y, np.clip(x - 1, -2, 2), atol=1e-12)
    assert "delta = 2" in picture.caption
    with pytest.raises(DeriveError, match="'sigma' is no name of this formula"):
        loss_picture(derive.grad("huber"), {"sigma": 2})


def test_a_value_that_a_name_cannot_have_is_refused() -> None:
    with pytest.raises(DeriveError, match="delta is positive; it cannot be -1"):
        loss_picture(derive.grad("huber"), {"delta": -1})


def test_the_noise_of_a_loss() -> None:
    x, y = curve(noise_picture(derive.noise("gaussian-mse")), "exp(−loss)/Z")
    np.testing.assert_allclose(y, np.exp(-x**2 / 2) / np.sqrt(2 * np.pi), rtol=1e-9)


def test_the_likelihood_of_data() -> None:
    found = derive.mle("bernoulli", data="0,0,0,1,0")
    x, y = curve(likelihood_picture(found, [0, 0, 0, 1, 0]), "likelihood")
    np.testing.assert_allclose(y, x * (1 - x) ** 4, rtol=1e-9)
    with pytest.raises(DeriveError, match="one parameter"):
        likelihood_picture(derive.mle("normal"), [1.0])


def test_the_command(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert RUNNER.invoke(command, []).output.count("\n") == len(pictures())
    assert "greatest 3.5 at -4" in RUNNER.invoke(command, ["huber"]).output
    path = tmp_path / "a.png"
    assert RUNNER.invoke(command, ["huber", "--value", "delta=2", "-o", str(path)]).exit_code == 0
    assert path.read_bytes().startswith(PNG)
    for arguments in (["huber", "--value", "two"], ["huber", "--from", "1"]):
        assert RUNNER.invoke(command, arguments).exit_code == 2


def test_plot_beside_a_derivation(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "a.svg"
    assert RUNNER.invoke(grad_command, ["huber", "--plot", str(path)]).exit_code == 0
    assert path.read_bytes().startswith(b"<?xml")
    done = RUNNER.invoke(mle_command, ["bernoulli", "--data", "0,1", "--plot",
                                       str(tmp_path / "b.png")])
    assert done.exit_code == 0
    assert (tmp_path / "b.png").exists()


def test_refusals_are_plain(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from derive.rendering.drawing import check_drawing

    with pytest.raises(DeriveError, match=r"written as .png or .svg, not 'a.jpg'"):
        check_drawing(tmp_path / "a.jpg")
    with pytest.raises(DeriveError, match="cannot write"):
        check_drawing(tmp_path / "none" / "a.png")
    with pytest.raises(UnknownNameError, match="did you mean saturation"):
        picture_named("saturatoin")
    with pytest.raises(DeriveError, match="several subscripts"):
        loss_picture(derive.grad("sum((W @ x)**2)", given=["W: real[H, D]", "x: real[D]"],
                                 wrt="W"))


def test_listing_needs_no_matplotlib() -> None:
    code = ("import sys\nfrom derive.commands.plot import command\n"
            "command.main([], standalone_mode=False)\nprint('matplotlib' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("False")
