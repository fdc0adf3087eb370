import { fault } from '@falsework/core/errors';
import { type Document, isAlias, isNode, LineCounter, parseDocument, visit } from 'yaml';

/** A place in a text, both counted from 1. */
interface Place {
  readonly line: number;
  readonly col: number;
}

// Anchors may be used, but not to blow a page up into a gigabyte.
const ALIASES_MAX = 100;

/**
 * The value of a YAML 1.2 document: one document, core schema, no tags of one's own, no duplicate
 * keys, bounded aliases. Throws FW_CONFIG_SYNTAX with the place.
 */
export function parseYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    uniqueKeys: true,
    stringKeys: true,
    // Warnings would go to the process; the only one that matters is raised below. `silent` also
    // silences an error.
    logLevel: 'error',
    lineCounter: lines,
  });
  // A tag that nobody resolves is only warned of: its value would silently be taken as text.
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const [place] = error.linePos ?? [];
    throw syntaxFault(file, place, withoutSource(error.message), error);
  }
  const alias = findDanglingAlias(document);
  if (alias) throw syntaxFault(file, lines.linePos(alias.offset), `no anchor &${alias.name}`);
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    throw syntaxFault(file, undefined, 'its aliases multiply beyond what is read', error);
  }
}

/**
 * The value of a JSON text. Throws FW_CONFIG_SYNTAX with the place, also for a duplicate key: the
 * standard parser would silently take the last.
 */
export function parseJson(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    throw syntaxFault(file, placeIn(message, text), withoutSource(message), error);
  }
  // JSON is YAML, near enough for this one question.
  const { errors } = parseDocument(text, { schema: 'json', uniqueKeys: true, logLevel: 'error' });
  const duplicate = errors.find(({ code }) => code === 'DUPLICATE_KEY');
  if (duplicate) throw syntaxFault(file, duplicate.linePos?.[0], 'a key stands twice', duplicate);
  return value;
}

function syntaxFault(file: string, place: Place | undefined, reason: string, cause?: unknown) {
  const { line, col } = place ?? { line: 1, col: 1 };
  return fault('FW_CONFIG_SYNTAX', { file, line, column: col, reason }, cause);
}

/**
 * The parser's own words up to where it begins to quote the file: what stands there may be a
 * secret.
 */
function withoutSource(message: string): string {
  const [reason = ''] = message.split(/ at line \d|[:,] "|[:,] \.{3}| in JSON|\n/);
  return reason.trim() === '' ? 'it ends too early' : reason.trim();
}

/** Where V8 says that JSON breaks. It names no place when the text is short or ends too early. */
function placeIn(message: string, text: string): Place {
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
  if (line !== undefined && column !== undefined) {
    return { line: Number(line), col: Number(column) };
  }
  const [, token] = /^Unexpected token '(.+?)',/su.exec(message) ?? [];
  return endOf(token === undefined ? text : text.slice(0, Math.max(0, text.lastIndexOf(token))));
}

function endOf(text: string): Place {
  const lines = text.split('\n');
  return { line: lines.length, col: (lines.at(-1)?.length ?? 0) + 1 };
}

/** The first alias whose anchor does not stand before it. */
function findDanglingAlias(document: Document): { name: string; offset: number } | null {
  const anchors = new Set<string>();
  let dangling: { name: string; offset: number } | null = null;
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      if (anchors.has(node.source)) return undefined;
      dangling = { name: node.source, offset: node.range?.[0] ?? 0 };
      return visit.BREAK;
    }
    if (isNode(node) && node.anchor !== undefined) anchors.add(node.anchor);
    return undefined;
  });
  return dangling;
}
