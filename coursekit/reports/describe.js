// Draw the charts of the page in the colours of its theme, again when the theme changes.

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--ck-${name}`).trim();

function config() {
  const words = { labelColor: color("text"), titleColor: color("text"), labelFontSize: 12, titleFontSize: 12 };
  return {
    background: "transparent",
    font: getComputedStyle(document.body).fontFamily,
    params: [{ name: "quiet", value: color("control") }],
    axis: { ...words, gridColor: color("chart-grid"), domainColor: color("control"), tickColor: color("control") },
    view: { stroke: null },
    mark: { color: color("chart-1") },
  };
}

async function draw() {
  for (const place of document.querySelectorAll(".chart")) {
    const spec = JSON.parse(place.nextElementSibling.textContent);
    await vegaEmbed(place, spec, {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      config: config(),
      tooltip: { theme: document.documentElement.dataset.theme },
    });
  }
  document.documentElement.dataset.drawn = document.documentElement.dataset.theme;
}

dark.addEventListener("change", () => {
  choose();
  draw();
});
draw();
