// chromium.mjs FILE…: opens each picture and page, and prints a line of JSON for it: texts and boxes that overlap, what was said on the
// console, what axe-core says of a page, and what its filter shows for the questions in QUESTIONS. Of a diagram, the texts that are
// drawn.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NPM_MODULES}/`);
const { chromium } = require('playwright-core');
const folders = process.env.PATH.split(':');
const browser = await chromium.launch({
  executablePath: folders.map((folder) => path.resolve(folder, process.env.CHROMIUM)).find((file) => fs.existsSync(file)),
  args: ['--no-sandbox', '--disable-gpu'],
});

// Two rectangles have more than a pixel in common.
function overlaps() {
  const rectangles = (selector) =>
    [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility({ checkVisibilityCSS: true })).map((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return { left, right, top, bottom, what: one.textContent || one.getAttribute('class') };
    });
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const found = [];
  const texts = rectangles('.map text');
  const boxes = rectangles('.map rect.box:not(.node)');
  for (const all of [texts, boxes]) {
    all.forEach((one, index) => all.slice(index + 1).forEach((other) => {
      if (meet(one, other)) found.push([one.what, other.what]);
    }));
  }
  // A text is in every box and in the picture that it begins in.
  const frames = [...rectangles('.map rect.box'), ...rectangles('svg.map')];
  for (const text of texts) {
    for (const frame of frames) {
      const middle = (text.top + text.bottom) / 2;
      const begins = text.left > frame.left && text.left < frame.right && middle > frame.top && middle < frame.bottom;
      if (begins && (text.right > frame.right || text.top < frame.top - 1 || text.bottom > frame.bottom + 1)) {
        found.push([text.what, `beyond ${frame.what}`]);
      }
    }
  }
  return found;
}

async function look(file) {
  const said = [];
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, javaScriptEnabled: process.env.SCRIPTS !== 'off' });
  const page = await context.newPage();
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => said.push(dialog.message()));
  page.on('request', (request) => {
    if (!/^(file|data|about):/.test(request.url())) said.push(request.url());
  });
  const seen = { file: path.basename(file) };
  if (file.endsWith('.mermaid')) {
    await page.setContent('<body></body>');
    await page.addScriptTag({ path: require.resolve('mermaid').replace(/[^/]*$/, 'mermaid.min.js') });
    const drawn = await page.evaluate(async (text) => {
      // eslint-disable-next-line no-undef
      mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });
      const { svg } = await mermaid.render('drawn', text);
      document.body.innerHTML = svg;
      const labels = [...document.querySelectorAll('.nodeLabel, .edgeLabel p, .cluster-label')];
      return labels.map((label) => (label.innerText ?? label.textContent).trim()).filter((text) => text !== '');
    }, fs.readFileSync(file, 'utf8'));
    Object.assign(seen, { texts: drawn });
  } else {
    await page.goto(pathToFileURL(file).href);
    seen.title = await page.title();
    if (file.endsWith('.svg')) seen.texts = await page.evaluate(() => [...document.querySelectorAll('text')].map((text) => text.textContent));
  }
  if (file.endsWith('.html') && process.env.SCRIPTS !== 'off') {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      // The policy of the page keeps scripts out; this one comes by the browser's own way.
      const result = await page.evaluate(`${fs.readFileSync(require.resolve('axe-core'), 'utf8')}; axe.run()`);
      seen[scheme] = result.violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]);
    }
    // On paper: no fields, nothing that is folded up, black on white although the screen is dark.
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    seen.paper = await page.evaluate(() => ({
      form: document.querySelector('form').checkVisibility(),
      paper: getComputedStyle(document.body).backgroundColor,
      picture: getComputedStyle(document.querySelector('.map .background')).fill,
      wide: document.querySelector('figure svg').getBoundingClientRect().right <= document.documentElement.clientWidth + 1,
    }));
    await page.emulateMedia({ colorScheme: 'dark', media: 'screen' });
    // By the keyboard alone: the first field, the others, then the map, which can be scrolled.
    seen.keys = [];
    for (let count = 0; count < 5; count += 1) {
      await page.keyboard.press('Tab');
      seen.keys.push(await page.evaluate(() => document.activeElement.name || document.activeElement.type || document.activeElement.getAttribute('aria-label')));
    }
    seen.answers = [];
    for (const question of JSON.parse(process.env.QUESTIONS ?? '[]')) {
      await page.locator('button[type=reset]').click();
      if (question.person) await page.getByLabel('What can this person reach?').fill(question.person);
      if (question.node) await page.getByLabel('Node').selectOption(question.node);
      if (question.type) await page.getByLabel('Type').selectOption(question.type);
      const answer = await page.locator('[role=status]').textContent();
      const rows = await page.evaluate(() => [...document.querySelectorAll('tbody tr')].filter((row) => row.checkVisibility()).map((row) => row.innerText));
      // What is not an answer is faint in the map.
      const faint = await page.locator('#all-doors g[data-door].out').count();
      seen.answers.push({ answer, rows, faint });
    }
  }
  if (process.env.SCRIPTS === 'off') {
    Object.assign(seen, { text: await page.locator('body').innerText() });
  } else if (!file.endsWith('.mermaid')) {
    seen.overlaps = await page.evaluate(overlaps);
  }
  if (process.env.PICTURES && process.env.SCRIPTS !== 'off' && !file.endsWith('.svg')) {
    await page.screenshot({ path: path.join(process.env.PICTURES, `${path.basename(file)}.png`), fullPage: true });
  }
  await context.close();
  return { ...seen, said };
}

for (const file of process.argv.slice(2)) console.log(JSON.stringify(await look(file)));
await browser.close();
