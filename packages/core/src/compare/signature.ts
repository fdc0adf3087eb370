import { holdsSecret } from '../redact/secret-shapes.ts';
import { holdsToken } from '../redact/tokens.ts';
import { fingerprint } from '../text/index.ts';
import type { Cause, Comparison, DifferenceKind } from './comparison.ts';
import { formatStep, type PathStep } from './path/format-path.ts';
import { Memory, remembered } from './remembered.ts';

/**
 * The name of a cause: the same for every difference that has it, on every machine and in every
 * version. Built from where and what kind, never from values, so it can be stored and shown where
 * answers may not.
 */
export interface Signature {
  /** Sixteen hexadecimal digits. */
  readonly id: string;
  /** The path with indices and id-like keys generalised: `$.lines[*].tax`. */
  readonly template: string;
  readonly kind: DifferenceKind;
  readonly types?: readonly [legacy: string, candidate: string];
  /** How many differences of this cause the comparison counted. */
  readonly count: number;
}

// No one names a field with more characters; such a key is data, and a template must stay readable.
const FIELD_NAME_LENGTH_MAX = 64;

// A path of more steps goes round in a tree (comment.replies[*].replies[*]…): its middle is left
// out, so that a deep tree has a bounded number of causes.
const TEMPLATE_STEPS_MAX = 24;

// Keys that name an instance rather than a field. Judged from the key alone: one that depended on
// the document, such as on how many keys it has, would give one cause two signatures.
const ID_FORMS: readonly RegExp[] = [
  // Numbers, also as 12.5 or -3.
  /^-?\d+(?:\.\d+)?$/,
  // UUID.
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  // Hexadecimal of eight bytes and more: object ids, hashes.
  /^(?:0x)?[0-9a-f]{16,}$/i,
  // ULID.
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i,
  // ISO dates, with or without a time.
  /^\d{4}-\d{2}(?:-\d{2}(?:[T ].*)?)?$/,
  // E-mail addresses.
  /^[^@\s]+@[^@\s]+\.[^@\s]+$/,
  // A prefix and a number: order-10234, cus_000017. Two digits and fewer are taken for a field such
  // as line_2.
  /^[A-Za-z]{1,16}[-_:#]\d{3,}$/,
];

/** The path template of a position: what all instances of one cause have in common. */
export function templateOf(steps: readonly PathStep[]): string {
  if (steps.length <= TEMPLATE_STEPS_MAX) return `$${generalisedPath(steps)}`;
  const half = TEMPLATE_STEPS_MAX / 2;
  const [head, tail] = [steps.slice(0, half), steps.slice(-half)];
  return `$${generalisedPath(head)}..${generalisedPath(tail).replace(/^\./, '')}`;
}

function generalisedPath(steps: readonly PathStep[]): string {
  let path = '';
  for (const step of steps)
    path += typeof step === 'string' ? generalisedName(step) : generalised(step);
  return path;
}

/** A name is judged by eight expressions, and most are met again in every answer. */
const generalisedName = remembered(generalised);

function generalised(step: PathStep): string {
  return typeof step === 'number' || isIdLike(String(step)) ? '[*]' : formatStep(step);
}

function isIdLike(key: string): boolean {
  if (key.length > FIELD_NAME_LENGTH_MAX || ID_FORMS.some((form) => form.test(key))) return true;
  // A name that is a secret must not be read in a template, and must give the cause the signature
  // that it has once the secret is redacted.
  return holdsSecret(key) || holdsToken(key);
}

/**
 * The distinct signatures of one comparison, in the order of first appearance; at most a hundred.
 * `scope` keeps the same cause in two seams apart: give the seam's or route's name.
 *
 * ```ts
 * const [first] = signaturesOf(comparator.values({ tax: 1 }, { tax: 2 }), 'pricing.quote');
 * first?.template; // $.tax
 * ```
 */
export function signaturesOf(comparison: Comparison, scope = ''): readonly Signature[] {
  return comparison.causes.map((cause) => {
    const { template, kind, types, count } = cause;
    const id = signatureId(cause, scope);
    return types === undefined
      ? { id, template, kind, count }
      : { id, template, kind, types, count };
  });
}

const ids = new Memory();

function signatureId({ template, kind, types }: Cause, scope: string): string {
  const typesText = types === undefined ? '' : JSON.stringify(types);
  // The length says where the scope ends, which may hold anything.
  const key = `${kind}${typesText} ${scope.length} ${scope}${template}`;
  const known = ids.recall(key);
  if (known !== undefined) return known;
  return ids.keep(key, fingerprint(JSON.stringify([scope, template, kind, ...(types ?? [])])));
}
