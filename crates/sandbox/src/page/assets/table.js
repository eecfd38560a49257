// The table. Rows are kept and rewritten in place: focus, selection and scrolling survive each poll.

import { age, byId, copyButton, make, short, trimmed, write } from "/page/dom.js";

export const STATES = {
  asking: "needs approval",
  pending: "pending",
  approved: "approved",
  signed: "signed",
  broadcast: "broadcast",
  failed: "failed",
  denied: "denied",
  deleted: "deleted",
};

/** Filters, with the states that each shows. */
const FILTERS = [
  ["all", "All", null],
  ["asking", "Needs approval", ["asking"]],
  ["pending", "Pending", ["pending", "approved"]],
  ["signed", "Signed", ["signed"]],
  ["broadcast", "Broadcast", ["broadcast"]],
  ["failed", "Failed", ["failed", "deleted"]],
  ["denied", "Denied", ["denied"]],
];

const rows = new Map();
let filter = "all";
let redraw = () => {};

export function setUpTable(onChange) {
  redraw = onChange;
  for (const [name, label] of FILTERS) {
    const button = make("button", { type: "button", "data-filter": name, "aria-pressed": name === filter },
      make("span", { class: "count" }, "0"), make("span", { class: "label" }, label));
    button.addEventListener("click", () => {
      filter = name;
      redraw();
    });
    byId("filters").append(button);
  }
}

/** Shows everything of a filter again. */
export function showAll() {
  filter = "all";
}

export function drawTable(state, selected, select) {
  drawFilters(state);
  const states = FILTERS.find(([name]) => name === filter)[2];
  const items = state.items.filter((item) => states === null || states.includes(item.state));
  const body = byId("rows");
  const kept = new Set();
  items.forEach((item, place) => {
    kept.add(item.id);
    const row = rows.get(item.id) ?? newRow(item, select);
    rows.set(item.id, row);
    fill(row, item, state.now, item.id === selected);
    if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place] ?? null);
  });
  for (const [id, row] of rows) {
    if (kept.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  drawEmpty(state, items.length);
}

function drawFilters(state) {
  for (const button of byId("filters").children) {
    const [name, , states] = FILTERS.find(([known]) => known === button.dataset.filter);
    const count = states === null
      ? state.total
      : states.reduce((sum, one) => sum + (state.counts[one] ?? 0), 0);
    write(button.firstChild, String(count));
    button.setAttribute("aria-pressed", String(name === filter));
    button.dataset.some = String(count > 0);
  }
}

function drawEmpty(state, shown) {
  byId("empty").hidden = shown > 0;
  byId("items").hidden = shown === 0;
  byId("steps").hidden = state.total > 0;
  const title = state.total === 0 ? "Nothing has been asked for yet" : "None of this kind";
  write(byId("empty-title"), title);
  const cut = state.total > state.items.length;
  byId("cut").hidden = !cut;
  if (cut) write(byId("cut"), `The newest ${state.items.length} of ${state.total} are shown; the counts are of all.`);
}

function newRow(item, select) {
  const cells = {};
  const cell = (name, ...children) => {
    cells[name] = make("td", { class: `c-${name}`, "data-label": name }, ...children);
    return cells[name];
  };
  const open = make("button", { type: "button", class: "open" });
  const state = make("span", { class: "state" });
  const row = { open, state, cells, texts: {}, item };
  const value = (name, what) => {
    const text = make("span", { class: "value" });
    const button = copyButton(`Copy ${what}`, () => row.texts[name] ?? "");
    row.texts[name] = "";
    const made = cell(name, text, button);
    row[name] = { text, button };
    return made;
  };
  row.element = make("tr", {}, cell("chain", open), cell("state", state), cell("kind"),
    value("from", "the sender"), value("to", "the recipient"), cell("amount"), cell("fee"),
    value("hash", "the hash"), cell("age"));
  open.addEventListener("click", (event) => {
    event.stopPropagation();
    select(row.item.id);
  });
  row.element.addEventListener("click", () => {
    // Marking a text to copy it by hand is no click.
    if (getSelection()?.isCollapsed !== false) select(row.item.id);
  });
  return row;
}

function fill(row, item, now, isSelected) {
  const { summary } = item;
  row.item = item;
  write(row.open, item.chain);
  row.open.setAttribute("aria-label", `${item.chain}, ${STATES[item.state] ?? item.state}, ${summary.amount ?? ""} details`);
  row.open.setAttribute("aria-expanded", String(isSelected));
  row.element.dataset.state = item.state;
  row.element.classList.toggle("selected", isSelected);
  row.element.dataset.id = item.id;
  write(row.state, STATES[item.state] ?? item.state);
  write(row.cells.kind, summary.kind || "–");
  row.cells.kind.title = summary.kind;
  for (const [name, text] of [["from", summary.from], ["to", summary.to], ["hash", item.hash]]) {
    row.texts[name] = text ?? "";
    write(row[name].text, text ? short(text) : "–");
    row[name].text.title = text ?? "";
    row[name].button.hidden = !text;
  }
  for (const [name, text] of [["amount", summary.amount], ["fee", summary.fee]]) {
    write(row.cells[name], text ? trimmed(text) : "–");
    row.cells[name].title = text ?? "";
  }
  write(row.cells.age, age(now - item.queued));
}
