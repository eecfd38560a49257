// The page in a real browser: node page.mjs, with settings as JSON on stdin. What it says on stderr is why it failed.
//
// Settings: `modules` (where playwright-core is), `chromium`, `url` (of the page, with its token), `wallets`
// (chain, signatureId, address), `recipients` (by chain), `pictures` (the folder for screenshots).

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

const settings = JSON.parse(readFileSync(0, "utf8"));
const { chromium } = createRequire(path.join(settings.modules, "package.json"))("playwright-core");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const WAIT = 60_000;
const HOSTILE = "<script>hit=1</script>";
const MARKUP = "<img src=x onerror=hit=1>";

const profile = mkdtempSync(path.join(tmpdir(), "tatum-sandbox-browser-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: settings.chromium, headless: true, args: FLAGS, viewport: { width: 1440, height: 860 },
  colorScheme: "light", permissions: ["clipboard-read", "clipboard-write"],
});
try {
  await check(browser.pages()[0] ?? (await browser.newPage()));
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}

async function check(page) {
  page.setDefaultTimeout(WAIT);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(settings.url).origin) complaints.push(`asked ${request.url()}`);
  });

  await opensWithItsToken(page);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await saysWhatToDoFirst(page);
  await approves(page);
  await denies(page);
  await showsMarkupAsText(page);
  await worksByKeyboard(page);
  await fitsEveryScreen(page);
  assert.deepEqual(complaints, []);
}

async function opensWithItsToken(page) {
  const base = new URL("/", settings.url).href;
  assert.equal((await page.goto(base)).status(), 401);
  assert.equal((await page.goto(settings.url)).status(), 200);
  await page.waitForSelector("#live[data-state=on]");
  assert.equal(page.url(), base, "the token stays out of the address bar");
  assert.equal(await page.evaluate("document.cookie"), "", "no script can read the token");
  assert.equal((await page.reload()).status(), 200);
  await page.waitForSelector("#live[data-state=on]");
}

async function saysWhatToDoFirst(page) {
  await page.getByText("Nothing has been asked for yet").waitFor();
  const command = await page.textContent("#daemon-command");
  assert.match(command, /--externalUrl=http:\/\/127\.0\.0\.1:\d+\/approve$/);
  await picture(page, "empty");
}

async function approves(page) {
  const row = await queue(page, "ETH", "0.25");
  await row.getByText("needs approval").waitFor();
  assert.match(await page.title(), /^\(1\)/);
  await row.locator(".open").click();
  const detail = page.locator("#detail");
  const { address } = wallet("ETH");
  for (const text of ["Transfer", "0.25 ETH", settings.recipients.ETH, address.toLowerCase()]) {
    await detail.locator(".intent").getByText(new RegExp(text, "i")).first().waitFor();
  }
  await detail.getByText("Nothing is signed until you decide.").waitFor();
  await picture(page, "approval");
  await detail.getByRole("button", { name: "Approve" }).click();
  await row.getByText("broadcast").waitFor();
  const item = await itemOf(page, row);
  assert.match(item.hash, /^0x[0-9a-f]{64}$/);
  assert.equal(item.question.decision, "approve");
  await detail.getByRole("button", { name: "Copy hash" }).click();
  assert.equal(await page.evaluate("navigator.clipboard.readText()"), item.hash);
}

async function denies(page) {
  const row = await queue(page, "ETH", "0.5");
  await row.getByText("needs approval").waitFor();
  await row.locator(".open").click();
  await page.locator("#detail").getByRole("button", { name: "Deny" }).click();
  await row.getByText("denied").waitFor();
  // The daemon has been told at least once more, and has not signed.
  const { question } = await itemOf(page, row);
  await until(page, row, (item) => item.question.times > question.times + 1);
  const after = await itemOf(page, row);
  assert.deepEqual([after.state, after.hash], ["denied", null]);
}

