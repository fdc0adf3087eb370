import { parsePath } from '../compare/path/parse-path.ts';
import type { PathQuery } from '../compare/path/path-query.ts';
import { RuleTrie } from '../compare/rules/rule-trie.ts';
import { fault } from '../errors/index.ts';
import { isSecretName, sameWords } from './secret-names.ts';

/** What is taken out besides what looks like a secret, compiled. Make it once for each seam. */
export interface Redaction {
  /** The paths, as rules that apply where something is taken out. */
  readonly trie: RuleTrie;
  readonly paths: readonly PathQuery[];
  /** True for the name of a member that holds a secret, by default or because it is listed. */
  readonly isSecretName: (name: string) => boolean;
}

// A list of a thousand is generated, and each of its paths is looked at for every value.
const ENTRIES_MAX = 1_000;
const NAME_LENGTH_MAX = 200;

/**
 * Compiles a list of JSONPaths (`$.customer.name`) and names of members at any depth (`taxNumber`,
 * which is also `tax_number` and `Tax-Number`). Beside what they name, everything is taken out that
 * looks like a card number, an IBAN, an e-mail address or a token, or has a name such as
 * `password`. Throws FW_REDACT_INVALID or FW_PATH_SYNTAX.
 *
 * ```ts
 * const redaction = compileRedaction(['$.customer.name', 'taxNumber']);
 * ```
 */
export function compileRedaction(entries: readonly string[] = []): Redaction {
  if (!Array.isArray(entries) || entries.length > ENTRIES_MAX) {
    throw fault('FW_REDACT_INVALID', {
      at: 'redact',
      expected: `a list of at most ${ENTRIES_MAX}`,
    });
  }
  entries.forEach(checkEntry);
  const paths = entries.filter((entry) => entry.startsWith('$'));
  const names = new Set(entries.filter((entry) => !entry.startsWith('$')).map(sameWords));
  return {
    trie: new RuleTrie(paths.map((path) => ({ rule: 'ignore', path }))),
    paths: paths.map(parsePath),
    isSecretName: (name) => isSecretName(name) || (names.size > 0 && names.has(sameWords(name))),
  };
}

function checkEntry(entry: unknown, i: number): void {
  const isText = typeof entry === 'string' && entry.length <= NAME_LENGTH_MAX;
  if (typeof entry === 'string' && entry.startsWith('$')) return;
  if (isText && sameWords(entry) !== '') return;
  const expected = 'a JSONPath such as $.customer.name, or the name of a member such as taxNumber';
  throw fault('FW_REDACT_INVALID', { at: `redact[${i}]`, expected });
}
