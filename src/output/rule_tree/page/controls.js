"use strict";
// The filters, the theme and the keys; at the end, everything begins.

// ---- filters

function applyFilter() {
  const before = current ? nodes[current.node].rule : shown;
  words = parseQuery(filter.text).words;
  state.filter(fitting(filter));
  const index = before >= 0 ? state.reveal(before) : -1;
  current = index >= 0 ? state.list[index] : null;
  tree.scrollTop = 0;
  resize();
  if (index >= 0) scrollTo(index, true);
  tell();
  draw();
  if (shown >= 0) show(shown, true);
}

function clearFilters() {
  Object.assign(filter, { text: "", group: "", file: -1, tested: "" });
  filter.levels.clear();
  searchField.value = find("group").value = find("file").value = find("test").value = "";
  applyFilter();
}

/** What is shown, in words. */
function tell() {
  const number = (count) => count.toLocaleString("en");
  const all = number(rules.length);
  const fit = state.count;
  const others = fit > 0 ? ", and those above them" : "";
  find("status").textContent = state.fits ? `${number(fit)} of ${all} rules${others}` : `${all} rules`;
  find("clear").hidden = !state.fits;
  const nothing = rules.length === 0 ? "No rule is loaded." : "No rule fits all of this.";
  find("nothing").textContent = nothing;
  find("nothing").hidden = state.list.length > 0;
  tree.hidden = state.list.length === 0;
  find("levels").classList.toggle("some", filter.levels.size > 0);
  for (const button of find("levels").children) {
    button.setAttribute("aria-pressed", filter.levels.has(Number(button.dataset.level)));
  }
}

/** The legend: a button for each level. */
function makeLevels() {
  const counts = new Array(HIGHEST + 1).fill(0);
  for (const rule of rules) counts[Math.min(rule.level, HIGHEST)] += 1;
  const most = Math.log(Math.max(...counts) + 1) || 1;
  counts.forEach((count, level) => {
    const bar = colored(make("i", {}), level);
    bar.style.height = `${count === 0 ? 0 : 4 + (14 * Math.log(count + 1)) / most}px`;
    const button = make("button", { disabled: count === 0 }, bar, make("span", {}, String(level)));
    button.title = `level ${level}${level === HIGHEST ? " and above" : ""}: ${count} rules (Shift: and all above)`;
    button.dataset.level = level;
    button.onclick = (event) => {
      if (event.shiftKey) {
        filter.levels.clear();
        for (let above = level; above <= HIGHEST; above += 1) filter.levels.add(above);
      } else if (!filter.levels.delete(level)) {
        filter.levels.add(level);
      }
      applyFilter();
    };
    find("levels").append(button);
  });
}

function makeChoices() {
  find("groups").append(...[...groupNames].sort().map((value) => make("option", { value })));
  files.forEach((path, value) => find("file").append(make("option", { value: String(value) }, path)));
  makeTests();
  const parts = [data.dialect, files.length === 1 ? "1 file" : `${files.length} files`];
  if (tested) parts.push(data.tests.cases === 1 ? "1 test" : `${data.tests.cases} tests`);
  if (tested && data.tests.failed > 0) parts.push(`${data.tests.failed} failed`);
  find("about").textContent = parts.join(" · ");
}

/** The choice by tests, and how many rules they reach. */
function makeTests() {
  find("tests").hidden = !tested;
  find("test").append(make("option", { value: "" }, "any"));
  if (!tested) return;
  for (const [value, title] of TESTED) {
    const count = rules.filter((rule) => testedAs(rule)[0] === value).length;
    find("test").append(make("option", { value, disabled: count === 0, title }, `${value} · ${count}`));
  }
}

// ---- light and dark

const THEMES = [["", "◐"], ["light", "☀"], ["dark", "☾"]];
function theme(step) {
  // Storage may be forbidden to pages from the disk.
  let at = 0;
  try {
    at = Math.max(0, THEMES.findIndex(([name]) => name === localStorage.getItem("ossia-theme")));
  } catch {}
  at = (at + step) % THEMES.length;
  try {
    localStorage.setItem("ossia-theme", THEMES[at][0]);
  } catch {}
  document.documentElement.style.colorScheme = THEMES[at][0];
  find("theme").textContent = THEMES[at][1];
}

