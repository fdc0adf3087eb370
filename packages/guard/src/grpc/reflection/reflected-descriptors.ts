import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import { sideOptions } from '../../options/check-limits.ts';
import { DEFAULT_LIMITS } from '../../options/limits.ts';
import { Capture, CaptureBudget } from '../../shadow/capture.ts';
import { failureWords } from '../../sides/side-failure.ts';
import type { SideSettings } from '../../sides/side-settings.ts';
import { type DescriptorSet, loadDescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { wellKnownFile } from '../descriptors/well-known-files.ts';
import { askSide } from '../proxy/ask-side.ts';
import { codeOf } from '../proxy/grpc-answer.ts';
import { codeName, statusOf } from '../rest/status.ts';
import { GrpcChannel, grpcOrigin } from '../wire/channel.ts';
import { framed, framesOf } from '../wire/frames.ts';
import { formatTimeout } from '../wire/timeout.ts';
import {
  decodeAnswer,
  encodeQuestion,
  type ReflectionAnswer,
  type ReflectionQuestion,
} from './reflection-messages.ts';

/** How the service is reached. */
export interface ReflectionOptions {
  readonly side?: SideSettings | undefined;
  readonly clock: Clock;
}

// The older one is what many servers still offer alone.
const SERVICES = [
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];
const TIMEOUT_MS = 10_000;
const ANSWERS_BYTES_MAX = 64 * 1024 * 1024;
// Imports of imports; beyond this the service is leading us round in circles.
const ROUNDS_MAX = 50;
const OF_GRPC = /^grpc\.(?:reflection|health)\./;

/**
 * Asks a running service for its descriptors by gRPC's reflection: those of all its services, with
 * everything that they import. Rejects with FW_GRPC_REFLECTION, or FW_GRPC_ADDRESS.
 */
export async function reflectedDescriptors(
  side: Side,
  address: string,
  options: ReflectionOptions,
): Promise<DescriptorSet> {
  const origin = grpcOrigin(side, address);
  const trust = sideOptions(options.side, DEFAULT_LIMITS);
  const channel = new GrpcChannel(origin, options.clock, trust);
  const shown = origin.replace(/^http/, 'grpc');
  try {
    const files = await new Reflection(channel, options.clock, shown).files();
    const set = create(FileDescriptorSetSchema, { file: sorted(files) });
    return loadDescriptorSet(toBinary(FileDescriptorSetSchema, set), `the reflection of ${shown}`);
  } finally {
    channel.destroy();
  }
}

type Files = ReadonlyMap<string, FileDescriptorProto>;

class Reflection {
  readonly #channel: GrpcChannel;
  readonly #clock: Clock;
  readonly #origin: string;
  #service = SERVICES[0] ?? '';

  constructor(channel: GrpcChannel, clock: Clock, origin: string) {
    this.#channel = channel;
    this.#clock = clock;
    this.#origin = origin;
  }

  /** All files of all services, by their names. */
  async files(): Promise<Files> {
    const services = (await this.#services()).filter((name) => !OF_GRPC.test(name));
    if (services.length === 0) return this.#refuse('it names no service');
    const files = new Map<string, FileDescriptorProto>();
    let questions = services.map((name) => ({ ask: 'file-of-symbol', name }) as ReflectionQuestion);
    for (let round = 0; questions.length > 0 && round < ROUNDS_MAX; round += 1) {
      for (const { files: found, error } of await this.#ask(questions)) {
        if (error !== null) return this.#refuse(error);
        for (const bytes of found) {
          const file = fromBinary(FileDescriptorProtoSchema, bytes);
          files.set(file.name, file);
        }
      }
      questions = missing(files).map((name) => ({ ask: 'file', name }) as const);
    }
    return files;
  }

  async #services(): Promise<readonly string[]> {
    for (const service of SERVICES) {
      this.#service = service;
      const answers = await this.#answers([{ ask: 'services' }]);
      if (answers !== 'UNIMPLEMENTED') return answers.flatMap(({ services }) => services);
    }
    return this.#refuse('it does not implement it');
  }

  async #ask(questions: readonly ReflectionQuestion[]): Promise<readonly ReflectionAnswer[]> {
    const answers = await this.#answers(questions);
    return answers === 'UNIMPLEMENTED' ? this.#refuse('it no longer implements it') : answers;
  }

  /** All questions in one call: it is a stream both ways. */
  async #answers(
    questions: readonly ReflectionQuestion[],
  ): Promise<readonly ReflectionAnswer[] | 'UNIMPLEMENTED'> {
    const controller = new AbortController();
    const cancel = this.#clock.after(TIMEOUT_MS, () => {
      controller.abort(new DOMException('No answer in time.', 'TimeoutError'));
    });
    const { answer, failure } = await askSide((headers) => this.#channel.open(headers), {
      headers: {
        ':path': `/${this.#service}/ServerReflectionInfo`,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-accept-encoding': 'identity',
        'user-agent': 'falsework-guard',
        'grpc-timeout': formatTimeout(TIMEOUT_MS),
      },
      body: Buffer.concat(questions.map((question) => framed(encodeQuestion(question)))),
      capture: new Capture(new CaptureBudget(ANSWERS_BYTES_MAX), ANSWERS_BYTES_MAX),
      signal: controller.signal,
    });
    cancel();
    if (failure !== null) return this.#refuse(`it ${failureWords(failure)}`);
    const code = codeName(codeOf(answer));
    if (code === 'UNIMPLEMENTED') return code;
    if (code !== 'OK')
      return this.#refuse(`it answered ${code}: ${statusOf(answer.trailers).message}`);
    const body = answer.capture.read();
    if (body === null) return this.#refuse('what it describes is longer than 64 MiB');
    try {
      return (framesOf(body) ?? []).map(({ bytes }) => decodeAnswer(bytes));
    } catch (error) {
      return this.#refuse('what it answered is none of its messages', error);
    }
  }

  #refuse(because: string, cause?: unknown): never {
    throw fault('FW_GRPC_REFLECTION', { origin: this.#origin, because }, cause);
  }
}

/** Imports that are not there yet; those of protobuf itself are never asked for. */
function missing(files: Files): string[] {
  const imports = [...files.values()].flatMap(({ dependency }) => dependency);
  const needed = imports.filter((name) => !files.has(name) && wellKnownFile(name) === undefined);
  return [...new Set(needed)];
}

/** Every file after those that it imports, as a descriptor set has them. */
function sorted(files: Files): FileDescriptorProto[] {
  const placed = new Set<FileDescriptorProto>();
  const place = (file: FileDescriptorProto, above: ReadonlySet<string>): void => {
    if (placed.has(file) || above.has(file.name)) return;
    const around = new Set([...above, file.name]);
    for (const name of file.dependency) {
      const needed = files.get(name);
      if (needed !== undefined) place(needed, around);
    }
    placed.add(file);
  };
  for (const file of files.values()) place(file, new Set());
  return [...placed];
}
