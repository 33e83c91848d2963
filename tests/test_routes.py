"""Several routes to one gradient: each derived, replayed and verified; refused where none leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import derive
from derive.calculus.cost.equality import same
from derive.commands.grad import command
from derive.core.exact import exact
from derive.errors import DataFileError, DeriveError, UnknownNameError
from derive.rulebook.loading import standard_rulebook
from derive.tables import route_table
from derive.tables.route_table import route_for, routes

ROUTES = [route.name for route in routes()]


@pytest.mark.parametrize("name", ROUTES)
def test_all_routes_end_in_the_same_gradient(name: str) -> None:
    found = derive.grad("softmax-nll", route=name).verify()
    assert found.notation == derive.grad("softmax-nll").notation
    assert found.replay() == found.result
    assert found.verification.points >= 8
    assert dict(found.remarks)["route"] == route_for(name).says
    assert found.title.endswith(route_for(name).title)


def test_routes_differ_in_what_they_go_through() -> None:
    text = {name: derive.grad("softmax-nll", route=name).show("text") for name in ROUTES}
    assert "∂s/∂oᵢ = ∂/∂oᵢ [log(Σₖ exp(oₖ))]" in text["lse"]
    assert "∂pⱼ/∂oᵢ" in text["jacobian"]
    assert "∂gₘ/∂oⱼ − ∂gⱼ/∂oₘ" in text["matching"]
    assert "the cost C above has this gradient" in text["matching"]
    assert "Bregman divergence" in text["matching"]


@pytest.mark.parametrize(("loss", "route"), [
    ("softmax-ce-soft", "lse"), ("softmax-ce-soft", "matching"), ("bernoulli-ce", "matching"),
    ("gaussian-mse", "matching"), ("poisson-nll", "matching"), ("multilabel-bce", "matching"),
    ("label-smoothed-softmax-nll", "jacobian"),
])
def test_other_losses_that_a_route_leads_through(loss: str, route: str) -> None:
    found = derive.grad(loss, route=route).verify()
    assert exact(same)(found.result, derive.grad(loss).result, standard_rulebook())
    assert found.replay() == found.result


def test_a_route_through_a_formula_of_ones_own() -> None:
    found = derive.grad("logsumexp(a) - a[c]", given=["a: real[M]", "c: label(M)"], wrt="a[q]",
                        route="matching").verify()
    assert found.notation == "softmax(a)[q] - delta(q, c)"


@pytest.mark.parametrize(("loss", "route"), [("hinge", "matching"), ("hinge", "lse"),
                                             ("huber", "jacobian"), ("brier", "matching")])
def test_a_route_that_does_not_lead_through_is_refused(loss: str, route: str) -> None:
    with pytest.raises(UnknownNameError, match=f"the route '{route}' .* does not lead through"):
        derive.grad(loss, route=route)


def test_an_unknown_route_and_one_with_intermediates_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean jacobian"):
        derive.grad("softmax-nll", route="jacobain")
    with pytest.raises(DeriveError, match="not both"):
        derive.grad("softmax-nll", route="lse", through=["p"])


@pytest.mark.parametrize(("text", "complaint"), [
    ('[a]\ntitle = "t"\nsays = "s"\nsource = "x"\n', "give 'first', 'through' or fields"),
    ('[a]\ntitle = "t"\nsays = "s"\nsource = "x"\nvia = "p"\n', "unknown key 'via'"),
    ('[a]\ntitle = "t"\nsays = "s"\nsource = "x"\nfields = 3\n', "write fields as"),
])
def test_a_bad_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str,
                             complaint: str) -> None:
    (tmp_path / "routes.toml").write_text(text)
    monkeypatch.setattr(route_table, "rules_folder", lambda: tmp_path)
    with pytest.raises(DataFileError, match=complaint):
        routes()


def test_the_command() -> None:
    done = CliRunner().invoke(command, ["softmax-nll", "--route", "matching", "--detail", "brief"])
    assert done.exit_code == 0
    assert "gradient as a Bregman matching loss" in done.output
