"""Pictures: right values at known places, files that are pictures, plain refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands.grad import command as grad_command
from derive.commands.mle import command as mle_command
from derive.commands.plot import command
from derive.errors import DeriveError, UnknownNameError
from derive.rendering.pictures import Picture, in_words
from derive.teaching.loss_pictures import likelihood_picture, loss_picture, noise_picture
from derive.teaching.picturing import picture_named, pictures

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
