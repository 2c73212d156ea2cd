// certified.mjs CERTIFICATE KEY PEOPLE: an identity provider at 127.0.0.1:9443 that logs in anyone with any password: npm's
// oidc-provider, which the OpenID Foundation has certified, over https.
import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';

const { default: Provider } = createRequire(`${process.env.NPM_MODULES}/`)('oidc-provider');
const [certificate, key, file] = process.argv.slice(2);
const people = JSON.parse(fs.readFileSync(file, 'utf8'));
const provider = new Provider('https://login.id.test:9443', {
  clients: [
    {
      client_id: 'gateway',
      client_secret: 'the-secret-of-the-gateway',
      grant_types: ['authorization_code'],
      redirect_uris: ['https://auth.lab.test/.publish-plan/oidc'],
    },
  ],
  // The last ones are nobody's idea of a claim: a person of the test has them.
  claims: { openid: ['sub', 'email:alice@nokia.com', 'OIDC_CLAIM_email'], email: ['email', 'email_verified'] },
  scopes: ['openid', 'email'],
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['a key of this test'] },
});
provider.on('server_error', (context, error) => console.error(error));
const pair = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
https.createServer(pair, provider.callback()).listen(9443, '127.0.0.1');
