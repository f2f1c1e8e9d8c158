import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Real certificates, made by OpenSSL in a directory. */
export const createAuthority = (dir: string, name = 'ca') => {
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;
  const of = (what: string): Pair => ({ cert: join(dir, `${what}.crt`), key: join(dir, `${what}.key`) });
  const own = of(name);
  openssl('req', '-x509', ...fresh, '-days', '1', '-subj', `/CN=${name}`, '-keyout', own.key, '-out', own.cert);
  return {
    /** The certificate that clients and servers are checked with. */
    cert: own.cert,
    /** Signs a certificate for a name, and for localhost. */
    sign(subject: string, file = subject): Pair {
      const pair = of(file);
      const asked = join(dir, `${file}.csr`);
      const names = join(dir, `${file}.ext`);
      writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
      openssl('req', ...fresh, '-subj', `/O=acme/CN=${subject}`, '-keyout', pair.key, '-out', asked);
      const by = ['-CA', own.cert, '-CAkey', own.key, '-CAcreateserial'] as const;
      openssl('x509', '-req', '-in', asked, ...by, '-days', '1', '-extfile', names, '-out', pair.cert);
      return pair;
    },
  };
};
