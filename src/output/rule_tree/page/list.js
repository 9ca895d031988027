"use strict";
// The list of rows and the pane. Of the rows only those exist that can be seen.

const find = (id) => document.getElementById(id);
const tree = find("tree");
const spacer = find("spacer");
const pane = find("detail");
const searchField = find("search");
const state = new Rows();
const filter = { text: "", levels: new Set(), group: "", file: -1, tested: "" };
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
    make("span", { className: "id" }, ...marked(String(rule.id))), text, ...tags,
    make("span", { className: "space" }), ...(count ? [count] : []), ...(tested ? [testDot(rule)] : []));
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

// ---- pointer

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
