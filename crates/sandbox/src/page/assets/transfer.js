// The forms: a transfer, asked for as an application asks, and the faucet.

import { ask, byId, make, write } from "/page/dom.js";

let setup = { chains: [] };
let wallets = [];
let offered = "";

export function setUpForms(given, onQueued) {
  setup = given;
  for (const chain of setup.chains.filter((one) => one.canSend)) {
    byId("t-chain").append(make("option", { value: chain.ticker }, chain.ticker));
  }
  byId("t-chain").addEventListener("change", changeChain);
  byId("t-wallet").addEventListener("change", takeWallet);
  byId("transfer").addEventListener("submit", (event) => {
    event.preventDefault();
    queue(onQueued);
  });
  byId("faucet").addEventListener("submit", (event) => {
    event.preventDefault();
    fund();
  });
  changeChain();
}

/** Offers the wallets that the sandbox knows; what is chosen stays chosen. */
export function offerWallets(known) {
  const chain = byId("t-chain").value;
  const key = JSON.stringify([chain, known]);
  if (key === offered) return;
  offered = key;
  wallets = known.filter((wallet) => wallet.chain === chain);
  const select = byId("t-wallet");
  const before = select.value;
  const none = wallets.length ? "choose, or write one below" : "none yet: write one below";
  select.replaceChildren(make("option", { value: "" }, none), ...wallets.map((wallet) =>
    make("option", { value: nameOf(wallet) }, labelOf(wallet))));
  if (wallets.some((wallet) => nameOf(wallet) === before)) select.value = before;
  allWallets = known;
}

let allWallets = [];

function nameOf(wallet) {
  return `${wallet.signatureId}/${wallet.index ?? ""}`;
}

function labelOf(wallet) {
  const index = wallet.index === null ? "" : `, index ${wallet.index}`;
  const address = wallet.address ? ` · ${wallet.address}` : "";
  return `${wallet.signatureId.slice(0, 8)}…${index}${address}`;
}

function chosenChain() {
  return setup.chains.find((chain) => chain.ticker === byId("t-chain").value);
}

function changeChain() {
  const chain = chosenChain();
  if (!chain) return;
  byId("t-from-box").hidden = !chain.needsSender;
  byId("t-memo-box").hidden = !chain.hasMemo;
  write(byId("f-chain"), chain.ticker);
  offerWallets(allWallets);
}

function takeWallet() {
  const wallet = wallets.find((one) => nameOf(one) === byId("t-wallet").value);
  if (!wallet) return;
  byId("t-id").value = wallet.signatureId;
  byId("t-index").value = wallet.index ?? "";
  byId("t-from").value = wallet.address ?? "";
  if (wallet.address) byId("f-address").value = wallet.address;
}

async function queue(onQueued) {
  const chain = chosenChain();
  const value = (id) => byId(id).value.trim();
  const index = value("t-index");
  const missing = [["t-id", "the signature id"], ["t-to", "the recipient"], ["t-amount", "the amount"],
    ...chain.needsSender ? [["t-from", "the sender's address"]] : []].find(([id]) => !value(id));
  if (missing) {
    byId(missing[0]).focus();
    return answer("t-answer", `Fill in ${missing[1]}.`, true);
  }
  if (index && !/^\d{1,10}$/.test(index)) {
    byId("t-index").focus();
    return answer("t-answer", "An index is a whole number; leave it empty for a private key.", true);
  }
  const wish = {
    chain: chain.ticker, to: value("t-to"), amount: value("t-amount"), signatureId: value("t-id"),
    index: index ? Number(index) : null, from: chain.needsSender ? value("t-from") : null,
    memo: chain.hasMemo ? byId("t-memo").value : null,
  };
  const button = byId("transfer").querySelector("[type=submit]");
  answer("t-answer", "Queuing…", false);
  button.disabled = true;
  try {
    const queued = await ask("/page/transfer", wish);
    answer("t-answer", `Queued as ${queued.id}.`, false);
    const details = byId("t-request");
    details.hidden = false;
    write(details.querySelector("pre"), curl(queued));
    onQueued(queued.id);
  } catch (error) {
    answer("t-answer", error.message, true);
  } finally {
    button.disabled = false;
  }
}

async function fund() {
  const [address, amount] = [byId("f-address").value.trim(), byId("f-amount").value.trim()];
  try {
    await ask("/page/faucet", { chain: byId("t-chain").value, address, amount });
    answer("f-answer", `${amount} ${byId("t-chain").value} given.`, false);
  } catch (error) {
    answer("f-answer", error.message, true);
  }
}

function answer(id, text, isBad) {
  byId(id).toggleAttribute("data-bad", isBad);
  write(byId(id), text);
}

function curl({ path, body }) {
  const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl ${setup.base}${path} \\\n  -H "x-api-key: $TATUM_API_KEY" -H 'content-type: application/json' \\\n  -d '${json}'`;
}
