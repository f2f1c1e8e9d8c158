import { generateKeyPairSync, sign } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSinks } from '../src/app-secrets.ts';
import { systemClock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { createAwsStore } from '../src/secrets/aws.ts';
import { createAzureStore } from '../src/secrets/azure.ts';
import { fileStore, readSecretFile } from '../src/secrets/file.ts';
import { type Place, parseReference } from '../src/secrets/reference.ts';
import { type Found, isTrouble, type Trouble } from '../src/secrets/store.ts';
import { createVaultStore } from '../src/secrets/vault.ts';
import { type StoreBench, storeContract } from './secrets.contract.ts';
import { startAnswers } from './support/answers.ts';
import { startAzureVault } from './support/azure-vault.ts';
import { eventually } from './support/eventually.ts';
import { freePort, motoOrWhy, ROOT_TOKEN, startMoto, startVault, vaultOrWhy } from './support/stores.ts';

const placeOf = (text: string): Place => {
  const place = parseReference(text);
  if ('why' in place) throw new Error(place.why);
  return place;
};
const skip = (why: string): void => {
  process.stderr.write(`${why}\n`);
  test.skip(why, () => undefined);
};
const isRoot = process.getuid?.() === 0;
const nobodyAt = async (): Promise<URL> => new URL(`http://127.0.0.1:${await freePort()}`);

describe('files', () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-file-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  // Root may everything: what is refused is a file of the system.
  const refused = { read: () => fileStore.read(placeOf('file:///proc/self/clear_refs')), write: fileStore.write };
  test('one that we may not read is told so', async () => {
    expect(isTrouble(await refused.read())).toBe(true);
  });

  test('is written for us alone, whole, and without a trace', async () => {
    const path = join(dir, 'key');
    for (const text of ['before', 'after'])
      expect(await fileStore.write(placeOf(`file://${path}`), new Secret(text))).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir).filter((name) => name.startsWith('key'))).toEqual(['key']);
  });

  test('one that is replaced keeps mode, owner and group: who read the old key reads the new one', async () => {
    const path = join(dir, 'shared');
    writeFileSync(path, 'before');
    chmodSync(path, 0o640);
    if (isRoot) chownSync(path, 1_234, 5_678);
    const { mode, uid, gid } = statSync(path);
    expect(await fileStore.write(placeOf(`file://${path}`), new Secret('after'))).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('after');
    expect(statSync(path)).toMatchObject({ mode, uid, gid });
  });

  test('one whose owner we cannot keep is left as it was', async () => {
    if (!isRoot) return; // nobody else can make a file of somebody else's
    const place = placeOf(`file://${join(dir, 'open', 'foreign')}`);
    mkdirSync(join(dir, 'open'));
    for (const path of [dir, join(dir, 'open')]) chmodSync(path, 0o777);
    writeFileSync(place.path, 'before');
    process.seteuid?.(65_534);
    const written = await fileStore.write(place, new Secret('after')).finally(() => process.seteuid?.(0));
    expect(written).toEqual({ trouble: 'refused', why: expect.stringContaining('same owner, group and mode (EPERM)') });
    expect(readFileSync(place.path, 'utf8')).toBe('before');
    expect(readdirSync(join(dir, 'open'))).toEqual(['foreign']);
  });

  test('a draft that a killed writer left is replaced, and one that is being written is waited for', async () => {
    const path = join(dir, 'drafted');
    const draft = `${path}.keyfuse-draft`;
    writeFileSync(draft, 'half a k');
    utimesSync(draft, new Date(), new Date(Date.now() - 60_000));
    expect(await fileStore.write(placeOf(`file://${path}`), new Secret('whole'))).toBeUndefined();
    writeFileSync(draft, 'of another');
    const writing = fileStore.write(placeOf(`file://${path}`), new Secret('ours'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(readFileSync(path, 'utf8')).toBe('whole');
    renameSync(draft, path);
    expect(await writing).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('ours');
    expect(readdirSync(dir).filter((name) => name.startsWith('drafted'))).toEqual(['drafted']);
  });

  test('writers at once each put a whole key there', async () => {
    const path = join(dir, 'wanted');
    const texts = ['a', 'b', 'c', 'd'].map((one) => one.repeat(5_000));
    const put = (text: string) => fileStore.write(placeOf(`file://${path}`), new Secret(text));
    expect(await Promise.all(texts.map(put))).toEqual(texts.map(() => undefined));
    expect(texts).toContain(readFileSync(path, 'utf8'));
  });

  test('who reads meanwhile sees one key or the other, never a part', async () => {
    const path = join(dir, 'busy');
    const texts = ['a'.repeat(10_000), 'b'.repeat(20_000)];
    const seen = new Set<string>();
    for (let at = 0; at < 40; at += 1) {
      let isWriting = true;
      const writing = fileStore.write(placeOf(`file://${path}`), new Secret(texts[at % 2] ?? '')).finally(() => {
        isWriting = false;
      });
      while (at > 0 && isWriting) {
        seen.add(readFileSync(path, 'utf8'));
        await new Promise(setImmediate);
      }
      expect(await writing).toBeUndefined();
    }
    expect([...seen].sort()).toEqual(texts);
  });

  test('a link stays one, and what it leads to is replaced', async () => {
    const [real, link] = [join(dir, 'real'), join(dir, 'link')];
    writeFileSync(real, 'before');
    symlinkSync(real, link);
    expect(await fileStore.write(placeOf(`file://${link}`), new Secret('after'))).toBeUndefined();
    expect(readFileSync(real, 'utf8')).toBe('after');
    expect(
      readdirSync(dir, { withFileTypes: true })
        .find(({ name }) => name === 'link')
        ?.isSymbolicLink(),
    ).toBe(true);
  });

  test('a folder that is not there, and one in the place of the file', async () => {
    mkdirSync(join(dir, 'folder'));
    for (const path of [join(dir, 'no', 'key'), join(dir, 'folder')]) {
      expect(await fileStore.write(placeOf(`file://${path}`), new Secret('x'))).toMatchObject({
        why: expect.stringMatching(/^the file cannot be written \((ENOENT|EISDIR)\)$/),
      });
    }
    expect(readdirSync(dir).filter((name) => name.startsWith('folder.'))).toEqual([]);
  });

  test('what is put is read', async () => {
    const place = placeOf(`file://${join(dir, 'new')}`);
    expect(await fileStore.read(place)).toEqual({ trouble: 'absent', why: 'the file cannot be read (ENOENT)' });
    await fileStore.write(place, new Secret('two\nlines\n'));
    const found = await fileStore.read(place);
    expect(isTrouble(found) ? found : found.secret.expose()).toBe('two\nlines\n');
    chmodSync(join(dir, 'new'), 0o400);
  });
});

