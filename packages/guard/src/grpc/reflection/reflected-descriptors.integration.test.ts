import { systemHost } from '@falsework/seam/engine';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService } from '../../../test/fixtures.ts';
import { type Behaviour, FILES, reflecting } from '../../../test/grpc-reflection.ts';
import { reflectedDescriptors } from './reflected-descriptors.ts';

const LIBRARY = 'falsework.test.Library';
const { clock } = systemHost;

const refusal = (origin: string): Promise<{ code: string; message: string }> =>
  reflectedDescriptors('legacy', origin, { clock }).then(
    () => expect.fail('It was taken.'),
    (error) => error,
  );

describe('a service that describes itself', () => {
  it.each(['v1', 'v1alpha'] as const)('by %s is read with all that it imports', async (version) => {
    const { origin, asked } = await reflecting({ version });
    const set = await reflectedDescriptors('legacy', origin, { clock });
    expect(set.method(`${LIBRARY}/GetBook`).output.typeName).toBe('falsework.test.Book');
    expect(set.registry.getExtension('google.api.http')).toBeDefined();
    expect(set.source).toBe(`the reflection of ${origin}`);
    // What protobuf itself has is known here, and need not be asked for.
    expect(asked.filter((name) => name.startsWith('google/protobuf/'))).toEqual([]);
    expect(asked).not.toContain('grpc.reflection.v1.ServerReflection');
  });

  it.each<[string, Behaviour, string]>([
    ['names no service', { services: [] }, 'names no service'],
    ['does not know its own service', { files: [] }, `no ${LIBRARY}`],
    [
      'lacks an import',
      { files: FILES.filter(({ name }) => name !== 'google/api/http.proto') },
      'no google/api/http.proto',
    ],
    ['answers with something else', { raw: Buffer.from([0x0a, 0xff, 1]) }, 'none of its messages'],
  ])('and %s is refused with the reason', async (_what, behaviour, words) => {
    const { origin } = await reflecting(behaviour);
    const { code, message } = await refusal(origin);
    expect(code).toBe('FW_GRPC_REFLECTION');
    expect(message).toContain(words);
    expect(message).toContain(origin);
  });
});

describe('a service that does not', () => {
  it('is said to have none, or not to be there', async () => {
    const server = new Server();
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) =>
        resolve(bound),
      );
    });
    atEnd(() => server.forceShutdown());
    expect((await refusal(`grpc://127.0.0.1:${port}`)).message).toContain('does not implement it');
    expect((await refusal((await deadService()).origin)).message).toContain('ECONNREFUSED');
  });
});
