import type { Message, Registry } from '@bufbuild/protobuf';
import { type Any, anyUnpack } from '@bufbuild/protobuf/wkt';

/**
 * The fields of a decoded message, and of all messages in it, that its type does not know, as
 * texts: where they stand, their numbers and their bytes. JSON has no place for them, and yet two
 * messages that differ in them differ.
 */
export function unknownFieldsOf(message: Message, registry: Registry, path = ''): string[] {
  const { $typeName, $unknown = [] } = message;
  const desc = registry.getMessage($typeName);
  const found = $unknown
    // Extensions are kept in the same place, but have a name in JSON.
    .filter(({ no }) => desc === undefined || registry.getExtensionFor(desc, no) === undefined)
    .map(
      ({ no, wireType, data }) =>
        `${path}${no}: ${wireType}/${Buffer.from(data).toString('base64')}`,
    );
  if ($typeName === 'google.protobuf.Any') {
    const packed = anyUnpack(message as Any, registry);
    return packed ? [...found, ...unknownFieldsOf(packed, registry, `${path}value.`)] : found;
  }
  return [...found, ...membersOf(message, registry, path)];
}

function membersOf(holder: object, registry: Registry, path: string): string[] {
  return Object.entries(holder).flatMap(([name, value]) =>
    name === '$unknown' ? [] : beneath(value, registry, `${path}${name}.`),
  );
}

/** Looks into what a member can hold: messages, lists and maps of them, and the case of a oneof. */
function beneath(value: unknown, registry: Registry, path: string): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return '$typeName' in value
    ? unknownFieldsOf(value as Message, registry, path)
    : membersOf(value, registry, path);
}
