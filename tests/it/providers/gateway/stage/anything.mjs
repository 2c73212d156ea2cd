// anything.mjs CERTIFICATE KEY KIND ADDRESS PORT WORDS: answers anyone: `https` with status 200 for every name, `tcp` with words.
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';

const [certificate, key, kind, address, port, words] = process.argv.slice(2);
if (kind === 'https') {
  const pair = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
  https.createServer(pair, (request, response) => response.end(words)).listen(Number(port), address);
} else {
  net
    .createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.write(`${words}\n`);
    })
    .listen(Number(port), address);
}
