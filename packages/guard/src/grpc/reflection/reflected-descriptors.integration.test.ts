import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { systemHost } from '@falsework/seam/engine';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, deadService } from '../../../test/fixtures.ts';
import { LIBRARY_FILE } from '../../../test/grpc-fixtures.ts';
import { reflectedDescriptors } from './reflected-descriptors.ts';

const FILES = fromBinary(FileDescriptorSetSchema, readFileSync(LIBRARY_FILE)).file;
const LIBRARY = 'falsework.test.Library';
const { clock } = systemHost;

interface Behaviour {
  readonly version?: 'v1' | 'v1alpha';
  readonly services?: readonly string[];
  readonly files?: readonly FileDescriptorProto[];
  /** Answers with garbage instead. */
  readonly raw?: Buffer;
}

/** A service that describes itself: each answer is one file, without its imports. */
async function reflecting({
  version = 'v1',
  services = [LIBRARY, 'grpc.reflection.v1.ServerReflection'],
  files = FILES,
  raw,
}: Behaviour = {}): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const answerTo = (question: Buffer): Buffer => {
    const reader = new BinaryReader(question);
    const [field] = reader.tag();
    const name = reader.string();
    asked.push(name);
    if (raw !== undefined) return raw;
    const inner = new BinaryWriter();
    if (field === 7) {
      for (const service of services) {
        inner.tag(1, WireType.LengthDelimited).fork();
        inner.tag(1, WireType.LengthDelimited).string(service).join();
      }
    } else {
      const file = files.find((each) =>
        field === 3
          ? each.name === name
          : each.service.some((service) => `${each.package}.${service.name}` === name),
      );
      if (file === undefined) {
        inner.tag(1, WireType.Varint).int32(5);
        inner.tag(2, WireType.LengthDelimited).string(`no ${name}`);
        const failed = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(inner.finish());
        return Buffer.from(failed.finish());
      }
      inner.tag(1, WireType.LengthDelimited).bytes(toBinary(FileDescriptorProtoSchema, file));
    }
    const answer = new BinaryWriter().tag(field === 7 ? 6 : 4, WireType.LengthDelimited);
    return Buffer.from(answer.bytes(inner.finish()).finish());
  };
  const asIs = (bytes: Buffer): Buffer => bytes;
  const server = new Server();
  server.addService(
    {
      ServerReflectionInfo: {
        path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        requestStream: true,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    {
      ServerReflectionInfo: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', (question: Buffer) => call.write(answerTo(question)));
        call.on('end', () => call.end());
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  atEnd(() => server.forceShutdown());
  return { origin: `grpc://127.0.0.1:${port}`, asked };
}

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
    expect(status.UNIMPLEMENTED).toBe(12);
  });
});
