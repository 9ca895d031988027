"use strict";
// The pane about one rule. Texts come from files that anybody may have written: they only ever become
// text nodes, never markup.

/** A new element. Properties are set as they are, children are elements or texts. */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Gives an element the colour of a level. */
function colored(element, level) {
  element.classList.add("level");
  element.classList.toggle("severe", level >= 12);
  element.style.setProperty("--level", Math.min(level, HIGHEST));
  return element;
}

const pill = (level) => colored(make("span", { className: "pill", title: `level ${level}` }, String(level)), level);

/** Whether tests reach a rule. */
function testDot(rule) {
  const [name, title] = testedAs(rule);
  return make("span", { className: `dot ${name}`, title, role: "img", ariaLabel: title });
}

/** A sentence, its backticks as code. */
function sentence(text) {
  const parts = [];
  let at = 0;
  for (const { start, end, code } of codeSpans(text)) {
    parts.push(text.slice(at, start), make("code", {}, code));
    at = end;
  }
  return [...parts, text.slice(at)];
}

const describe = (rule) => rule.description || "(no description)";

/** So many rules of a list are shown at first. */
const FIRST = 25;

/** Links to rules by their ids. */
function ruleList(ids) {
  const list = make("ul", { className: "rules" });
  const add = (ids) => {
    for (const id of ids) {
      const rule = rules[ruleById.get(id)];
      // A part of the tree does not have all of its neighbours.
      const content = rule
        ? make("a", { href: `#rule-${id}` }, pill(rule.level), make("span", { className: "id" }, String(id)),
            make("span", {}, describe(rule)))
        : make("span", { className: "quiet" }, `${id} (not on this page)`);
      list.append(make("li", {}, content));
    }
  };
  add(ids.slice(0, FIRST));
  if (ids.length > FIRST) {
    const rest = make("button", {}, `Show all ${ids.length}`);
    rest.onclick = () => {
      rest.parentNode.remove();
      add(ids.slice(FIRST));
    };
    list.append(make("li", {}, rest));
  }
  return list;
}

function section(title, ...content) {
  return [make("h3", {}, title), ...content];
}

/** The pane for a rule. `row` is its place in the tree, if it is shown there. */
function detail(index, row, actions) {
  const rule = rules[index];
  const page = [];
  const close = make("button", { title: "Shortcut: Esc", onclick: actions.close }, "Close");
  page.push(make("div", { className: "head" }, pill(rule.level), make("span", { className: "number" }, String(rule.id)), close));
  page.push(make("h2", {}, describe(rule)));
  const spots = spotsOf(rule).map((spot) => `${fileName(spot)}:${spot.line}:${spot.column}`);
  spots.forEach((spot, at) => {
    page.push(make("p", { className: "source" }, at === 0 ? spot : `overwritten at ${spot}`));
  });
  page.push(place(index, row, actions));

  page.push(...section(rule.conditions.length > 0 ? "It matches if" : "Conditions"));
  if (rule.conditions.length === 0) page.push(make("p", {}, "It tests nothing: every event that comes to it matches."));
  const conditions = rule.conditions.map((condition) =>
    make("li", {}, make("span", { className: "element" }, condition.element), ...sentence(condition.words)));
  page.push(make("ul", { className: "conditions" }, ...conditions));

  page.push(...section("Then", make("ul", {}, ...rule.consequences.map((text) => make("li", {}, ...sentence(text))))));

  const groups = rule.groups.map((group) =>
    make("button", { title: "Show the rules of this group", onclick: () => actions.group(group) }, group));
  if (groups.length > 0) page.push(...section("Groups", make("div", { className: "chips" }, ...groups)));

  if (tested) page.push(...section("Tests", ...testList(rule)));
  const lists = [
    ["Parents", rule.parents],
    ["Children, in the order they are tried", rule.children],
    ["Counts the events of", rule.composite ? rule.composite.counts : []],
    ["Counted by", rule.counted_by],
  ];
  for (const [title, ids] of lists) {
    if (ids.length > 0) page.push(...section(ids.length > 1 ? `${title} · ${ids.length}` : title, ruleList(ids)));
  }
  if (rule.mitre) page.push(...section("ATT&CK", make("p", {}, rule.mitre.join(", "))));
  if (rule.info) {
    const lines = rule.info.map((info) => make("li", {}, `${info.kind}: ${info.text}`));
    page.push(...section("Information", make("ul", {}, ...lines)));
  }
  return page;
}

/** What the tests do with the rule. */
function testList(rule) {
  const { matched, results, cases, more } = rule.tests;
  const times = (count) => (count === 1 ? "once" : `${count} times`);
  const head = make("p", {}, testDot(rule));
  if (matched === 0) head.append(" No test reaches it.");
  else if (results === 0) head.append(` It matched ${times(matched)}, but was never the result.`);
  else head.append(` It was the result ${times(results)}, and matched ${times(matched)}.`);
  const list = make("ul", { className: "tests" });
  for (const { name, place, status } of cases) {
    const sign = status === "passed" ? "✓" : status === "failed" ? "✗" : "…";
    const mark = make("span", { className: status === "failed" ? "bad" : "quiet", title: status }, sign);
    list.append(make("li", {}, mark, ` ${name} `, make("span", { className: "source" }, place)));
  }
  if (more) list.append(make("li", { className: "quiet" }, `and ${more} more`));
  return [head, list];
}

/** The way down to the rule in the tree. */
function place(index, row, actions) {
  const way = make("p", { className: "way" });
  if (lost.has(index)) {
    way.append("It has no place in the tree: no event ever comes to it.");
  } else if (row) {
    const steps = [];
    for (let step = row.up; step; step = step.up) steps.unshift(rules[nodes[step.node].rule].id);
    steps.forEach((id) => way.append(make("a", { href: `#rule-${id}` }, String(id)), " › "));
    way.append(String(rules[index].id));
  } else {
    way.append("The filters hide it. ", make("button", { onclick: actions.clear }, "Show it in the tree"));
  }
  return way;
}