async function showsMarkupAsText(page) {
  const row = await queue(page, "XLM", "1.5", HOSTILE);
  await row.getByText("needs approval").waitFor();
  await row.locator(".open").click();
  await page.locator("#detail .intent").getByText(`text ${HOSTILE}`).waitFor();

  // Whatever an application or a daemon writes.
  const draft = { chain: MARKUP, hashes: [MARKUP], serializedTransaction: JSON.stringify({ to: MARKUP }) };
  const { id } = await (await page.request.post(new URL("/sandbox/kms/pending", settings.url).href, { data: draft })).json();
  const report = { errors: [{ signatureId: id, error: MARKUP }] };
  const sent = await page.request.post(new URL("/v3/tatum/kms/batch", settings.url).href,
    { data: report, headers: { "x-api-key": "any" } });
  assert.equal(sent.status(), 204);
  const hostile = page.locator(`tr[data-id="${id}"]`);
  await hostile.locator(".open").click();
  await page.locator("#detail .error").getByText(MARKUP).waitFor();
  await page.locator("#d-payload summary").click();
  assert.match(await page.textContent("#d-payload pre"), /onerror/);
  assert.equal(await page.evaluate("document.images.length + document.scripts.length"), 1);
  assert.equal(await page.evaluate("window.hit"), undefined);
  await page.request.delete(new URL(`/v3/kms/${id}`, settings.url).href, { headers: { "x-api-key": "any" } });
}

async function worksByKeyboard(page) {
  await page.keyboard.press("Escape");
  const first = page.locator("#rows tr").nth(1).locator(".open");
  await first.focus();
  await page.keyboard.press("Enter");
  await page.locator("#detail").waitFor();
  assert.equal(await page.evaluate("document.activeElement.id"), "detail-title");
  await page.keyboard.press("Escape");
  assert.equal(await first.evaluate((open) => open === document.activeElement), true);
  const unnamed = await page.evaluate(() => [...document.querySelectorAll("input, select")]
    .filter((field) => field.labels.length === 0).map((field) => field.id));
  assert.deepEqual(unnamed, []);
}

async function fitsEveryScreen(page) {
  await page.locator("#rows tr").nth(1).locator(".open").click();
  await picture(page, "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, "narrow-detail");
  await page.keyboard.press("Escape");
  await picture(page, "narrow");
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  assert.ok(overflow <= 0, `the narrow page is ${overflow} px too wide`);
}

/** Queues a transfer with the form; gives its row. */
async function queue(page, chain, amount, memo) {
  const known = await page.locator("#rows tr").count();
  await page.getByRole("button", { name: "New transfer" }).click();
  await page.selectOption("#t-chain", chain);
  const { signatureId, address } = wallet(chain);
  const option = page.locator(`#t-wallet option[value^="${signatureId}/"]`).first();
  await option.waitFor({ state: "attached" });
  await page.selectOption("#t-wallet", await option.getAttribute("value"));
  if (await page.locator("#t-from").isVisible()) await page.fill("#t-from", address);
  await page.fill("#t-to", settings.recipients[chain]);
  await page.fill("#t-amount", amount);
  if (memo) await page.fill("#t-memo", memo);
  await page.getByRole("button", { name: "Queue transfer" }).click();
  await page.getByText(/^Queued as [0-9a-f]{24}\.$/).waitFor();
  const id = (await page.textContent("#t-answer")).match(/[0-9a-f]{24}/)[0];
  const row = page.locator(`tr[data-id="${id}"]`);
  await row.waitFor();
  assert.equal(await page.locator("#rows tr").count(), known + 1);
  return row;
}

function wallet(chain) {
  return settings.wallets.find((one) => one.chain === chain);
}

async function itemOf(page, row) {
  const id = await row.getAttribute("data-id");
  const state = await (await page.request.get(new URL("/page/state", settings.url).href)).json();
  return state.items.find((item) => item.id === id);
}

async function until(page, row, isTrue) {
  const end = Date.now() + WAIT;
  while (!isTrue(await itemOf(page, row))) {
    assert.ok(Date.now() < end, "the daemon does not ask again");
    await page.waitForTimeout(100);
  }
}

async function picture(page, name) {
  await page.screenshot({ path: path.join(settings.pictures, `page-${name}.png`) });
}
