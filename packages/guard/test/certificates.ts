import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, type SubjectAltNameEntry } from 'selfsigned';
import { atEnd } from './fixtures.ts';

const LOOPBACK: readonly SubjectAltNameEntry[] = [
  { type: 2, value: 'localhost' },
  { type: 7, ip: '127.0.0.1' },
];

/** A certificate for 127.0.0.1 and localhost that vouches for itself, as PEM files. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** What is in the file of the certificate: who trusts it trusts the server. */
  readonly pem: Buffer;
}

/** Makes one; its files are gone with the test. `others` are its alternative names. */
export async function certificate(
  name = 'guard.test',
  others: readonly SubjectAltNameEntry[] = LOOPBACK,
): Promise<TestCertificate> {
  const folder = mkdtempSync(join(tmpdir(), 'falsework-tls-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const altNames = [{ type: 2 as const, value: name }, ...others];
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.private);
  return { cert, key, pem: Buffer.from(made.cert) };
}
