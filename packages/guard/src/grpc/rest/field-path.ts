import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { isWrapper, TEXT_TYPES } from '../json/scalars.ts';

/**
 * The fields on the way to one that is named by its path, by original or JSON names. `null` when
 * there is none, or when the way leads through a list or a map.
 */
export function fieldsAt(desc: DescMessage, path: readonly string[]): DescField[] | null {
  const fields: DescField[] = [];
  let here: DescMessage | undefined = desc;
  for (const name of path) {
    const found: DescField | undefined = here?.fields.find(
      (field) => field.name === name || field.jsonName === name,
    );
    if (found === undefined) return null;
    fields.push(found);
    here = found.fieldKind === 'message' ? found.message : undefined;
  }
  return fields;
}

/** True for a field that a text can be a value of, or one of its values. */
export function takesText({ message }: DescField): boolean {
  return message === undefined || TEXT_TYPES.has(message.typeName) || isWrapper(message);
}

/** True for a field that one text is the whole value of. */
export function isSingleText(field: DescField): boolean {
  return field.fieldKind !== 'list' && field.fieldKind !== 'map' && takesText(field);
}
