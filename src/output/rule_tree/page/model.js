"use strict";
// The data, the search, and the rows of the tree. Nothing here knows the screen.
//
// The tree is an acyclic graph of nodes, see `ossia tree --help`. A row is one place of a node on the
// screen: {node, depth, open, up}, where `up` is the row above it in the tree. Rows exist for what is
// open, in one flat list; whatever expands many at once opens every node only where it comes first,
// so there are never more rows than connections.

const data = JSON.parse(document.getElementById("data").textContent);
const { rules, nodes, tops, files } = data;

/** The first rule with an id. */
const ruleById = new Map();
/** By rule: its nodes. */
const nodesOf = rules.map(() => []);
/** By node: the first node above it, or -1. */
const above = new Array(nodes.length).fill(-1);
/** By node: the category whose top it is. */
const categoryOf = new Map();
/** The nodes of the top, category after category. */
const topNodes = [];

rules.forEach((rule, index) => {
  if (!ruleById.has(rule.id)) ruleById.set(rule.id, index);
});
nodes.forEach((node, index) => {
  nodesOf[node.rule].push(index);
  for (const child of node.children) if (above[child] < 0) above[child] = index;
});
for (const top of tops) {
  for (const node of top.nodes) {
    topNodes.push(node);
    categoryOf.set(node, top.category);
  }
}
/** Rules that no event ever comes to: they get a node of their own at the end of the top. */
const lost = new Set();
rules.forEach((_, rule) => {
  if (nodesOf[rule].length > 0) return;
  lost.add(rule);
  nodesOf[rule].push(nodes.length);
  topNodes.push(nodes.length);
  categoryOf.set(nodes.length, "no place in the tree");
  above.push(-1);
  nodes.push({ rule, children: [] });
});

const groupNames = new Set(rules.flatMap((rule) => rule.groups));

/** All nodes, each behind those below it. */
const childrenFirst = (() => {
  const order = [];
  const seen = new Uint8Array(nodes.length);
  const stack = [[topNodes, 0, -1]];
  while (stack.length > 0) {
    const step = stack[stack.length - 1];
    const [list, at, node] = step;
    if (at === list.length) {
      if (node >= 0) order.push(node);
      stack.pop();
      continue;
    }
    step[1] += 1;
    const next = list[at];
    if (!seen[next]) {
      seen[next] = 1;
      stack.push([nodes[next].children, 0, next]);
    }
  }
  return order;
})();

const fileName = (spot) => files[spot.file] || "";
const spotsOf = (rule) => (rule.defined_at ? [rule.defined_at] : []).concat(rule.overwritten_at);

/** The parts of a sentence in backticks: what the ruleset's author wrote. */
function* codeSpans(text) {
  const spans = /(`+)([^`](?:[^]*?[^`])?)\1(?!`)/g;
  for (let found; (found = spans.exec(text)); ) {
    yield { start: found.index, end: spans.lastIndex, code: found[1].length > 1 ? found[2].trim() : found[2] };
  }
}

/** The texts of a rule that the search looks through, by what they are: not the sentences around the
 * patterns. */
function searched(rule) {
  const codes = rule.conditions.map(({ words }) => Array.from(codeSpans(words), ({ code }) => code).join("\n"));
  return [
    ["", `${rule.id}\n${rule.description || ""}`],
    ...rule.groups.map((group) => ["group", group]),
    ...spotsOf(rule).map((spot) => ["file", fileName(spot)]),
    ...codes.map((code, at) => [rule.conditions[at].element, code]),
    ...(rule.mitre || []).map((id) => ["ATT&CK", id]),
  ];
}

const haystacks = rules.map((rule) => searched(rule).map(([, text]) => text).join("\n").toLowerCase());

/** A search as the fields say it: all words, and `id:`, `level:`, `group:` and `file:` among them. */
function parseQuery(text) {
  const query = { words: [], tests: [] };
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^(id|level|group|file):(.+)$/.exec(word) || [];
    const [, first, dots, last] = /^(\d*)(\.\.)?(\d*)$/.exec(value || "") || [];
    if (key === "group") {
      query.tests.push((rule) => rule.groups.some((group) => group.toLowerCase().includes(value)));
    } else if (key === "file") {
      query.tests.push((rule) => spotsOf(rule).some((spot) => fileName(spot).toLowerCase().includes(value)));
    } else if (key && (first || last)) {
      const least = Number(first || 0);
      const most = dots ? Number(last || Infinity) : least;
      query.tests.push((rule) => least <= rule[key] && rule[key] <= most);
    } else {
      query.words.push(word);
    }
  }
  return query;
}

/** The group of that name; while a name is being typed, all groups that have it in their names. */
function inGroup(name) {
  if (groupNames.has(name)) return (rule) => rule.groups.includes(name);
  return (rule) => rule.groups.some((group) => group.includes(name));
}

/**
 * Which rules fit, as bytes by rule; null if nothing is asked for. `filter` is {text, levels (a set),
 * group, file (its position, or -1), tested (a name of `TESTED`, or nothing)}.
 */
