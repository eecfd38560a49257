// One transaction: what it does, what was decided, what became of it.

import { age, ask, byId, copyButton, make, short, write } from "/page/dom.js";
import { STATES } from "/page/table.js";

let drawn = "";
let closing = () => {};
let deciding = () => {};

export function setUpDetail(onClose, onDecided) {
  closing = onClose;
  deciding = onDecided;
}

/** Draws it anew only where something has changed, so that nothing moves under the pointer. */
export function drawDetail(item, state) {
  const section = byId("detail");
  const key = item ? JSON.stringify([item, state.mode, ""], (name, value) =>
    ["polls", "lastAt", "times", "digest"].includes(name) ? undefined : value) : "";
  if (key !== drawn) {
    drawn = key;
    const focused = section.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...section.querySelectorAll("details[open]")].map((one) => one.id);
    section.replaceChildren(...(item ? parts(item, state) : []));
    for (const id of open) byId(id)?.setAttribute("open", "");
    if (focused) byId(focused)?.focus();
  }
  if (!item) return;
  const { question } = item;
  write(byId("d-times"), question
    ? `Asked ${question.times} times, last ${age(state.now - question.lastAt)} ago`
    : `Fetched ${item.polls} times; queued ${age(state.now - item.queued)} ago`);
}

function parts(item, state) {
  const { question } = item;
  const close = make("button", { type: "button", class: "close", id: "close-detail", "aria-label": "Close the details" }, "×");
  close.addEventListener("click", closing);
  const title = make("h2", { id: "detail-title", tabindex: "-1" }, `${item.chain} ${item.summary.kind || "transaction"}`);
  return [
    make("div", { class: "side-head" }, title, close),
    make("p", { class: "standing" },
      make("span", { class: "state", "data-state": item.state }, STATES[item.state] ?? item.state), " ",
      make("span", { class: "dim", id: "d-times" })),
    question ? intent(question, item) : notAsked(item),
    question && ["asking", "denied", "approved", "failed", "pending"].includes(item.state) ? decision(item, state) : null,
    ...item.errors.length ? [heading("What the daemon reported"), ...item.errors.map((text) => make("p", { class: "error" }, text))] : [],
    heading("Facts"),
    facts(item),
    raw("d-intent", "Intent, as the daemon sent it", question?.intent && pretty(question.intent)),
    raw("d-payload", "Payload, as the API hands it out", pretty(item.payload)),
  ].filter((part) => part !== null);
}

function notAsked(item) {
  const done = item.state === "broadcast";
  return make("p", { class: "hint" }, done
    ? "The daemon did not ask this sandbox before it signed."
    : "The daemon has not asked about it yet. It does when it polls, if it runs with --externalUrl at this sandbox.");
}

function intent(question, item) {
  const box = make("div", { class: "intent" }, make("h3", {}, "What will be signed"));
  if (!question.actions) {
    box.append(make("p", { class: "warn" }, "The question came without an intent. All there is to judge by is the payload below."));
    return box;
  }
  if (question.changed) {
    box.append(make("p", { class: "warn" }, "It says something else than when it was decided before."));
  }
  for (const action of question.actions) {
    const lines = make("dl", {});
    const amount = action.lines.find(([name]) => name === "amount")?.[1];
    for (const [name, value] of action.lines) {
      if (name !== "amount") lines.append(...line(words(name), value));
    }
    const kind = make("p", { class: "kind" }, capital(words(action.kind)), amount ? make("strong", {}, amount) : null);
    box.append(make("div", { class: "action" }, kind, lines));
  }
  const ends = make("dl", { class: "ends" });
  ends.append(...line("from", item.summary.from ?? "unknown"), ...line("fee at most", item.summary.fee ?? "unknown"));
  box.append(ends);
  return box;
}

function decision(item, state) {
  const { question } = item;
  const answer = make("p", { class: "answer", id: "d-answer", role: "status" }, said(item, state));
  const button = (id, label, value, kind) => {
    const made = make("button", { type: "button", id, class: kind, disabled: question.decision === value }, label);
    made.addEventListener("click", async () => {
      try {
        await ask("/page/decision", { id: item.id, key: question.key, decision: value });
      } catch (error) {
        answer.dataset.bad = "";
        write(answer, error.message);
      }
      deciding();
    });
    return made;
  };
  return make("div", { class: "decision" },
    make("div", { class: "buttons" },
      button("approve", "Approve", "approve", "yes"), button("deny", "Deny", "deny", "no")),
    answer);
}

function said(item, state) {
  const { question } = item;
  if (question.decision === "approve") return "Approved. The daemon signs it when it asks again.";
  if (question.decision === "deny") {
    return item.errors.length ? "Denied for good: the daemon has reported it and asks no more."
      : "Denied. The daemon asks again, in case you change your mind.";
  }
  if (question.automatic) return "Approved automatically.";
  return state.mode === "ask" ? "Nothing is signed until you decide." : "The daemon gets a yes when it asks again.";
}

function facts(item) {
  const list = make("dl", { class: "facts" });
  const add = (name, value) => value && list.append(...line(name, value));
  add("pending id", item.id);
  add("hash", item.hash);
  for (const { signatureId, index } of item.signers) {
    add("signed by", index === null ? signatureId : `${signatureId}, index ${index}`);
  }
  add("digest of the bytes to sign", item.question?.digest);
  add("digest of the content", item.question?.content);
  add("withdrawal", item.withdrawal);
  for (const sent of item.broadcasts) {
    if (sent.hash !== item.hash || !sent.accepted) {
      add(sent.accepted ? "also broadcast" : "refused by the chain", sent.hash);
    }
  }
  return list;
}

/** Long values can be copied; all of them break anywhere. */
function line(name, value) {
  const cell = make("dd", {}, make("span", { class: "value", title: value }, value.length > 90 ? short(value, 40, 20) : value));
  if (value.length > 12) cell.append(copyButton(`Copy ${name}`, () => value));
  return [make("dt", {}, name), cell];
}

function raw(id, title, text) {
  return text ? make("details", { id }, make("summary", {}, title), make("pre", {}, text)) : null;
}

function heading(text) {
  return make("h3", {}, text);
}

/** camelCase, as people write it. */
function words(name) {
  return name.replace(/([A-Z])/g, " $1").toLowerCase();
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
