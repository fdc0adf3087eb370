import { readFileSync } from 'node:fs';
import { Client, credentials, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { certificate, type TestCertificate } from '../../../test/certificates.ts';
import { atEnd, snapshotWith } from '../../../test/fixtures.ts';
import { libraryService } from '../../../test/grpc-services.ts';
import type { GrpcGuardOptions } from './grpc-options.ts';
import { startGrpcGuard } from './start-grpc-guard.ts';

const asIs = (bytes: Buffer): Buffer => bytes;
const ECHO = {
  path: '/a.B/C',
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const;

/** A gRPC service under TLS that answers with what it was asked. */
async function secureService({ cert, key }: TestCertificate): Promise<string> {
  const server = new Server();
  server.addService(
    { C: ECHO },
    {
      C: (call: { request: Buffer }, done: (error: null, answer: Buffer) => void) =>
        done(null, call.request),
    },
  );
  const pair = { private_key: readFileSync(key), cert_chain: readFileSync(cert) };
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  atEnd(() => server.forceShutdown());
  return `grpcs://127.0.0.1:${port}`;
}

async function guardBefore(legacy: string, options: Partial<GrpcGuardOptions> = {}) {
  const guard = await startGrpcGuard({
    legacy,
    candidate: (await libraryService({})).origin,
    port: 0,
    snapshot: snapshotWith({ shadow: { sample: 0 } }),
    ...options,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  return guard;
}

async function ask(address: string, trust = credentials.createInsecure()) {
  const client = new Client(address, trust);
  atEnd(() => client.close());
  return new Promise<{ code: number; answer: string | undefined }>((resolve) => {
    client.makeUnaryRequest(ECHO.path, asIs, asIs, Buffer.from('hello'), (error, answer) =>
      resolve({ code: error?.code ?? 0, answer: answer?.toString() }),
    );
  });
}

describe('a side under TLS', () => {
  it('is trusted by the file that vouches for it, and shown with its scheme', async () => {
    const pair = await certificate();
    const origin = await secureService(pair);
    const guard = await guardBefore(origin, { sides: { legacy: { ca: pair.cert } } });
    expect(await ask(guard.address)).toEqual({ code: status.OK, answer: 'hello' });
    expect(guard.report().sides.legacy.origin).toBe(origin);
  });

  it('that nobody vouches for is unavailable, and the report says why', async () => {
    const guard = await guardBefore(await secureService(await certificate()));
    expect((await ask(guard.address)).code).toBe(status.UNAVAILABLE);
    expect(guard.report().sides.legacy.words.join(' ')).toContain('failed to set up TLS');
  });

  it('is taken unseen where that is declared', async () => {
    const origin = await secureService(await certificate());
    const guard = await guardBefore(origin, { sides: { legacy: { verify: false } } });
    expect((await ask(guard.address)).answer).toBe('hello');
  });
});

describe('callers under TLS', () => {
  it('reach the guard by its own certificate', async () => {
    const pair = await certificate();
    const guard = await guardBefore(await secureService(pair), {
      tls: pair,
      sides: { legacy: { verify: false } },
    });
    expect(guard.url).toMatch(/^grpcs:\/\/127\.0\.0\.1:\d+$/);
    const trusting = credentials.createSsl(pair.pem);
    expect((await ask(guard.address, trusting)).answer).toBe('hello');
    expect((await ask(guard.address)).code).toBe(status.UNAVAILABLE);
  });
});
