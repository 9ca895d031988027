"use strict";
// The list of rows, the filters, the keys. Of the rows only those exist that can be seen.

const find = (id) => document.getElementById(id);
const tree = find("tree");
const spacer = find("spacer");
const pane = find("detail");
const searchField = find("search");
const state = new Rows();
const filter = { text: "", levels: new Set(), group: "", file: -1 };
/** The row that the keys move from. */
let current = null;
/** The rule in the pane; -1: it is closed. */
let shown = -1;

// ---- rows

/** The height of a row is the style sheet's business. */
let height = 28;
/** Elements that show rows now, in order, and the number of the first. */
let pool = [];
let words = [];

function measure() {
  height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) || height;
}

/** A text with the searched words marked. */
function marked(text) {
  if (words.length === 0) return [text];
  const quoted = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(${quoted.join("|")})`, "i"));
  return parts.map((part, at) => (at % 2 === 1 ? make("mark", {}, part) : part));
}

function fillRow(element, row, index) {
  const node = nodes[row.node];
  const rule = rules[node.rule];
  const below = state.below(row.node).length;
  const context = state.fits ? !state.fits[node.rule] : rule.context;
  element.id = `row-${index}`;
  element.dataset.index = index;
  element.className = "row";
  element.classList.toggle("open", row.open);
  element.classList.toggle("leaf", below === 0);
  element.classList.toggle("chosen", row === current);
  element.classList.toggle("context", Boolean(context));
  element.style.top = `${index * height}px`;
  element.setAttribute("role", "treeitem");
  element.setAttribute("aria-level", row.depth + 1);
  element.setAttribute("aria-selected", row === current);
  if (below > 0) element.setAttribute("aria-expanded", row.open);
  else element.removeAttribute("aria-expanded");
  const indent = make("span", { className: "indent" });
  indent.style.width = `calc(var(--step) * ${Math.min(row.depth, 24)} + 4px)`;
  const text = make("span", { className: "text" }, ...marked(describe(rule)));
  text.title = describe(rule);
  const tags = tagsOf(row, rule).map(([tag, title]) => make("span", { className: "tag", title }, tag));
  const why = state.fits && state.fits[node.rule] ? foundIn(rule) : null;
  if (why) tags.unshift(make("span", { className: "tag why" }, ...marked(why)));
  const hidden = (node.left_out || 0) + (below === 0 ? 0 : node.children.length);
  const count = hidden > 0 ? make("span", { className: "count", title: `${hidden} below` }, String(hidden)) : null;
  element.replaceChildren(indent, make("span", { className: "twisty" }), pill(rule.level),
    make("span", { className: "id" }, ...marked(String(rule.id))), text, ...tags, ...(count ? [count] : []));
}

/** Where a searched word is that the row does not show. */
function foundIn(rule) {
  const [[, visible], ...others] = searched(rule);
  const word = words.find((word) => !visible.toLowerCase().includes(word));
  const found = word && others.find(([, text]) => text.toLowerCase().includes(word));
  if (!found) return null;
  const at = found[1].toLowerCase().indexOf(word);
  const from = Math.max(0, at - 12);
  const cut = found[1].slice(from, at + word.length + 20);
  return `${found[0]}: ${from > 0 ? "…" : ""}${cut}${from + cut.length < found[1].length ? "…" : ""}`;
}

/** What is special about a rule, short and in words. */
function tagsOf(row, rule) {
  const tags = [];
  const category = row.depth === 0 && categoryOf.get(row.node);
  if (category) tags.push([category, "where its events come from: the type of their decoder"]);
  if (rule.composite) {
    const { events, timeframe } = rule.composite;
    tags.push([`${events} in ${timeframe} s`, "composite rule: it counts events"]);
  }
  if (rule.noalert) tags.push(["noalert", "it is never the result"]);
  if (rule.overwritten_at.length > 0) tags.push(["overwritten", "a later file changed it"]);
  if (rule.parents.length > 1) tags.push([`${rule.parents.length} parents`, "it stands below each of them"]);
  return tags;
}

/** Shows the rows that can be seen. */
function draw() {
  resize();
  const first = Math.max(0, Math.floor(tree.scrollTop / height) - 4);
  const last = Math.min(state.list.length, Math.ceil((tree.scrollTop + tree.clientHeight) / height) + 4);
  const count = Math.max(0, last - first);
  while (pool.length > count) pool.pop().remove();
  while (pool.length < count) {
    pool.push(make("div", {}));
    tree.append(pool[pool.length - 1]);
  }
  pool.forEach((element, at) => fillRow(element, state.list[first + at], first + at));
  const index = state.list.indexOf(current);
  if (index >= first && index < last) tree.setAttribute("aria-activedescendant", `row-${index}`);
  else tree.removeAttribute("aria-activedescendant");
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

/** Makes room for all rows. */
function resize() {
  spacer.style.height = `${state.list.length * height}px`;
}

/** Scrolls no more than needed. */
function scrollTo(index, middle = false) {
  const top = index * height;
  const room = tree.clientHeight;
  if (middle && (top < tree.scrollTop || top + height > tree.scrollTop + room)) {
    tree.scrollTop = top - room / 3;
  } else if (top < tree.scrollTop) {
    tree.scrollTop = top;
  } else if (top + height > tree.scrollTop + room) {
    tree.scrollTop = top + height - room;
  }
}

function moveTo(index) {
  if (index < 0 || index >= state.list.length) return;
  current = state.list[index];
  scrollTo(index);
  draw();
  if (shown >= 0) show(nodes[current.node].rule, true);
}

function toggle(index, all = false) {
  const row = state.list[index];
  if (row.open) state.close(index);
  else state.open(index, all);
  if (!state.list.includes(current)) current = row;
  draw();
}

// ---- one rule

/** Opens the pane. The address names the rule; `quietly` makes no step in the history. */
function show(rule, quietly = false) {
  const address = `#rule-${rules[rule].id}`;
  if (location.hash !== address) {
    if (!quietly) {
      location.hash = address; // and `goTo` follows
      return;
    }
    history.replaceState(null, "", address);
  }
  if (shown !== rule) pane.scrollTop = 0;
  shown = rule;
  const row = current && nodes[current.node].rule === rule ? current : null;
  pane.replaceChildren(...detail(rule, row, { close, clear: showInTree, group: byGroup }));
  pane.hidden = false;
}

