// Quizzes: check an answer in the page, without a server or a kernel.

const WORDS = {
  none: "Choose an answer first.",
  right: "Right.",
  wrong: "Not right.",
  mixed: "Not all of your choices are right.",
  part: "Not yet: what you chose is right, but something is missing.",
};

/** What is right, and why: JSON in base64, so that it is not read by accident. */
function decode(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function element(name, className, content = "") {
  const made = document.createElement(name);
  made.className = className;
  made.append(content);
  return made;
}

/** Take the marks of an earlier check away, since they speak about another choice. */
function clear(form, result) {
  result.replaceChildren();
  for (const option of form.querySelectorAll(".ck-option")) {
    option.classList.remove("is-right", "is-wrong");
    option.querySelector(".ck-option-mark").textContent = "";
  }
}

/** Mark a choice by a sign and a word besides the colour. */
function mark(input, isRight) {
  const option = input.closest(".ck-option");
  option.classList.add(isRight ? "is-right" : "is-wrong");
  option.querySelector(".ck-option-mark").textContent = isRight ? "✓ right" : "✗ not right";
}

function verdict(chosen, right) {
  const wrong = chosen.filter((value) => !right.includes(value)).length;
  if (wrong) return wrong < chosen.length ? "mixed" : "wrong";
  return chosen.length < right.length ? "part" : "right";
}

/** The explanation of a choice; among several it begins with the choice itself. */
function explain(input, why, isRight, single) {
  const block = element("div", "ck-why");
  if (!single) {
    const label = input.closest(".ck-option").querySelector("label");
    block.append(element("p", "ck-chosen", `${isRight ? "✓" : "✗"} ${label.textContent.trim()}`));
  }
  const text = element("div", "");
  text.innerHTML = why;
  block.append(text);
  return block;
}

function check(form, result, key) {
  const inputs = [...form.querySelectorAll("input")];
  const chosen = inputs.filter((input) => input.checked);
  clear(form, result);
  if (!chosen.length) {
    result.append(element("p", "ck-verdict", WORDS.none));
    inputs[0].focus();
    return;
  }
  const kind = verdict(chosen.map((input) => Number(input.value)), key.right);
  const className = kind === "right" ? "is-right" : "is-wrong";
  const parts = [element("p", `ck-verdict ${className}`, WORDS[kind])];
  for (const input of chosen) {
    const position = Number(input.value);
    const isRight = key.right.includes(position);
    mark(input, isRight);
    parts.push(explain(input, key.why[position], isRight, chosen.length === 1));
  }
  // A frame later, so that a screen reader notices an answer that is the same as before.
  requestAnimationFrame(() => {
    result.replaceChildren(...parts);
    window.MathJax?.typesetPromise?.([result]);
  });
}

for (const form of document.querySelectorAll("form.ck-quiz")) {
  const result = form.querySelector(".ck-result");
  const key = decode(result.dataset.key);
  form.querySelector(".ck-button").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check(form, result, key);
  });
  form.addEventListener("change", () => clear(form, result));
}