const vaultBench = async () => {
  const server = await startVault();
  const call = async (path: string, body?: unknown, token = ROOT_TOKEN) => {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await fetch(`${server.url}/v1/${path}`, {
      ...{ method, headers: { 'x-vault-token': token } },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === '' ? {} : JSON.parse(text);
  };
  const storeOf = (token: string, address = new URL(server.url)) =>
    createVaultStore(
      { address, auth: { method: 'token', token: () => ({ secret: new Secret(token) }) } },
      { clock: systemClock },
    );
  return { ...server, call, storeOf };
};

const vaultWhy = vaultOrWhy();
if (vaultWhy) skip(vaultWhy);
else {
  const open = async (): Promise<StoreBench> => {
    const { call, storeOf, stop } = await vaultBench();
    const { auth } = await call('auth/token/create', { policies: ['default'], ttl: '1h' });
    const opened = [storeOf(ROOT_TOKEN), storeOf(auth.client_token), storeOf('x', await nobodyAt())] as const;
    return {
      ...{ store: opened[0], refused: opened[1], away: opened[2] },
      place: (name, field) => placeOf(`vault://secret/keyfuse/${name}#${field}`),
      putFields: (name, data) => call(`secret/data/keyfuse/${name}`, { data }),
      fieldsOf: async (name) => (await call(`secret/data/keyfuse/${name}`)).data.data,
      async stop() {
        for (const store of opened) store.close();
        await stop();
      },
    };
  };
  storeContract('Vault', open, { field: 'value' });

  describe('Vault', () => {
    const closing: (() => void)[] = [];
    let bench: Awaited<ReturnType<typeof vaultBench>>;
    const opened = async () => {
      bench ??= await vaultBench();
      return bench;
    };
    afterAll(async () => {
      for (const close of closing) close();
      await bench?.stop();
    });
    const read = async (store: ReturnType<typeof createVaultStore>, text = 'vault://secret/app#key') => {
      closing.push(store.close);
      const found = await store.read(placeOf(text));
      return isTrouble(found) ? `${found.trouble}: ${found.why}` : found.secret.expose();
    };
    const policy = 'path "secret/data/*" { capabilities = ["read", "create", "update"] }';

    test('writers at once lose nothing of each other', async () => {
      const { storeOf, call } = await opened();
      const store = storeOf(ROOT_TOKEN);
      const names = ['a', 'b', 'c', 'd'];
      const put = (name: string) => store.write(placeOf(`vault://secret/many#${name}`), new Secret(`value ${name}`));
      expect(await Promise.all(names.map(put))).toEqual(names.map(() => undefined));
      const { data } = await call('secret/data/many');
      expect(data.data).toEqual(Object.fromEntries(names.map((name) => [name, `value ${name}`])));
      store.close();
    });

    test('as a sink it takes a key, gives it back, and keeps the rest', async () => {
      const { storeOf, call } = await opened();
      const store = storeOf(ROOT_TOKEN);
      closing.push(store.close);
      await call('secret/data/shop', { data: { url: 'https://example.com' } });
      const sink = createSinks({ storeOf: () => store }, {})('vault://secret/shop#api_key');
      expect(await sink.get?.()).toBeUndefined();
      await sink.put(new Secret('rotated'));
      expect((await sink.get?.())?.expose()).toBe('rotated');
      expect((await call('secret/data/shop')).data.data).toEqual({ url: 'https://example.com', api_key: 'rotated' });
    });

    test('a pinned version, a deleted one, another field, another engine', async () => {
      const { storeOf, call } = await opened();
      for (const key of ['first', 'second']) await call('secret/data/pinned', { data: { key } });
      const store = storeOf(ROOT_TOKEN);
      expect(await read(store, 'vault://secret/pinned#key?version=1')).toBe('first');
      expect(await read(store, 'ref+vault://secret/data/pinned#/key')).toBe('second');
      expect(await read(store, 'vault://secret/pinned')).toMatch(/^unusable: vault:\/\/ needs a field/);
      await call('secret/delete/pinned', { versions: [2] });
      expect(await read(store, 'vault://secret/pinned#key')).toMatch(/^absent/);
      expect(await store.write(placeOf('vault://secret/pinned#key'), new Secret('third'))).toBeUndefined();
      expect(await read(store, 'vault://secret/pinned#key')).toBe('third');
      await call('sys/mounts/team/kv', { type: 'kv', options: { version: '2' } });
      await call('team/kv/data/app', { data: { key: 'of the team' } });
      expect(await read(store, 'vault://team/kv/app?mount=team/kv#key')).toBe('of the team');
      await call('sys/mounts/old', { type: 'kv', options: { version: '1' } });
      await call('old/app', { key: 'version 1' });
      expect(await read(store, 'vault://old/app#key')).toMatch(/^absent/);
      expect(await read(store, 'vault://secret/../sys/policy#key')).toMatch(/^unusable/);
    });

    test('an entry that Vault will delete expires then', async () => {
      const { storeOf, call } = await opened();
      await call('secret/metadata/short', { delete_version_after: '1h' });
      await call('secret/data/short', { data: { key: 'soon gone' } });
      const store = storeOf(ROOT_TOKEN);
      const found = await store.read(placeOf('vault://secret/short#key'));
      store.close();
      expect(isTrouble(found) ? found : Math.abs((found.expiresAt ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    });

    test('by AppRole and by Kubernetes, with what is shown read anew for each login', async () => {
      const { call, url } = await opened();
      await call('secret/data/app', { data: { key: 'of the app' } });
      await call('sys/policy/app', { policy });
      await call('sys/auth/approle', { type: 'approle' });
      await call('auth/approle/role/app', { token_policies: 'app', token_ttl: '1h' });
      const roleId: string = (await call('auth/approle/role/app/role-id')).data.role_id;
      const secretIds: string[] = ['wrong'];
      const auth = {
        method: 'approle',
        ...{ mount: 'approle', roleId },
        secretId: () => ({ secret: new Secret(secretIds.at(-1) ?? '') }),
      } as const;
      const store = createVaultStore({ address: new URL(url), auth }, { clock: systemClock });
      expect(await read(store)).toBe('refused: Vault does not let us sign in by approle (400); check secrets.vault');
      secretIds.push((await call('auth/approle/role/app/secret-id', {})).data.secret_id);
      expect(await read(store)).toBe('of the app');
      // Whatever was granted is taken away: a new login mends it.
      await call('sys/leases/revoke-prefix/auth/approle', {});
      await call('auth/token/tidy', {});
      expect(await read(store)).toBe('of the app');
    });

    test('by Kubernetes, with the token of the service account as it is on the disk', async () => {
      const { call, url } = await opened();
      await call('secret/data/app', { data: { key: 'of the app' } });
      await call('sys/policy/app', { policy });
      // Vault's JWT method takes the same login, and needs no cluster to ask.
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      await call('sys/auth/kubernetes', { type: 'jwt' });
      const pem = publicKey.export({ type: 'spki', format: 'pem' });
      await call('auth/kubernetes/config', { jwt_validation_pubkeys: [pem], bound_issuer: 'cluster' });
      const claims = { bound_audiences: ['vault'], user_claim: 'sub', role_type: 'jwt' };
      await call('auth/kubernetes/role/app', { ...claims, token_policies: ['app'] });
      const dir = mkdtempSync(join(tmpdir(), 'keyfuse-account-'));
      closing.push(() => rmSync(dir, { recursive: true }));
      const now = Math.floor(Date.now() / 1_000);
      const parts = [
        { alg: 'ES256', typ: 'JWT' },
        { iss: 'cluster', aud: 'vault', sub: 'system:serviceaccount:security:keyfuse', iat: now, exp: now + 600 },
      ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
      const signed = sign('sha256', Buffer.from(parts.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const jwt = (): Found | Trouble => readSecretFile(placeOf(`file://${dir}/token`));
      const auth = { method: 'kubernetes', mount: 'kubernetes', role: 'app', jwt } as const;
      const store = createVaultStore({ address: new URL(url), auth }, { clock: systemClock });
      expect(await read(store)).toBe(
        'absent: what Vault is shown to sign in (kubernetes): the file cannot be read (ENOENT)',
      );
      writeFileSync(join(dir, 'token'), `${parts.join('.')}.${signed.toString('base64url')}\n`);
      expect(await read(store)).toBe('of the app');
    });

    test('the token is renewed while it may be, and given up when Vault refuses it', async () => {
      const { call, url } = await opened();
      await call('secret/data/app', { data: { key: 'of the app' } });
      await call('sys/policy/app', { policy });
      const make = async () =>
        (await call('auth/token/create', { policies: ['app', 'default'], ttl: '3s', explicit_max_ttl: '1h' })).auth
          .client_token as string;
      const tokens = [await make()];
      const auth = { method: 'token', token: () => ({ secret: new Secret(tokens.at(-1) ?? '') }) } as const;
      const store = createVaultStore({ address: new URL(url), auth }, { clock: systemClock });
      expect(await read(store)).toBe('of the app');
      const first = tokens[0];
      const lives = async (token: string | undefined) => {
        const { data } = await call('auth/token/lookup', { token });
        return data;
      };
      await eventually('a renewal', async () => (await lives(first))?.last_renewal_time !== undefined);
      await call('auth/token/revoke', { token: first });
      expect(await read(store)).toMatch(/^refused: Vault refuses us \(403\)/);
      tokens.push(await make());
      expect(await read(store)).toBe('of the app');
    });

    test('sealed, it is told to be so', async () => {
      const { storeOf, call } = await opened();
      const store = storeOf(ROOT_TOKEN);
      expect(await read(store, 'vault://secret/app#key')).toBe('of the app');
      await call('sys/seal', {});
      expect(await read(store, 'vault://secret/app#key')).toBe('unreachable: Vault is sealed or in maintenance (503)');
    });
  });
}

const motoWhy = motoOrWhy();
if (motoWhy) skip(motoWhy);
else {
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  Object.assign(process.env, credentials, { AWS_EC2_METADATA_DISABLED: 'true' });
  const region = 'eu-central-1';

  const open = async (): Promise<StoreBench & { readonly url: string }> => {
    // Moto's own refusal is not of the protocol that AWS speaks.
    const guarded = await startAnswers(() => ({
      status: 400,
      body: { __type: 'AccessDeniedException', Message: 'no' },
    }));
    const server = await startMoto();
    const store = createAwsStore({ region, endpoint: new URL(server.url) });
    const refused = createAwsStore({ region, endpoint: new URL(guarded.url) });
    const away = createAwsStore({ region, endpoint: await nobodyAt() });
    const { CreateSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const owner = new SecretsManagerClient({ region, endpoint: server.url });
    const place = (name: string, field?: string) => placeOf(`awssm://keyfuse/${name}${field ? `#${field}` : ''}`);
    return {
      ...{ store, refused, away, place, url: server.url },
      make: async (name) => void (await owner.send(new CreateSecretCommand({ Name: `keyfuse/${name}` }))),
      putFields: async (name, fields) =>
        void (await owner.send(
          new CreateSecretCommand({ Name: `keyfuse/${name}`, SecretString: JSON.stringify(fields) }),
        )),
      async fieldsOf(name) {
        const found = await store.read(place(name));
        return isTrouble(found) ? found : JSON.parse(found.secret.expose());
      },
      async stop() {
        owner.destroy();
        for (const one of [store, refused, away]) one.close();
        guarded.close();
        await server.stop();
      },
    };
  };
  storeContract('AWS Secrets Manager', open);
  storeContract('AWS Secrets Manager, a field', open, { field: 'key' });

  test('AWS: stages, versions, ARNs, regions, binary secrets, and one that is no object', async () => {
    const { url, stop, store, place } = await open();
    try {
      const { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } = await import(
        '@aws-sdk/client-secrets-manager'
      );
      const owner = new SecretsManagerClient({ region: 'us-east-1', endpoint: url });
      const made = await owner.send(new CreateSecretCommand({ Name: 'staged', SecretString: 'first' }));
      await owner.send(new PutSecretValueCommand({ SecretId: 'staged', SecretString: 'second' }));
      await owner.send(new CreateSecretCommand({ Name: 'binary', SecretBinary: new Uint8Array([1, 2]) }));
      owner.destroy();
      const read = async (text: string) => {
        const found = await store.read(placeOf(text));
        return isTrouble(found) ? found.trouble : found.secret.expose();
      };
      expect(await read(`awssm://${made.ARN}`)).toBe('second'); // its region is in the ARN
      expect(await read('awssm://staged')).toBe('absent');
      expect(await read('awssm://staged?region=us-east-1')).toBe('second');
      expect(await read('awssm://staged?region=us-east-1&stage=AWSPREVIOUS')).toBe('first');
      expect(await read(`ref+awssecrets://staged?region=us-east-1&version_id=${made.VersionId}`)).toBe('first');
      expect(await read('awssm://staged?region=us-east-1#field')).toBe('unusable');
      expect(await read('awssm://binary?region=us-east-1')).toBe('unusable');
      // What is no object is not made one, and a secret that nobody made is not made by us.
      const lost = new Secret('lost');
      expect(await store.write(placeOf('awssm://staged?region=us-east-1#field'), lost)).toMatchObject({
        trouble: 'unusable',
      });
      expect(await store.write(place('never made'), lost)).toMatchObject({ trouble: 'absent' });
      expect(await createAwsStore({}).read(placeOf('awssm://no-region'))).toMatchObject({ trouble: 'unusable' });
    } finally {
      await stop();
    }
  });
}

test('Vault: a path that our policy does not allow costs one more login, and none for some minutes', async () => {
  let logins = 0;
  const allowed = new Set(['fine']);
  const vault = await startAnswers(({ pathname }, { headers }) => {
    if (pathname.endsWith('/login')) {
      logins += 1;
      return { body: { auth: { client_token: `token ${logins}`, lease_duration: 36_000, renewable: false } } };
    }
    const isOurs = headers['x-vault-token'] === `token ${logins}`;
    if (!isOurs || !allowed.has(pathname.split('/').at(-1) ?? ''))
      return { status: 403, body: { errors: ['permission denied'] } };
    return { body: { data: { data: { key: 'value' }, metadata: { version: 1 } } } };
  });
  let now = 0;
  const auth = {
    method: 'approle',
    mount: 'approle',
    roleId: 'r',
    secretId: () => ({ secret: new Secret('s') }),
  } as const;
  const clock = { ...systemClock, monotonic: () => now };
  const store = createVaultStore({ address: new URL(vault.url), auth }, { clock });
  const read = async (name: string) => isTrouble(await store.read(placeOf(`vault://secret/${name}#key`)));
  try {
    for (const _ of [1, 2, 3]) expect([await read('fine'), await read('denied')]).toEqual([false, true]);
    expect(logins).toBe(2);
    // The token ended: a path that was allowed before mends it at once.
    logins += 1;
    expect([await read('fine'), await read('denied'), logins]).toEqual([false, true, 4]);
    allowed.add('denied');
    expect([await read('denied'), logins]).toEqual([false, 4]);
    allowed.delete('denied');
    now += 300_001;
    expect([await read('denied'), await read('denied'), logins]).toEqual([true, true, 5]);
  } finally {
    store.close();
    vault.close();
  }
});

test('a page of somebody between us and the store is no answer of it', async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  for (const status of [200, 301, 403, 404]) {
    const proxy = await startAnswers(() => ({ status, body: '<html>sign in</html>', headers: { location: '/x' } }));
    const vault = createVaultStore(
      { address: new URL(proxy.url), auth: { method: 'token', token: () => ({ secret: new Secret('x') }) } },
      { clock: systemClock },
    );
    const aws = createAwsStore({ region: 'eu-central-1', endpoint: new URL(proxy.url) });
    for (const [store, text] of [
      [vault, 'vault://secret/app#key'],
      [aws, 'awssm://app'],
    ] as const) {
      expect([status, await store.read(placeOf(text))]).toMatchObject([status, { trouble: 'unreachable' }]);
      const written = await store.write(placeOf(text), new Secret('lost'));
      expect([status, written]).toMatchObject([status, { trouble: 'unreachable' }]);
      store.close();
    }
    proxy.close();
  }
}, 60_000);

const azureBench = async () => {
  const vault = await startAzureVault();
  const store = createAzureStore({ credential: vault.credential, isForeign: true });
  const place = (name: string, field?: string) => placeOf(`azkv://${vault.host}/${name}${field ? `#${field}` : ''}`);
  return { ...vault, store, place };
};

const openAzure = async (): Promise<StoreBench> => {
  const vault = await azureBench();
  const away = createAzureStore({ credential: vault.credential, isForeign: true });
  const nobody = (await nobodyAt()).host;
  return {
    ...vault,
    refused: createAzureStore({ credential: vault.nobody, isForeign: true }),
    away: {
      read: (place) => away.read({ ...place, path: place.path.replace(vault.host, nobody) }),
      write: (place, value) => away.write({ ...place, path: place.path.replace(vault.host, nobody) }, value),
    },
    async putFields(name, fields) {
      await vault.store.write(vault.place(name), new Secret(JSON.stringify(fields)));
    },
    fieldsOf: async (name) => JSON.parse(vault.secrets.get(name)?.at(-1)?.value ?? ''),
  };
};
storeContract('Azure Key Vault', openAzure);
storeContract('Azure Key Vault, a field', openAzure, { field: 'key' });

test('Azure: a client that cannot be set up is told without what its variables hold, and set up once they are right', async () => {
  const wrong = new Secret(sample('pasted in the wrong place', 30));
  const closed = placeOf(`azkv://${(await nobodyAt()).host}/name`);
  const store = createAzureStore();
  const told = { trouble: 'unusable', why: expect.stringMatching(/cannot be set up \(Error\)/) };
  try {
    process.env['AZURE_TOKEN_CREDENTIALS'] = wrong.expose();
    expect(await store.read(closed)).toEqual(told);
    expect(await store.write(closed, new Secret('x'))).toEqual(told);
    expect(JSON.stringify(await store.read(closed))).not.toContain(wrong.expose());
    process.env['AZURE_TOKEN_CREDENTIALS'] = 'EnvironmentCredential';
    expect(await store.read(closed)).toMatchObject({ trouble: 'unreachable' });
  } finally {
    delete process.env['AZURE_TOKEN_CREDENTIALS'];
  }
});

test('Azure: versions, an end, a disabled secret, and what a new version keeps', async () => {
  const { store, place, secrets, host, state, stop, credential } = await azureBench();
  try {
    const read = async (where: Place, by = store) => {
      const found = await by.read(where);
      return isTrouble(found) ? `${found.trouble}: ${found.why}` : found.secret.expose();
    };
    for (const text of ['first', 'second']) await store.write(place('pinned'), new Secret(text));
    expect(await read(place(`pinned/${'1'.padStart(32, '0')}`))).toBe('first');
    expect(await read(placeOf(`ref+azurekeyvault://${host}/pinned`))).toBe('second');
    const attributes = { enabled: true, exp: 4_000_000_000 };
    const kept = { contentType: 'text/plain', tags: { team: 'security' } };
    secrets.set('ends', [{ version: '1', value: 'one', attributes, ...kept }]);
    const found = await store.read(place('ends'));
    expect(found).toMatchObject({ version: '1', expiresAt: 4_000_000_000_000 });
    await store.write(place('ends'), new Secret('two'));
    expect(secrets.get('ends')?.at(-1)).toMatchObject({ value: 'two', ...kept });
    secrets.set('off', [{ version: '1', value: 'one', attributes: { enabled: false } }]);
    expect(await read(place('off'))).toMatch(/^refused/);
    // The host asks for a token that is not for it.
    expect(await read(place('pinned'), createAzureStore({ credential }))).toMatch(/^refused/);
    for (state.html of [200, 403, 404]) expect(await read(place('pinned'))).toMatch(/^unreachable/);
    state.html = 0;
    state.isDown = true;
    expect(await read(place('pinned'))).toMatch(/^unreachable: Azure does not answer as it should \(503\)/);
    expect(await read(placeOf('azkv://only-a-vault'))).toMatch(/^unusable/);
  } finally {
    await stop();
  }
});
