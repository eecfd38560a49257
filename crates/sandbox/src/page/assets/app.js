// The page: asks once a second for all there is, and draws it.

import { ask, byId, copy, write } from "/page/dom.js";
import { drawDetail, setUpDetail } from "/page/detail.js";
import { drawTable, setUpTable, showAll } from "/page/table.js";
import { offerWallets, setUpForms } from "/page/transfer.js";

const PERIOD = 1000;

let state = null;
let selected = null;
let asking = 0;
let polling = Promise.resolve();

// The token has become a cookie: it need not stay in the address bar and in the history.
history.replaceState(null, "", "/");

async function poll() {
  try {
    state = await ask("/page/state");
    live("on", "live");
    draw();
  } catch (error) {
    const words = error.status === 401 ? "locked: open the URL that the sandbox printed" : "the sandbox does not answer";
    live("off", words);
  }
}

/** One question at a time, in order. */
function refresh() {
  polling = polling.then(poll);
  return polling;
}

async function repeat() {
  if (!document.hidden || state === null) await refresh();
  setTimeout(repeat, PERIOD);
}

function live(name, words) {
  byId("live").dataset.state = name;
  write(byId("live-text"), words);
}

function draw() {
  if (!state) return;
  drawTable(state, selected, select);
  const item = state.items.find((one) => one.id === selected);
  byId("detail").hidden = !item;
  byId("forms").hidden = Boolean(item);
  drawDetail(item ?? null, state);
  offerWallets(state.wallets);
  const mode = document.querySelector(`#mode input[value="${state.mode === "automatic" ? "automatic" : "ask"}"]`);
  if (!mode.checked) mode.checked = true;
  announce(state.counts.asking ?? 0);
}

function announce(count) {
  document.title = count ? `(${count}) tatum-sandbox` : "tatum-sandbox";
  if (count > asking) write(byId("news"), count === 1 ? "One transaction needs approval" : `${count} transactions need approval`);
  asking = count;
}

function select(id) {
  selected = id;
  document.body.classList.add("side-open");
  draw();
  byId("detail-title")?.focus({ preventScroll: false });
}

function close() {
  const before = selected;
  selected = null;
  document.body.classList.remove("side-open");
  draw();
  const row = [...document.querySelectorAll("#rows tr")].find((one) => one.dataset.id === before);
  (row?.querySelector(".open") ?? byId("new")).focus();
}

function openForm() {
  selected = null;
  document.body.classList.add("side-open");
  draw();
  byId("t-chain").focus();
}

async function setMode(mode) {
  try {
    await ask("/page/mode", { mode });
  } catch (error) {
    live("off", error.message);
  }
  await refresh();
}

async function begin() {
  let setup;
  try {
    setup = await ask("/page/setup");
  } catch (error) {
    live("off", error.message);
    setTimeout(begin, PERIOD);
    return;
  }
  const command = `TATUM_API_URL=${setup.base} TATUM_API_KEY=any \\\n  tatum-kms daemon --testnet --externalUrl=${setup.approvalUrl}`;
  write(byId("daemon-command"), command);
  write(byId("api-url"), setup.base);
  byId("copy-daemon").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    write(button, (await copy(command)) ? "Copied" : "Select it");
    setTimeout(() => write(button, "Copy"), 1500);
  });
  setUpForms(setup, (id) => {
    showAll();
    refresh().then(() => document.querySelector(`#rows tr[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" }));
  });
  repeat();
}

setUpTable(draw);
setUpDetail(close, refresh);
byId("new").addEventListener("click", openForm);
byId("close-forms").addEventListener("click", close);
for (const input of document.querySelectorAll("#mode input")) {
  input.addEventListener("change", () => setMode(input.value));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("side-open")) close();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
begin();
