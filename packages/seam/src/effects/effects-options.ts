import { fault } from '@falsework/core/errors';
import { nearestName } from '@falsework/core/text';

/** The names of the methods of a collaborator. */
export type MethodName<Collaborator> = {
  [Name in keyof Collaborator]: Collaborator[Name] extends (...args: never[]) => unknown
    ? Name
    : never;
}[keyof Collaborator] &
  string;

/** What a shadow run gets from a method that it must not call. */
export type StandInAnswers<Collaborator> = {
  readonly [Name in MethodName<Collaborator>]?: Collaborator[Name] extends (
    ...args: infer Args
  ) => infer Answer
    ? (...args: Args) => Answer
    : never;
};

/** What the methods of a collaborator do. */
export interface EffectsOptions<Collaborator> {
  /**
   * Names the collaborator in comparisons and signatures: `ledger`. The same on both sides where
   * each has its own. By default the name of its class.
   */
  readonly name?: string;
  /** Methods that only look: a shadow run calls them for real. */
  readonly reads?: readonly MethodName<Collaborator>[];
  /**
   * Methods that look at what the writes change, such as a balance: a shadow run gets the answer
   * that the authority got, because by now the world is another one. For a call that the authority
   * did not make, they are called for real.
   */
  readonly remembered?: readonly MethodName<Collaborator>[];
  /** Methods that change something: a shadow run does not call them; what it meant is compared. */
  readonly writes?: readonly MethodName<Collaborator>[];
  /**
   * What a shadow run gets from a write that the authority did not make. Without one it gets
   * `undefined`, or a promise of it.
   */
  readonly answers?: StandInAnswers<Collaborator>;
}

/** What a method does. `unlisted` is not known, so a shadow run may not call it. */
export type MethodKind = 'read' | 'remembered' | 'write' | 'unlisted';

const LISTS = [
  ['reads', 'read'],
  ['remembered', 'remembered'],
  ['writes', 'write'],
] as const;
const KNOWN = new Set(['name', 'answers', ...LISTS.map(([list]) => list)]);

/**
 * What each listed method does. Throws `FW_SEAM_EFFECTS_METHOD` for a name that is no method, or
 * that stands in two lists, and `FW_SEAM_OPTION_UNKNOWN` for an option that does not exist.
 */
export function methodKinds<Collaborator extends object>(
  collaborator: Collaborator,
  options: EffectsOptions<Collaborator>,
  name: string,
): ReadonlyMap<string, MethodKind> {
  const unknown = Object.keys(options).find((option) => !KNOWN.has(option));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, [...KNOWN]);
    throw fault('FW_SEAM_OPTION_UNKNOWN', { seam: `effects(${name})`, option: unknown, nearest });
  }
  const kinds = new Map<string, MethodKind>();
  const refuse = (method: string, why: string): never => {
    throw fault('FW_SEAM_EFFECTS_METHOD', { collaborator: name, method, why });
  };
  for (const [list, kind] of LISTS) {
    for (const method of options[list] ?? []) {
      if (kinds.has(method)) refuse(method, 'it is listed twice');
      if (!isMethod(collaborator, method)) refuse(method, 'it has no method of that name');
      kinds.set(method, kind);
    }
  }
  for (const method of Object.keys(options.answers ?? {})) {
    if (kinds.get(method) !== 'write') refuse(method, 'it has an answer but is no write');
  }
  return kinds;
}

function isMethod(collaborator: object, method: string): boolean {
  return typeof Reflect.get(collaborator, method) === 'function';
}
