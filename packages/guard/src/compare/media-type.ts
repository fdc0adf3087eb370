/** How a body is compared. */
export type BodyKind = 'json' | 'text' | 'bytes';

interface MediaType {
  /** Lower case, without parameters. */
  readonly essence: string;
  /** Names in lower case, values unquoted, sorted: `charset=utf-8`. */
  readonly parameters: readonly string[];
}

/** How a body of this content-type is compared. Without one it is text, if it reads as text. */
export function bodyKindOf(contentType: string | null): BodyKind {
  if (contentType === null) return 'text';
  const { essence } = parse(contentType);
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json';
  const isText = essence.startsWith('text/') || essence.endsWith('+xml') || TEXTS.has(essence);
  return isText ? 'text' : 'bytes';
}

const TEXTS = new Set([
  'application/xml',
  'application/javascript',
  'application/x-www-form-urlencoded',
  'application/graphql',
  'application/yaml',
  // Lines of JSON are no JSON text; their order counts.
  'application/x-ndjson',
]);

/**
 * True when two content types mean the same to whoever reads the answer: case, blanks, quotes and
 * the order of parameters say nothing, and neither does `charset=utf-8` on JSON, which is UTF-8 in
 * any case (RFC 8259, section 8.1).
 */
export function isSameMediaType(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b);
}

function canonical(contentType: string): string {
  const { essence, parameters } = parse(contentType);
  const isJson = bodyKindOf(essence) === 'json';
  const meant = parameters.filter((parameter) => !(isJson && parameter === 'charset=utf-8'));
  return [essence, ...meant].join(';');
}

function parse(contentType: string): MediaType {
  const [essence = '', ...parameters] = contentType.split(';');
  return {
    essence: essence.trim().toLowerCase(),
    parameters: parameters
      .map(canonicalParameter)
      .filter((parameter) => parameter !== '')
      .sort(),
  };
}

function canonicalParameter(text: string): string {
  const equals = text.indexOf('=');
  if (equals === -1) return text.trim().toLowerCase();
  const name = text.slice(0, equals).trim().toLowerCase();
  const value = text
    .slice(equals + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1');
  // Only the charset is known not to depend on case; a boundary does.
  return `${name}=${name === 'charset' ? value.toLowerCase() : value}`;
}
