import { Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService, ScriptedLink, until } from '../../../test/fixtures.ts';
import { libraryService } from '../../../test/grpc-services.ts';
import { startGrpcGuard } from './start-grpc-guard.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

/** A service that implements nothing but the health protocol, and answers with this status. */
async function healthService(status: () => number): Promise<{ origin: string }> {
  const server = new Server();
  const Check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { Check },
    {
      Check: (_call: unknown, done: (e: null, b: Buffer) => void) =>
        done(null, Buffer.from([8, status()])),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  atEnd(() => server.forceShutdown());
  return { origin: `grpc://127.0.0.1:${port}` };
}

async function guardBefore(candidate: { origin: string }, link?: ScriptedLink) {
  const guard = await startGrpcGuard({
    legacy: (await libraryService({})).origin,
    candidate: candidate.origin,
    port: 0,
    health: { intervalMs: 10, timeoutMs: 500 },
    ...(link === undefined ? {} : { link }),
  });
  atEnd(() => guard.stop({ withinMs: 100 }));
  return guard;
}

describe('the health of a side', () => {
  it('is good when it says that it serves, and when it knows of no such question', async () => {
    const guard = await guardBefore(await healthService(() => 1));
    await until(
      () => guard.health().candidate !== null && guard.health().legacy !== null,
      'both were asked',
    );
    expect(guard.health()).toMatchObject({
      legacy: { isHealthy: true },
      candidate: { isHealthy: true },
    });
  });

  it('is bad when it says that it does not serve, and good again when it does', async () => {
    let status = 2;
    const guard = await guardBefore(await healthService(() => status));
    await until(() => guard.health().candidate?.isHealthy === false, 'it was found');
    expect(guard.health().candidate?.because).toBe('answered that it is not serving');
    status = 1;
    await until(() => guard.health().candidate?.isHealthy === true, 'it was found again');
  });

  it('is bad when nobody listens, and control hears of it, and that the counter is alive', async () => {
    const link = new ScriptedLink();
    const guard = await guardBefore(await deadService(), link);
    await until(() => guard.health().candidate?.isHealthy === false, 'it was found');
    await guard.stop({ withinMs: 100 });
    const reports = link.batches.flatMap(({ health }) => health);
    expect(reports.find(({ side }) => side === 'candidate')?.because).toContain('ECONNREFUSED');
    expect(JSON.stringify(link.batches)).toMatch(/"legacyProbes":[1-9]|"probes":[1-9]/);
  });
});