// ---- keys

/** What a key does in the tree: gets the number of the current row. */
const KEYS = {
  ArrowDown: (index) => moveTo(index + 1),
  ArrowUp: (index) => moveTo(Math.max(0, index - 1)),
  PageDown: (index) => moveTo(Math.min(state.list.length - 1, index + Math.floor(tree.clientHeight / height))),
  PageUp: (index) => moveTo(Math.max(0, index - Math.floor(tree.clientHeight / height))),
  Home: () => moveTo(0),
  End: () => moveTo(state.list.length - 1),
  ArrowRight: (index) => {
    const row = state.list[index];
    if (!row) return;
    if (row.open) moveTo(index + 1);
    else if (state.below(row.node).length > 0) toggle(index);
  },
  ArrowLeft: (index) => {
    const row = state.list[index];
    if (!row) return;
    if (row.open) toggle(index);
    else if (row.up) moveTo(state.list.indexOf(row.up));
  },
  Enter: (index) => state.list[index] && show(nodes[state.list[index].node].rule),
  " ": (index) => state.list[index] && state.below(state.list[index].node).length > 0 && toggle(index),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select");
  if (event.key === "Escape") {
    if (event.target === searchField && searchField.value) {
      searchField.value = filter.text = "";
      applyFilter();
    } else if (shown >= 0) {
      close();
    } else {
      tree.focus();
    }
    event.preventDefault();
  } else if (event.target === searchField && (event.key === "Enter" || event.key === "ArrowDown")) {
    firstMatch(event.key === "Enter");
    event.preventDefault();
  } else if (typing || event.target.matches("button, a")) {
    return;
  } else if (event.key === "/") {
    searchField.focus();
    searchField.select();
    event.preventDefault();
  } else if (event.key === "e") {
    expandAll();
  } else if (event.key === "c") {
    collapseAll();
  } else if (KEYS[event.key] && event.target !== pane) {
    KEYS[event.key](state.list.indexOf(current));
    event.preventDefault();
  }
});

/** From the search into the tree: to the rule with that id, or the first that fits. */
function firstMatch(andShow) {
  const exact = ruleById.get(Number(filter.text.trim() || NaN));
  const wanted = (row) => {
    const { rule } = nodes[row.node];
    return exact !== undefined ? rule === exact : !state.fits || state.fits[rule];
  };
  const index = state.list.findIndex(wanted);
  tree.focus();
  if (index < 0) return;
  moveTo(index);
  if (andShow) show(nodes[current.node].rule);
}

function expandAll() {
  state.openAll();
  keepCurrent();
}

function collapseAll() {
  state.closeAll();
  keepCurrent();
}

/** All rows are new: finds the current one among them, or the nearest above it. */
function keepCurrent() {
  let found = null;
  for (let row = current; row && !found; row = row.up) {
    found = state.list.find((other) => other.node === row.node) || null;
  }
  current = found;
  resize();
  if (current) scrollTo(state.list.indexOf(current), true);
  draw();
}

searchField.addEventListener("input", () => {
  filter.text = searchField.value;
  applyFilter();
});
find("group").addEventListener("input", (event) => {
  filter.group = event.target.value.trim();
  applyFilter();
});
find("file").addEventListener("change", (event) => {
  filter.file = event.target.value === "" ? -1 : Number(event.target.value);
  applyFilter();
});
find("test").addEventListener("change", (event) => {
  filter.tested = event.target.value;
  applyFilter();
});
find("clear").onclick = clearFilters;
find("expand").onclick = expandAll;
find("collapse").onclick = collapseAll;
find("theme").onclick = () => theme(1);
find("more").onclick = () => {
  const open = find("filters").classList.toggle("shown");
  find("more").setAttribute("aria-expanded", open);
  measure();
  draw();
};
window.addEventListener("hashchange", goTo);
window.addEventListener("resize", () => {
  measure();
  drawSoon();
});

theme(0);
measure();
makeLevels();
makeChoices();
tell();
draw();
goTo();
