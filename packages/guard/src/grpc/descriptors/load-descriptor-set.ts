import {
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { fault } from '@falsework/core/errors';
import { nearestName } from '@falsework/core/text';
import { wellKnownFile } from './well-known-files.ts';

/** What a descriptor set holds, by the names that people use. */
export interface DescriptorSet {
  /** Where it came from, for messages. */
  readonly source: string;
  readonly registry: FileRegistry;
  readonly services: readonly DescService[];
  /**
   * The method of a request path such as `/pkg.Service/Method`; `undefined` when the set does not
   * know it.
   */
  methodOfPath(path: string): DescMethod | undefined;
  /** A service by its full name. Throws FW_GRPC_NAME_UNKNOWN. */
  service(name: string): DescService;
  /** A method as `pkg.Service/Method` or `pkg.Service.Method`. Throws FW_GRPC_NAME_UNKNOWN. */
  method(name: string): DescMethod;
  /** A message by its full name. Throws FW_GRPC_NAME_UNKNOWN. */
  message(name: string): DescMessage;
}

/**
 * Reads a FileDescriptorSet from its bytes. The well-known types need not be in it. Throws
 * FW_GRPC_DESCRIPTORS for what is no such set, FW_GRPC_IMPORT_MISSING for one written without its
 * imports. O(bytes).
 *
 * ```ts
 * const set = loadDescriptorSet(readFileSync('set.binpb'), 'set.binpb');
 * set.method('library.v1.Library/GetBook').output.typeName; // library.v1.Book
 * ```
 */
export function loadDescriptorSet(bytes: Uint8Array, source: string): DescriptorSet {
  const set = withWellKnownFiles(parse(bytes, source));
  checkImports(set, source);
  return new LoadedSet(registryOf(set, source), source);
}

/** The path of a method, as it stands in `:path`. */
export function pathOfMethod(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function parse(bytes: Uint8Array, source: string): FileDescriptorSet {
  let set: FileDescriptorSet;
  try {
    set = fromBinary(FileDescriptorSetSchema, bytes);
  } catch (error) {
    const because = 'its bytes are not the protobuf encoding of a FileDescriptorSet';
    throw fault('FW_GRPC_DESCRIPTORS', { source, because }, error);
  }
  // Any bytes of another message may parse, as fields that nobody knows.
  if (set.file.every(({ name }) => name === '')) {
    throw fault('FW_GRPC_DESCRIPTORS', { source, because: 'it holds no file' });
  }
  return set;
}

/** Sets written without imports lack the well-known types more often than anything else. */
function withWellKnownFiles(set: FileDescriptorSet): FileDescriptorSet {
  const present = new Set(set.file.map(({ name }) => name));
  const added: DescFile[] = [];
  const add = (name: string): void => {
    const file = present.has(name) ? undefined : wellKnownFile(name);
    if (file === undefined) return;
    present.add(name);
    for (const { name: needed } of file.dependencies) add(`${needed}.proto`);
    added.push(file);
  };
  for (const file of set.file) for (const name of file.dependency) add(name);
  // In front: a file must come after what it imports.
  return { ...set, file: [...added.map(({ proto }) => proto), ...set.file] };
}

function checkImports(set: FileDescriptorSet, source: string): void {
  const present = new Set(set.file.map(({ name }) => name));
  for (const file of set.file) {
    const missing = file.dependency.find((name) => !present.has(name));
    if (missing === undefined) continue;
    throw fault('FW_GRPC_IMPORT_MISSING', { source, file: file.name, missing });
  }
}

function registryOf(set: FileDescriptorSet, source: string): FileRegistry {
  try {
    return createFileRegistry(set);
  } catch (error) {
    const because = error instanceof Error ? error.message : 'its files contradict each other';
    throw fault('FW_GRPC_DESCRIPTORS', { source, because }, error);
  }
}

class LoadedSet implements DescriptorSet {
  readonly source: string;
  readonly registry: FileRegistry;
  readonly services: readonly DescService[];
  readonly #methods: ReadonlyMap<string, DescMethod>;

  constructor(registry: FileRegistry, source: string) {
    this.registry = registry;
    this.source = source;
    this.services = [...registry].filter((desc) => desc.kind === 'service');
    const methods = this.services.flatMap((service) => service.methods);
    this.#methods = new Map(methods.map((method) => [pathOfMethod(method), method]));
  }

  methodOfPath(path: string): DescMethod | undefined {
    return this.#methods.get(path);
  }

  service(name: string): DescService {
    const known = this.services.map(({ typeName }) => typeName);
    return this.registry.getService(name) ?? this.#unknown('service', name, known);
  }

  method(name: string): DescMethod {
    const path = `/${name.includes('/') ? name : name.replace(/\.([^.]*)$/, '/$1')}`;
    const known = [...this.#methods.keys()].map((each) => each.slice(1));
    return this.#methods.get(path) ?? this.#unknown('method', name, known);
  }

  message(name: string): DescMessage {
    const all = [...this.registry].filter((desc) => desc.kind === 'message');
    const known = all.map(({ typeName }) => typeName);
    return this.registry.getMessage(name) ?? this.#unknown('message', name, known);
  }

  #unknown(kind: string, name: string, known: readonly string[]): never {
    const { source } = this;
    throw fault('FW_GRPC_NAME_UNKNOWN', {
      source,
      kind,
      name,
      nearest: nearestName(name, known) ?? null,
    });
  }
}
