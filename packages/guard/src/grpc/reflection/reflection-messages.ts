import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What a service can be asked by reflection. */
export type ReflectionQuestion =
  | { readonly ask: 'services' }
  | { readonly ask: 'file-of-symbol' | 'file'; readonly name: string };

/** What it answers. */
export interface ReflectionAnswer {
  /** Full names of services. */
  readonly services: readonly string[];
  /** FileDescriptorProtos, encoded. */
  readonly files: readonly Uint8Array[];
  /** Why it has none; `null` when it has. */
  readonly error: string | null;
}

// The numbers of the fields of grpc.reflection.v1.ServerReflectionRequest and -Response; v1alpha
// has the same.
const ASK = { file: 3, 'file-of-symbol': 4, services: 7 } as const;
const FILES = 4;
const SERVICES = 6;
const ERROR = 7;
const ERROR_MESSAGE = 2;

/** A question as it goes over the wire. */
export function encodeQuestion(question: ReflectionQuestion): Uint8Array {
  const name = question.ask === 'services' ? '' : question.name;
  const writer = new BinaryWriter();
  return writer.tag(ASK[question.ask], WireType.LengthDelimited).string(name).finish();
}

/** An answer as it came over the wire. Throws what protobuf throws for what is none. */
export function decodeAnswer(bytes: Uint8Array): ReflectionAnswer {
  const answer = membersOf(bytes);
  const inner = (field: number): Uint8Array[] =>
    answer.filter((each) => each.field === field).map((each) => each.bytes);
  const [failure] = inner(ERROR);
  const said = failure && membersOf(failure).find(({ field }) => field === ERROR_MESSAGE);
  return {
    files: inner(FILES).flatMap((files) => listed(files)),
    services: inner(SERVICES)
      .flatMap((services) => listed(services))
      .flatMap((service) => listed(service).map(textOf)),
    error:
      failure === undefined ? null : said === undefined ? 'no reason given' : textOf(said.bytes),
  };
}

/** Both lists, and the name of a service, are the first fields of their messages. */
function listed(bytes: Uint8Array): Uint8Array[] {
  return membersOf(bytes)
    .filter(({ field }) => field === 1)
    .map((member) => member.bytes);
}

/** The members of a message that are texts, bytes or messages. */
function membersOf(bytes: Uint8Array): { readonly field: number; readonly bytes: Uint8Array }[] {
  const reader = new BinaryReader(bytes);
  const members = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) members.push({ field, bytes: reader.bytes() });
    else reader.skip(type, field);
  }
  return members;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
