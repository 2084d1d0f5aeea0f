// Blocks that scroll sideways must be reachable by keyboard, and only those.

const NAMES = {
  ".bd-article .pst-scrollable-table-container": "Table",
  ".bd-article div.highlight pre": "Code",
  ".bd-article .cell_output > .output": "Output",
  ".bd-article div.math": "Formula",
};

function update(block, name) {
  if (block.scrollWidth > block.clientWidth || block.scrollHeight > block.clientHeight) {
    block.tabIndex = 0;
    // What takes the focus must say what it is.
    block.setAttribute("role", "region");
    block.setAttribute("aria-label", `${name}, scrolls`);
  } else {
    for (const attribute of ["tabindex", "role", "aria-label"]) block.removeAttribute(attribute);
  }
}

for (const [selector, name] of Object.entries(NAMES)) {
  // Numbered, since no two regions of a page may have the same name.
  document.querySelectorAll(selector).forEach((block, position) => {
    new ResizeObserver(() => update(block, `${name} ${position + 1}`)).observe(block);
  });
}
