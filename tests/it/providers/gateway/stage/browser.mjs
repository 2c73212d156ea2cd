// browser.mjs: a Chromium that does what each line of standard input says, `{ "person", "steps": [{ "url", "script" }] }`, and prints
// a line of what it saw: `[{ "url", "status", "body", "headers", "value" }]`. A person has one profile until the end, and logs in
// where the identity provider asks. A script runs in the page; its value is told.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

const { chromium } = createRequire(`${process.env.NPM_MODULES}/`)('playwright-core');
const folders = process.env.PATH.split(':');
const browser = await chromium.launch({
  executablePath: folders.map((folder) => path.resolve(folder, process.env.CHROMIUM)).find((file) => fs.existsSync(file)),
  args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP *.test 127.0.0.1'],
});
const profiles = new Map();

async function step(profile, person, { url, script }) {
  const page = await profile.newPage();
  page.setDefaultTimeout(15000);
  let last;
  page.on('response', (response) => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) last = response;
  });
  await page.goto(url);
  // First who it is, then that the gateway may know it.
  while (page.url().startsWith('https://login.id.test:9443/interaction/')) {
    const name = page.locator('input[name=login]');
    if (await name.count()) {
      await name.fill(person);
      await page.locator('input[name=password]').fill('any');
    }
    const before = page.url();
    await page.locator('button[type=submit]').click();
    await page.waitForURL((now) => now.href !== before);
  }
  await page.waitForLoadState();
  const seen = { url: page.url(), status: last.status(), headers: last.headers() };
  seen.body = await page.evaluate(() => document.body.innerText);
  if (script) seen.value = await page.evaluate(script);
  await page.close();
  return seen;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { person, steps } = JSON.parse(line);
  if (!profiles.has(person)) profiles.set(person, await browser.newContext({ ignoreHTTPSErrors: true }));
  const pages = [];
  try {
    for (const wanted of steps) pages.push(await step(profiles.get(person), person, wanted));
    console.log(JSON.stringify({ pages }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