function fitting(filter) {
  const { words, tests } = parseQuery(filter.text);
  if (filter.levels.size > 0) tests.push((rule) => filter.levels.has(Math.min(rule.level, HIGHEST)));
  if (filter.group) tests.push(inGroup(filter.group));
  if (filter.tested) tests.push((rule) => testedAs(rule)[0] === filter.tested);
  if (filter.file >= 0) tests.push((rule) => spotsOf(rule).some((spot) => spot.file === filter.file));
  if (words.length === 0 && tests.length === 0) return null;
  return Uint8Array.from(rules, (rule, index) => {
    return words.every((word) => haystacks[index].includes(word)) && tests.every((test) => test(rule)) ? 1 : 0;
  });
}

/** A rule of the top with so many children is open at first. */
const FEW = 60;
/** Whether the page knows of tests. */
const tested = Boolean(data.tests);

/** What tests do with a rule, from good to bad: [name, what it means, whether it holds]. */
const TESTED = [
  ["failing", "a test fails in which it is the result, or should be", (tests) => tests.cases.some((test) => test.status === "failed")],
  ["result", "the result of a test", (tests) => tests.results > 0],
  ["matched", "no test has it as its result, but rules below it", (tests) => tests.matched > 0],
  ["untested", "no test reaches it", () => true],
];
const testedAs = (rule) => TESTED.find(([, , holds]) => holds(rule.tests));

/** Levels above this one share its colour and its button. */
const HIGHEST = 15;

/** The rows that are open, and what a filter leaves of the tree. */
class Rows {
  constructor() {
    /** The rows, from the first to the last. */
    this.list = [];
    /** By rule: it fits the filter; null: there is no filter. */
    this.fits = null;
    /** By node: it fits, or something below it does. */
    this.kept = null;
    /** The rows without a filter, while there is one. */
    this.unfiltered = null;
    this.fill((row) => row.depth === 0 && nodes[row.node].children.length <= FEW);
  }

  /** How many rules fit. */
  get count() {
    return this.fits ? this.fits.reduce((sum, fits) => sum + fits, 0) : rules.length;
  }

  /** Sets the filter, and opens the ways to everything that fits; null takes it away. */
  filter(fits) {
    if (fits && !this.fits) this.unfiltered = this.list;
    this.fits = fits;
    this.kept = null;
    if (!fits) {
      if (this.unfiltered) this.list = this.unfiltered;
      this.unfiltered = null;
      return;
    }
    this.kept = new Uint8Array(nodes.length);
    for (const node of childrenFirst) {
      const below = nodes[node].children.some((child) => this.kept[child]);
      this.kept[node] = below || fits[nodes[node].rule] ? 1 : 0;
    }
    this.fill((row) => nodes[row.node].children.some((child) => this.kept[child]));
  }

  /** The nodes of the top. */
  tops() {
    return this.kept ? topNodes.filter((node) => this.kept[node]) : topNodes;
  }

  /** What a row shows when it is open: all children, if a filter leaves none of them. */
  below(node) {
    const { children } = nodes[node];
    if (!this.kept) return children;
    const kept = children.filter((child) => this.kept[child]);
    return kept.length > 0 ? kept : children;
  }

  /** Makes all rows anew. Opens those that `opens` wants, every node once. */
  fill(opens) {
    this.list = [];
    this.append(this.list, this.tops(), null, opens);
  }

  append(list, first, up, opens) {
    const opened = new Set();
    const stack = [[first, 0, up]];
    while (stack.length > 0) {
      const step = stack[stack.length - 1];
      const [siblings, at, above] = step;
      if (at === siblings.length) {
        stack.pop();
        continue;
      }
      step[1] += 1;
      const row = { node: siblings[at], depth: above ? above.depth + 1 : 0, open: false, up: above };
      list.push(row);
      const below = this.below(row.node);
      if (below.length > 0 && !opened.has(row.node) && opens(row)) {
        opened.add(row.node);
        row.open = true;
        stack.push([below, 0, row]);
      }
    }
  }

  /** Opens a row, and with `all` everything below it. */
  open(index, all = false) {
    const row = this.list[index];
    if (row.open) this.close(index);
    const below = [];
    this.append(below, this.below(row.node), row, () => all);
    row.open = below.length > 0;
    this.list = this.list.slice(0, index + 1).concat(below, this.list.slice(index + 1));
  }

  close(index) {
    const row = this.list[index];
    row.open = false;
    let end = index + 1;
    while (end < this.list.length && this.list[end].depth > row.depth) end += 1;
    this.list.splice(index + 1, end - index - 1);
  }

  openAll() {
    this.fill(() => true);
  }

  closeAll() {
    this.fill(() => false);
  }

  /** The first row of a rule; opens what is above it if need be. -1: the filter hides it. */
  reveal(rule) {
    const own = nodesOf[rule];
    const known = this.list.findIndex((row) => own.includes(row.node));
    if (known >= 0 || own.length === 0) return known;
    const way = [];
    for (let node = own[0]; node >= 0; node = above[node]) way.unshift(node);
    if (this.kept && !way.every((node) => this.kept[node])) return -1;
    let index = -1;
    for (const node of way) {
      const depth = index < 0 ? 0 : this.list[index].depth + 1;
      if (index >= 0 && !this.list[index].open) this.open(index);
      index = this.list.findIndex((row, at) => at > index && row.node === node && row.depth === depth);
      if (index < 0) return -1;
    }
    return index;
  }
}
