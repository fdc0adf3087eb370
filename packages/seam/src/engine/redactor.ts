import { overlapOf, type PathQuery, parsePath } from '@falsework/core/compare';
import {
  compileRedaction,
  maskNamed,
  maskShapes,
  namesOnPath,
  type Redaction,
  RedactionTokens,
  saysNothing,
} from '@falsework/core/redact';
import { murmur3 } from '@falsework/core/text';

/** Takes secrets out of examples before they are kept. */
export interface Redactor {
  /**
   * The text with everything that looks like a secret replaced by `‹kind:…›` and cut to a length
   * for people. What stands behind the colon is the same for the same secret, so that one can still
   * see whether two sides had the same one. `path` is where the text stands: beneath a name such as
   * `password`, or a path that is to be redacted, all of it is secret.
   */
  readonly redact: (text: string, path?: string) => string;
  /**
   * A redactor for one pair of answers, or what else belongs together: it numbers the secrets from
   * one on, so that nobody can follow one from pair to pair, and no two are taken for one. Asked of
   * such a redactor, it is that one. `redaction` takes the place of the general one.
   */
  readonly forPair: (redaction?: Redaction) => Redactor;
}

/** What a redactor is made of. */
export interface RedactorOptions {
  /** Keeps marks outside of pairs from being looked up elsewhere: random, one for each process. */
  readonly salt: string;
  /** What is taken out besides what looks like a secret. */
  readonly redaction?: Redaction;
}

/** What an example may be long at most, and how much of a longer text is looked at. */
const LENGTH_MAX = 200;
const WINDOW_MAX = 2_000;

/** Makes a redactor. */
export function createRedactor({
  salt,
  redaction = compileRedaction(),
}: RedactorOptions): Redactor {
  const mask = (kind: string, secret: string): string =>
    `‹${kind}:${(murmur3(`${salt}\0${secret}`) & 0xffff).toString(16).padStart(4, '0')}›`;
  const forPair = (own: Redaction = redaction): Redactor => {
    const tokens = new RedactionTokens();
    const redact = redactWith(own, (kind, secret) => tokens.text(kind, secret));
    const redactor: Redactor = { redact, forPair: () => redactor };
    return redactor;
  };
  return { redact: redactWith(redaction, mask), forPair };
}

type Mask = (kind: string, secret: string) => string;

function redactWith(redaction: Redaction, mask: Mask): Redactor['redact'] {
  return (text, path = '') => {
    const hidden = hiddenAt(path, redaction);
    if (hidden === 'all') return saysNothing(text) ? text : mask('secret', unquoted(text));
    const isSecretName = (name: string): boolean =>
      hidden.has(name) || redaction.isSecretName(name);
    const shown = maskShapes(maskNamed(windowOf(text), isSecretName, mask), mask);
    return shown.length > LENGTH_MAX ? `${shown.slice(0, LENGTH_MAX - 1).toWellFormed()}…` : shown;
  };
}

/** What is to be hidden of a value at a path: all of it, or the members of these names. */
function hiddenAt(path: string, { isSecretName, paths }: Redaction): 'all' | ReadonlySet<string> {
  if (namesOnPath(path).some(isSecretName)) return 'all';
  const names = new Set<string>();
  if (paths.length === 0 || path === '') return names;
  const place = queryOf(path);
  for (const query of paths) {
    if (place === null) return 'all';
    const overlap = overlapOf(place, query);
    if (overlap.isAtOrAbove) return 'all';
    if (!overlap.isAtOrBeneath) continue;
    // Something inside of the value is secret. Its text is cut and no longer JSON, so only a name
    // can be found in it.
    for (const { kind, ...rest } of query.segments.at(-1)?.selectors ?? []) {
      if (kind !== 'name') return 'all';
      names.add((rest as { readonly name: string }).name);
    }
  }
  return names;
}

/**
 * The path as a query; `null` where nobody can tell which node it means: a symbol is no name, and a
 * name that was cut could have been any. What is no path, such as `(header location)`, is the root:
 * only a rule that takes out everything takes out that.
 */
function queryOf(path: string): PathQuery | null {
  if (!path.startsWith('$')) return { segments: [] };
  if (path.includes('…')) return null;
  try {
    return parsePath(path);
  } catch {
    return null;
  }
}

/** The same secret has the same mark, whether it stands in quotes or not. */
function unquoted(text: string): string {
  return /^"[^]*"$/.test(text) ? text.slice(1, -1) : text;
}

/**
 * The part that is looked at. A secret cut in half matches no pattern, so the last word of a cut
 * text goes too.
 */
function windowOf(text: string): string {
  const isCut = text.length > WINDOW_MAX || /…"?$/.test(text);
  return isCut ? `${text.slice(0, WINDOW_MAX).replace(/[\w.+/=@:-]{0,2000}…?"?$/, '')}…` : text;
}
