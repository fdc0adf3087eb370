import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureVersion } from 'node:tls';
import { fault } from '@falsework/core/errors';
import type { Cancel } from '@falsework/core/ports';
import type { Host } from '@falsework/seam/engine';

/** TLS in front, in the shape that the configuration gives it. */
export interface TlsSettings {
  /** A PEM file: the certificate, then those which vouch for it. */
  readonly cert: string;
  /** A PEM file: its private key. */
  readonly key: string;
  /** What callers must speak at least; TLS 1.2 unless said otherwise. */
  readonly minVersion?: Extract<SecureVersion, 'TLSv1.2' | 'TLSv1.3'>;
}

/** A certificate as a server takes it. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: SecureVersion;
}

// Certificates are renewed days before they end, so a look now and then would do; ten seconds are
// for the person who waits to see it happen. Files are read rather than watched, since a mounted
// secret is replaced by moving a link, which watching the file does not tell.
const LOOK_EVERY_MS = 10_000;

/** The certificate that callers are shown, read anew while it is in use. */
export class CertificateFiles {
  readonly #settings: TlsSettings;
  readonly #host: Host;
  #current: Certificate;
  #problem: string | null = null;
  #cancel: Cancel = () => {};

  /** Throws FW_GUARD_TLS when the files do not make a certificate. */
  constructor(settings: TlsSettings, host: Host) {
    this.#settings = settings;
    this.#host = host;
    this.#current = this.#read();
  }

  get current(): Certificate {
    return this.#current;
  }

  /**
   * Why the files, as they are now, could not be taken; `null` when they were. The certificate
   * before them stays in use.
   */
  get problem(): string | null {
    return this.#problem;
  }

  /** Looks from time to time; calls `take` with each certificate that is new and usable. */
  follow(take: (certificate: Certificate) => void): void {
    this.#cancel = this.#host.clock.after(LOOK_EVERY_MS, () => {
      this.look(take);
      this.follow(take);
    });
  }

  /** Looks once. Never throws. */
  look(take: (certificate: Certificate) => void): void {
    try {
      const read = this.#read();
      this.#problem = null;
      if (read.cert.equals(this.#current.cert) && read.key.equals(this.#current.key)) return;
      take(read);
      this.#current = read;
    } catch (error) {
      const { message } = error as Error;
      // Once, though it is looked at again and again.
      if (message !== this.#problem) {
        this.#host.warn?.(`${message} The certificate before it stays in use.`);
      }
      this.#problem = message;
    }
  }

  stop(): void {
    this.#cancel();
  }

  #read(): Certificate {
    const { cert, key, minVersion = 'TLSv1.2' } = this.#settings;
    const read = { cert: readPem(cert), key: readPem(key), minVersion };
    try {
      createSecureContext(read);
    } catch (error) {
      // OpenSSL says what it dislikes, such as `key values mismatch`, and nothing of the key.
      throw unusable(`${cert} with ${key}`, (error as Error).message, error);
    }
    return read;
  }
}

/** Reads a PEM file for TLS. Throws FW_GUARD_TLS. */
export function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unusable(file, (error as NodeJS.ErrnoException).code ?? 'it cannot be read', error);
  }
}

function unusable(file: string, because: string, cause: unknown): Error {
  return fault('FW_GUARD_TLS', { file, because }, cause);
}
