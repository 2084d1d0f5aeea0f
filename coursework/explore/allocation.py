"""Who works with which tool? The chart of "Tool or craft?" and its explorer.

Both ask one what-if: the resolved share within each craft band and tool stays
as observed, and the slider changes how strongly craft decides who gets the
suite. The raw gap moves, the standardised gap does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coursework.analysis import crude_gap, reassign, standardised_gap, tabulate
from coursework.explore.renderer import alt
from coursework.loading import Tables
from coursework.tables import CRAFT, TOOLS

if TYPE_CHECKING:
    import ipywidgets

CONTROL, TREATED = TOOLS
# The views whose words a page repeats for screen readers, in reading order.
READOUT = ("readout_raw", "readout_standardised", "readout_masters")
SLIDER = "How strongly craft decides who gets the suite"
# One hue for each band that keeps 3:1 on white and on near-black; labels carry the meaning.
_BAND_COLOURS = ("#c1674e", "#9a7a1c", "#3f8f7a")
_RAW, _STANDARDISED = "#4a7fd0", "#a468c4"
_HEIGHT = 340
_THICK, _DASHES = 4, (7, 4)
_ROWS = (-64, -42, -20)  # of the numbers, in pixels above the plot

_DESCRIPTION = (
    "Lines from the inbox on the left to the suite on the right show the share of conversations resolved: one "
    "for each craft band, and two for all conversations together, raw and standardised. Every band's line falls "
    "from the inbox to the suite. Circles show how a tool's conversations are shared among the bands. A slider "
    "sets how strongly craft decides who gets the suite: 0 means that every band gets it alike, 1 is as in the "
    "data, 2 is stronger. At 0 the raw line falls like the standardised one; the more strongly craft decides, "
    "the more the raw line rises, while the standardised line stays where it is."
)


def cells_of(data: Tables) -> pd.DataFrame:
    """Conversations and resolved ones by craft band (`stratum`) and tool (`group`)."""
    merged = data["conversation"].merge(
        data["person"], left_on="agent_id", right_on="person_id", validate="many_to_one"
    )
    return tabulate(merged, outcome="resolved", group="tool", stratum="craft")


def allocation_chart(data: Tables) -> alt.LayerChart:
    """The live chart: a slider recomputes the raw gap in the reader's browser.

    Parameters
    ----------
    data
        The tables of "tool-or-craft".

    Returns
    -------
    LayerChart
        Its parameter `strength` runs from 0 to 2; the text marks of the view
        `readout` show the recomputed numbers.
    """
    slider = alt.param(name="strength", value=1, bind=alt.binding_range(min=0, max=2, step=0.1, name=SLIDER + " "))
    base = (
        alt.Chart(_rows(cells_of(data)))
        .transform_calculate(
            share="1 / (1 + exp(-(datum.overall + strength * (datum.observed - datum.overall))))",
        )
        .transform_calculate(weight=f"datum.band_share * (datum.tool == '{TREATED}' ? datum.share : 1 - datum.share)")
        .transform_joinaggregate(total="sum(weight)", groupby=["tool"])
        .transform_calculate(
            mix="datum.weight / datum.total",
            raw="datum.rate * datum.weight / datum.total",
            standardised="datum.rate * datum.band_share",
        )
    )
    return _draw(base, width="container").add_params(slider)


def allocation_explorer(data: Tables) -> ipywidgets.VBox:
    """The same chart for a notebook, recomputed by Python.

    Raises ImportError with the remedy if ipywidgets is not installed.
    """
    try:
        import ipywidgets
        from IPython.display import clear_output, display
    except ImportError:
        raise ImportError("The explorer needs ipywidgets: pip install ipywidgets, then restart the kernel.") from None

    cells = cells_of(data)
    slider = ipywidgets.FloatSlider(
        value=1.0,
        min=0.0,
        max=2.0,
        step=0.1,
        description="strength",
        tooltip=SLIDER,
        layout=ipywidgets.Layout(width="32em"),
        continuous_update=False,
    )
    numbers = ipywidgets.HTML()
    picture = ipywidgets.Output()

    def show(_: Any = None) -> None:
        world = reassign(cells, TREATED, slider.value)
        raw = crude_gap(world, TREATED, CONTROL)
        standardised = standardised_gap(world, TREATED, CONTROL)
        numbers.value = f"raw gap <b>{_signed(raw)}</b>, standardised gap <b>{_signed(standardised)}</b>"
        with picture:
            clear_output(wait=True)
            display(_draw(alt.Chart(_computed(world)), width=520))

    slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([ipywidgets.Label(f"{SLIDER}:"), slider, numbers, picture])


def _rows(cells: pd.DataFrame) -> pd.DataFrame:
    """What the browser needs: six rows with log-odds, shares and rates (unrounded)."""
    size = cells.groupby("stratum", observed=True)["n"].transform("sum")
    suite = cells["n"].where(cells["group"] == TREATED, size - cells["n"]) / size
    overall = cells.loc[cells["group"] == TREATED, "n"].sum() / cells["n"].sum()
    return pd.DataFrame(
        {
            "band": cells["stratum"].astype(str),
            "tool": cells["group"].astype(str),
            "rate": cells["successes"] / cells["n"],
            "band_share": size / cells["n"].sum(),
            "observed": np.log(suite / (1 - suite)),
            "overall": np.log(overall / (1 - overall)),
        }
    )


def _computed(world: pd.DataFrame) -> pd.DataFrame:
    """The columns that `_draw` needs, from cells that Python has reassigned."""
    total = world.groupby("group", observed=True)["n"].transform("sum")
    band = world.groupby("stratum", observed=True)["n"].transform("sum") / world["n"].sum()
    size = world.groupby("stratum", observed=True)["n"].transform("sum")
    return pd.DataFrame(
        {
            "band": world["stratum"].astype(str),
            "tool": world["group"].astype(str),
            "rate": world["rate"],
            "share": world["n"].where(world["group"] == TREATED, size - world["n"]) / size,
            "mix": world["n"] / total,
            "raw": world["rate"] * world["n"] / total,
            "standardised": world["rate"] * band,
        }
    )


def _draw(base: alt.Chart, width: int | str) -> alt.LayerChart:
    """Draw from rows with `band, tool, rate, share, mix, raw, standardised`."""
    x = alt.X("tool:N", sort=list(TOOLS), title=None, scale=alt.Scale(padding=0.75), axis=alt.Axis(labelAngle=0))
    y = alt.Y("rate:Q", title="share resolved", scale=alt.Scale(domain=[0.2, 1.0]), axis=alt.Axis(format=".0%"))
    band = alt.Color("band:N", scale=alt.Scale(domain=list(CRAFT), range=list(_BAND_COLOURS)), legend=None)
    by_band = base.encode(x=x, y=y, color=band)
    circles = by_band.mark_circle(opacity=0.8, aria=False).encode(
        size=alt.Size("mix:Q", scale=alt.Scale(domain=[0, 1], range=[10, 1600]), legend=None),
        tooltip=[
            alt.Tooltip("band:N", title="craft band"),
            alt.Tooltip("tool:N"),
            alt.Tooltip("rate:Q", format=".1%", title="share resolved"),
            alt.Tooltip("mix:Q", format=".0%", title="share of this tool's conversations"),
        ],
    )
    names = (
        base.encode(x=x, y=y)
        .transform_filter(alt.datum.tool == CONTROL)
        .mark_text(dy=-27, fontSize=12, aria=False)
        .encode(text="band:N")
    )

    kinds: list[Any] = ["raw", "standardised"]
    kind = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[_RAW, _STANDARDISED]), legend=None)
    dash = alt.StrokeDash("kind:N", scale=alt.Scale(domain=kinds, range=[[1, 0], list(_DASHES)]), legend=None)
    overall = (
        base.transform_aggregate(raw="sum(raw)", standardised="sum(standardised)", groupby=["tool"])
        .transform_fold(kinds, as_=["kind", "level"])
        .encode(x=x, y=alt.Y("level:Q"), color=kind)
    )
    lines = overall.mark_line(strokeWidth=_THICK, aria=False).encode(strokeDash=dash)
    return (
        alt.layer(by_band.mark_line(strokeWidth=1.5, aria=False), circles, names, lines, *_numbers(base))
        .resolve_scale(color="independent")
        .properties(
            width=width,
            height=_HEIGHT,
            description=_DESCRIPTION,
            usermeta={"readout": list(READOUT)},
        )
    )


def _numbers(base: alt.Chart) -> list[alt.Chart]:
    """Three lines of text above the plot; the page's live region repeats the views named `readout...`."""
    sign = f"(datum.tool == '{TREATED}' ? 1 : -1)"
    gaps = base.transform_calculate(
        signed_raw=f"{sign} * datum.raw", signed_standardised=f"{sign} * datum.standardised"
    ).transform_aggregate(raw="sum(signed_raw)", standardised="sum(signed_standardised)")
    masters = base.transform_filter(f"datum.band == 'master' && datum.tool == '{TREATED}'")
    texts = (
        (gaps, "'raw gap ' + format(datum.raw, '+.3f')"),
        (gaps, "'standardised gap ' + format(datum.standardised, '+.3f')"),
        (masters, "'suite among masters ' + format(datum.share, '.0%')"),
    )
    lines = [
        data.transform_calculate(words=words)
        .mark_text(align="left", fontSize=14, fontWeight="bold", baseline="middle", aria=False)
        .encode(x=alt.value(34), y=alt.value(above), text="words:N")
        .properties(name=name)
        for name, (data, words), above in zip(READOUT, texts, _ROWS, strict=True)
    ]
    # The words keep the text's colour, for contrast in light and dark; a piece of line before them is the key.
    keys = [
        alt.Chart(pd.DataFrame({"row": [0]}))
        .mark_rule(strokeWidth=_THICK, color=colour, aria=False, strokeDash=dash)
        .encode(x=alt.value(0), x2=alt.value(26), y=alt.value(above))
        for colour, dash, above in ((_RAW, [1, 0], _ROWS[0]), (_STANDARDISED, list(_DASHES), _ROWS[1]))
    ]
    return [*keys, *lines]


def _signed(gap: float) -> str:
    return f"{gap:+.3f}".replace("-", "\N{MINUS SIGN}")
