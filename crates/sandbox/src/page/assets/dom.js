// Small things that every part of the page uses. Values become text nodes, never markup.

export const byId = (id) => document.getElementById(id);

/** Makes an element with attributes and children; texts become text nodes. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Writes a text where it differs, so that selections and focus stay. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The two ends of a long value. */
export function short(text, head = 6, tail = 4) {
  return text.length > head + tail + 3 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;
}

/** Digits of an amount that fit a cell; the whole is in the details. */
export function trimmed(amount) {
  const [number, ...unit] = amount.split(" ");
  const shown = number.length > 9 ? `${number.slice(0, 8)}…` : number;
  return [shown, ...unit].join(" ");
}

export function age(microseconds) {
  const seconds = Math.max(0, Math.round(microseconds / 1e6));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** A button that copies what `value` gives, and says so without changing its size. */
export function copyButton(label, value) {
  const button = make("button", { type: "button", class: "copy", "aria-label": label, title: label });
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    button.dataset.done = (await copy(value())) ? "yes" : "no";
    button.setAttribute("aria-label", button.dataset.done === "yes" ? "Copied" : "Not copied");
    setTimeout(() => {
      delete button.dataset.done;
      button.setAttribute("aria-label", label);
    }, 1500);
  });
  return button;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Asks the sandbox; gives the JSON, or throws the sentence that says why not. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const reason = json.data?.[0];
    const words = reason ? `${reason.property}: ${Object.values(reason.constraints ?? {})[0]}` : json.message;
    throw Object.assign(new Error(words ?? `the sandbox answered ${answer.status}`), { status: answer.status });
  }
  return json;
}
