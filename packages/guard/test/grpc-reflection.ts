import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { atEnd } from './fixtures.ts';
import { LIBRARY_FILE } from './grpc-fixtures.ts';

/** What the reflecting service describes. */
export const FILES = fromBinary(FileDescriptorSetSchema, readFileSync(LIBRARY_FILE)).file;
const LIBRARY = 'falsework.test.Library';

/** How it differs from a service that answers everything. */
export interface Behaviour {
  /** What it serves beside the description of itself. */
  readonly also?: (server: Server) => void;
  readonly version?: 'v1' | 'v1alpha';
  readonly services?: readonly string[];
  readonly files?: readonly FileDescriptorProto[];
  /** Answers with garbage instead. */
  readonly raw?: Buffer;
}

/** A service that describes itself: each answer is one file, without its imports. */
export async function reflecting({
  version = 'v1',
  services = [LIBRARY, 'grpc.reflection.v1.ServerReflection'],
  files = FILES,
  raw,
  also,
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
  also?.(server);
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
