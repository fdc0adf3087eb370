import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isObject, type Json, type JsonObject } from '../json/lossless.ts';
import { isWrapper, TEXT_TYPES } from '../json/scalars.ts';
import { fieldsAt, takesText } from './field-path.ts';
import { RestProblem } from './rest-problem.ts';

/** JSON that is being put together. */
export type Draft = { [name: string]: Json };

// Nobody writes a query of more parameters by hand or by program; each costs a search.
const PARAMETERS_MAX = 1_000;

/**
 * Sets fields from the query of a request: nested ones as `filter.author.lastName`, lists by
 * repeating the name, maps as `labels[key]`. Throws {@link RestProblem} for what is no field of the
 * message, or no value of the field.
 */
export function setFromQuery(
  draft: Draft,
  desc: DescMessage,
  query: URLSearchParams,
  ignoresUnknown: boolean,
): void {
  if (query.size > PARAMETERS_MAX) throw invalid('the query has too many parameters');
  for (const [name, text] of query) {
    const [, path = '', key] = /^([^[\]]+)(?:\[([^[\]]+)\])?$/.exec(name) ?? [];
    const isSet = setText(draft, { desc, path: path.split('.'), key: key ?? null }, text);
    if (!isSet && !ignoresUnknown) throw invalid(`there is no parameter ${JSON.stringify(name)}`);
  }
}

/** Where a text goes: to a field of a message by its path, or to a key of a map there. */
export interface ParameterPlace {
  readonly desc: DescMessage;
  readonly path: readonly string[];
  readonly key: string | null;
}

/**
 * Sets one field from a text. False when the message has no such field that a text could hold.
 * Throws {@link RestProblem} for a text that is none of its values.
 */
export function setText(draft: Draft, { desc, path, key }: ParameterPlace, text: string): boolean {
  const fields = fieldsAt(desc, path);
  const last = fields?.at(-1);
  if (fields === null || last === undefined || (last.fieldKind === 'map') !== (key !== null)) {
    return false;
  }
  if (!takesText(last)) return false;
  let here: Draft = draft;
  for (const { jsonName } of fields.slice(0, -1)) here = into(here, jsonName);
  const value = valueOf(last, text);
  if (key !== null) into(here, last.jsonName)[key] = value;
  else if (last.fieldKind === 'list') {
    here[last.jsonName] = [...((here[last.jsonName] as readonly Json[] | undefined) ?? []), value];
  } else here[last.jsonName] = value;
  return true;
}

/** The object beneath a name, which may have come with the body. */
function into(draft: Draft, name: string): Draft {
  const present = draft[name];
  const next = { ...(isObject(present) ? (present as JsonObject) : {}) };
  draft[name] = next;
  return next;
}

function valueOf(field: DescField, text: string): Json {
  const { message } = field;
  if (message !== undefined) {
    const wrapped = isWrapper(message) ? message.fields[0] : undefined;
    if (wrapped !== undefined) return valueOf(wrapped, text);
    return TEXT_TYPES.get(message.typeName)?.(text) ?? text;
  }
  if (field.enum !== undefined) return /^-?\d{1,10}$/.test(text) ? Number(text) : text;
  if (field.scalar !== ScalarType.BOOL) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid(`${field.name} is neither true nor false`);
}

function invalid(because: string): RestProblem {
  return new RestProblem('INVALID_ARGUMENT', because);
}
