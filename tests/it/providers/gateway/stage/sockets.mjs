// sockets.mjs URL COUNT AUTHORITY SECONDS: opens web sockets of the visitor with the cookie in COOKIE, all at once, and prints how many the
// node has greeted in so many seconds. For each line of standard input it says something on each of these, and prints how many were
// answered. They stand until standard input ends.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import readline from 'node:readline';

const { WebSocket } = createRequire(`${process.env.NPM_MODULES}/`)('ws');
const [url, count, authority, seconds] = process.argv.slice(2);
const here = { address: '127.0.0.1', family: 4 };
const options = {
  ca: fs.readFileSync(authority),
  origin: url.replace(/^wss(:..[^/]*).*/, 'https$1'),
  headers: { cookie: process.env.COOKIE },
  lookup: (name, { all }, done) => (all ? done(null, [here]) : done(null, here.address, here.family)),
};

// The next message of a web socket, or nothing where there is none in time.
const next = (socket) =>
  new Promise((done) => {
    setTimeout(done, seconds * 1000);
    socket.once('close', () => done());
    socket.once('message', (message) => done(String(message)));
  });

const sockets = Array.from({ length: count }, () => new WebSocket(url, options).on('error', () => {}));
const greeted = await Promise.all(sockets.map(next));
const open = sockets.filter((socket, number) => greeted[number]?.includes(' greets '));
console.log(open.length);
let said = 0;
for await (const line of readline.createInterface({ input: process.stdin })) {
  const texts = open.map(() => `${line} ${(said += 1)}`);
  const answers = open.map(next);
  open.forEach((socket, number) => socket.send(texts[number]));
  const heard = await Promise.all(answers);
  console.log(heard.filter((text, number) => text?.endsWith(` heard ${texts[number]}`)).length);
}
process.exit();