function close() {
  shown = -1;
  pane.hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
  tree.focus();
  draw();
}

/** Shows the rule that the address names. */
function goTo() {
  const [, id] = /^#rule-(\d+)$/.exec(location.hash) || [];
  const rule = id === undefined ? undefined : ruleById.get(Number(id));
  if (rule === undefined) {
    if (shown >= 0) close();
    return;
  }
  if (!current || nodes[current.node].rule !== rule || !state.list.includes(current)) {
    const index = state.reveal(rule);
    current = index >= 0 ? state.list[index] : null;
    if (index >= 0) {
      resize();
      scrollTo(index, true);
    }
  }
  show(rule, true);
  draw();
}

function showInTree() {
  clearFilters();
  goTo();
}

function byGroup(group) {
  // On a phone the pane hides the tree.
  if (getComputedStyle(pane).position === "fixed") close();
  find("group").value = filter.group = group;
  applyFilter();
}

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
  Object.assign(filter, { text: "", group: "", file: -1 });
  filter.levels.clear();
  searchField.value = find("group").value = find("file").value = "";
  applyFilter();
}

/** What is shown, in words. */
function tell() {
  const number = (count) => count.toLocaleString("en");
  const all = number(rules.length);
  const text = state.fits ? `${number(state.count)} of ${all} rules, and those above them` : `${all} rules`;
  find("status").textContent = text;
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
  find("about").textContent = `${data.dialect} · ${files.length === 1 ? "1 file" : `${files.length} files`}`;
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

// ---- keys and pointer

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

tree.addEventListener("scroll", drawSoon, { passive: true });
tree.addEventListener("click", (event) => {
  const element = event.target.closest(".row");
  if (!element) return;
  const index = Number(element.dataset.index);
  if (event.target.closest(".twisty")) {
    toggle(index, event.shiftKey);
    return;
  }
  current = state.list[index];
  draw();
  show(nodes[current.node].rule);
});
tree.addEventListener("dblclick", (event) => {
  const element = event.target.closest(".row");
  if (element && !event.target.closest(".twisty")) toggle(Number(element.dataset.index));
});

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
