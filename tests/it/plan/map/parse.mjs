// parse.mjs FILE…: what mermaid says of each diagram, without a browser: a line of JSON for each, or the reason on standard error.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NPM_MODULES}/`);
const { JSDOM } = require('jsdom');
Object.assign(globalThis, { window: new JSDOM('<body></body>').window });
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(require.resolve('mermaid')));
for (const file of process.argv.slice(2)) console.log(JSON.stringify(await mermaid.parse(fs.readFileSync(file, 'utf8'))));
