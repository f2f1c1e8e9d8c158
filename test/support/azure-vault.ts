import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TokenCredential } from '@azure/identity';
import { createAuthority } from './certificates.ts';

interface Version {
  readonly version: string;
  readonly value: string;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attributes: { readonly enabled: boolean; readonly exp?: number };
}

/**
 * Azure Key Vault's secrets, as https://learn.microsoft.com/rest/api/keyvault/secrets publishes them, with the 401 that names who to
 * ask for a token. There is no server of Azure's to run here, and Lowkey Vault is on no registry that CI reaches.
 */
export const startAzureVault = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-azure-'));
  const authority = createAuthority(dir);
  const pair = authority.sign('localhost');
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority.cert, 'utf8')]);
  const secrets = new Map<string, Version[]>();
  const tokens = new Set(['reader and writer']);
  const state = { isDown: false, html: 0 };

  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const say = (status: number, body: unknown, headers = {}): void =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const refuse = (status: number, code: string): void => say(status, { error: { code, message: `${code} here` } });
    if (state.html > 0) return void response.writeHead(state.html, { 'content-type': 'text/html' }).end('<p>no</p>');
    if (state.isDown) return refuse(503, 'ServiceUnavailable');
    const given = asked.headers.authorization?.replace('Bearer ', '');
    const challenge = 'Bearer authorization="https://login.example/tenant", resource="https://vault.azure.net"';
    if (given === undefined) return say(401, {}, { 'www-authenticate': challenge });
    if (!tokens.has(given)) return refuse(403, 'Forbidden');
    const { pathname, host } = new URL(asked.url ?? '', `https://${asked.headers.host}`);
    const [, , name = '', wanted] = pathname.split('/');
    const versions = secrets.get(name) ?? [];
    const tell = ({ version, ...rest }: Version): void =>
      say(200, { id: `https://${host}/secrets/${name}/${version}`, ...rest });
    if (asked.method === 'PUT') {
      const { value, contentType, tags } = (await json(asked)) as Version;
      const version = String(versions.length + 1).padStart(32, '0');
      const made = {
        version,
        value,
        attributes: { enabled: true },
        ...(contentType && { contentType }),
        ...(tags && { tags }),
      };
      secrets.set(name, [...versions, made]);
      return tell(made);
    }
    const found = wanted ? versions.find(({ version }) => version === wanted) : versions.at(-1);
    if (!found) return refuse(404, 'SecretNotFound');
    return found.attributes.enabled ? tell(found) : refuse(403, 'Forbidden');
  };
  const server = createServer(
    { cert: readFileSync(pair.cert), key: readFileSync(pair.key) },
    (asked, response) => void answer(asked, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const credential = (token: string): TokenCredential => ({
    getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  });
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    credential: credential('reader and writer'),
    nobody: credential('nobody'),
    secrets,
    state,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true });
    },
  };
};
