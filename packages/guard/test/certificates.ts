import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './fixtures.ts';

/** A certificate for 127.0.0.1 and localhost that vouches for itself, as PEM files. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** What is in the file of the certificate: who trusts it trusts the server. */
  readonly pem: Buffer;
}

/** Makes one; its files are gone with the test. */
export function certificate(
  name = 'guard.test',
  others = ',DNS:localhost,IP:127.0.0.1',
): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'falsework-tls-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = `subjectAltName=DNS:${name}${others}`;
  const made = `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}`;
  const files = ['-keyout', key, '-out', cert];
  const args = ['req', '-x509', ...made.split(' '), ...files, '-addext', names];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { cert, key, pem: readFileSync(cert) };
}
