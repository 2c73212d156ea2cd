// nodes.mjs CERTIFICATE KEY NODES: the nodes of a lab, `[{ "name", "address", "port", "type" }]`. One of type http or https answers
// with what it was sent, and at /asked with what it was asked for so far; one of type tcp or tls says its name, and then what it is told.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { createRequire } from 'node:module';
import tls from 'node:tls';

const { WebSocketServer } = createRequire(`${process.env.NPM_MODULES}/`)('ws');
const [certificate, key, nodes] = process.argv.slice(2);
const pair = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };

const paths = {
  // Three events, one every 100 ms.
  '/events': (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(`data: ${(sent += 1)}\n\n`);
      if (sent === 3) response.end();
    }, 100);
    response.on('close', () => clearInterval(timer));
  },
  '/setcookie': (request, response) => {
    response.setHeader('set-cookie', ['wide=1; Domain=lab.test; Path=/', 'own=2']);
    response.end('set');
  },
  // Everything that a browser reads as `Domain=`, and an answer that is no success.
  '/setcookies': (request, response) => {
    const forms = [';Domain=lab.test', ';\tdomain=lab.test', '; Domain =lab.test', '; DOMAIN\t=\tlab.test; domain=lab.test'];
    response.setHeader('set-cookie', forms.map((form, number) => `form${number}=1${form}; Path=/`));
    response.statusCode = 404;
    response.end('set');
  },
  '/upload': async (request, response) => {
    let length = 0;
    for await (const part of request) length += part.length;
    response.end(`${length} bytes`);
  },
  // The digest of what it is sent, and a file of this machine.
  '/digest': async (request, response) => {
    const hash = createHash('sha256');
    for await (const part of request) hash.update(part);
    response.end(hash.digest('hex'));
  },
  '/file': (request, response) => {
    fs.createReadStream(new URL(request.url, 'http://node').searchParams.get('of')).pipe(response);
  },
  '/ill': (request, response) => {
    response.statusCode = 503;
    response.end('the node itself is ill');
  },
};

const servers = {
  http: (handler) => http.createServer(handler),
  https: (handler) => https.createServer(pair, handler),
  tcp: (handler) => net.createServer(handler),
  tls: (handler) => tls.createServer(pair, handler),
};

for (const { name, address, port, type } of JSON.parse(nodes)) {
  const asked = [];
  const page = (request, response) => {
    if (request.url === '/asked') return response.end(JSON.stringify({ node: name, asked }));
    asked.push(`${request.method} ${request.url}`);
    const path = paths[request.url.replace(/\?.*/, '')];
    if (path) return path(request, response);
    const { method, url, headers, rawHeaders } = request;
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ node: name, method, url, headers, rawHeaders, port: request.socket.remotePort }));
  };
  const echo = (socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${name}\n`);
    socket.pipe(socket);
  };
  const isPage = type.startsWith('http');
  const server = servers[type](isPage ? page : echo);
  if (isPage) {
    new WebSocketServer({ server, path: '/ws' }).on('connection', (socket, request) => {
      socket.send(`${name} greets ${request.headers.origin ?? 'somebody'}`);
      socket.on('message', (message) => socket.send(`${name} heard ${message}`));
    });
  }
  server.listen(port, address);
}
