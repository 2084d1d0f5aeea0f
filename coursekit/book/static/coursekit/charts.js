// Draw the charts of the page, redraw them when the theme changes, and say aloud what changed.

/** Wait until a slider rests before reading out the numbers. */
const REST = 300;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--ck-${name}`).trim();
}

/** The look of all charts, from the colours of the page. */
function config() {
  const font = getComputedStyle(document.body).fontFamily;
  const words = { labelColor: color("text"), titleColor: color("text"), labelFontSize: 13, titleFontSize: 13 };
  return {
    background: "transparent",
    font,
    axis: {
      ...words,
      titleFontWeight: 600,
      gridColor: color("chart-grid"),
      domainColor: color("control"),
      tickColor: color("control"),
    },
    legend: words,
    header: words,
    title: { color: color("text"), subtitleColor: color("muted") },
    text: { color: color("text") },
    rule: { color: color("control") },
    view: { stroke: null },
    mark: { color: color("chart-1") },
    range: { category: [1, 2, 3, 4, 5, 6].map((number) => color(`chart-${number}`)) },
  };
}

class Chart {
  constructor(block, spec, vegaEmbed) {
    this.block = block;
    this.spec = spec;
    this.vegaEmbed = vegaEmbed;
    this.place = block.querySelector(".vl-chart-view");
    this.readout = block.querySelector(".vl-chart-readout");
    this.view = null;
    this.bound = [];
    this.width = 0;
    this.theme = null;
    this.drawn = Promise.resolve();
  }

  /** Draw when the last drawing is done: two at once would leave two pictures. */
  redraw() {
    this.drawn = this.drawn.then(() => this.draw()).catch((error) => this.fail(error));
    return this.drawn;
  }

  async draw() {
    const { theme } = document.documentElement.dataset;
    if (theme === this.theme) return;
    this.theme = theme;
    const kept = new Map(this.bound.map((name) => [name, this.view.signal(name)]));
    const focused = this.inputs().indexOf(document.activeElement);
    this.view?.finalize();
    const { view, vgSpec } = await this.vegaEmbed(this.place, structuredClone(this.spec), {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      config: config(),
      tooltip: { theme },
      patch: (vega) => keepValues(vega, kept),
    });
    this.view = view;
    this.bound = (vgSpec.signals ?? []).filter((signal) => signal.bind?.input).map((signal) => signal.name);
    for (const name of this.bound) view.addSignalListener(name, () => this.announceSoon());
    this.nameInputs();
    if (focused >= 0) this.inputs()[focused]?.focus();
    this.announce();
  }

  inputs() {
    return [...this.place.querySelectorAll(".vega-bind :is(input, select)")];
  }

  /** Name each control by its words alone; Vega would count the shown value in. */
  nameInputs() {
    for (const row of this.place.querySelectorAll(".vega-bind")) {
      const name = row.querySelector(".vega-bind-name");
      name.textContent = name.textContent.trim();
      const input = row.querySelector("input, select");
      input?.setAttribute("aria-label", name.textContent);
      const value = row.querySelector("input[type=range] + span, input[type=range] + label");
      value?.classList.add("vega-bind-value");
      value?.setAttribute("aria-hidden", "true");
    }
  }

  announceSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.announce(), REST);
  }

  /** Repeat the text marks of the views that the chart names as its readout. */
  async announce() {
    const names = [this.spec.usermeta?.readout ?? []].flat();
    await this.view.runAsync();
    const words = names.flatMap((name) => [...this.place.querySelectorAll(`svg .${name}_marks text`)]);
    const sentence = words.map((text) => text.textContent.trim()).filter(Boolean).join(". ");
    if (sentence !== this.readout.textContent) this.readout.textContent = sentence;
  }

  /** Vega follows the window only; the column also changes when a side bar does. */
  follow(width) {
    if (this.view && Math.abs(width - this.width) >= 1) window.dispatchEvent(new Event("resize"));
    this.width = width;
  }

  fail(error) {
    const message = this.block.querySelector(".vl-chart-error");
    message.textContent = "This chart could not be drawn. What it shows is written below.";
    message.hidden = false;
    this.place.hidden = true;
    this.block.querySelector("details").open = true;
    console.error("A chart could not be drawn:", error);
  }
}

/** Start the redrawn chart where the reader left its controls. */
function keepValues(vega, kept) {
  for (const signal of vega.signals ?? []) {
    if (!kept.has(signal.name)) continue;
    signal.value = kept.get(signal.name);
    delete signal.init;
  }
  return vega;
}

async function main() {
  const { vegaEmbed } = await import("./vega.js").catch((error) => ({ vegaEmbed: () => Promise.reject(error) }));
  const charts = [...document.querySelectorAll(".vl-chart")].map((block) => {
    // JupyterLab knows charts by an older version than the one here, which only adds to it.
    const { $schema, ...spec } = JSON.parse(block.querySelector("script").textContent);
    return new Chart(block, spec, vegaEmbed);
  });
  for (const chart of charts) await chart.redraw();
  for (const chart of charts) {
    new ResizeObserver(([entry]) => chart.follow(entry.contentRect.width)).observe(chart.place);
  }
  new MutationObserver(() => charts.forEach((chart) => chart.redraw())).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
}

main();
