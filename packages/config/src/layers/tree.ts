import { type ConfigProblem, problem, type SettingPath } from '../problems.ts';
import { Opaque } from './opaque.ts';

/** An object of settings as it comes out of a file: own string keys, nothing inherited. */
export type Settings = { [key: string]: unknown };

// Our own deepest setting is six keys down. A hundred is beyond any configuration and far from the
// end of the stack.
const DEPTH_MAX = 100;

// The largest cohort ten times over; a document that an alias bomb blew up stops here.
const NODES_MAX = 500_000;

/** True for objects that are plain data: literals, parsed documents and what a module exports. */
export function isSettings(value: unknown): value is Settings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * A private copy of what a file gave: plain objects and lists are copied, settings that are
 * `undefined` are left out, functions are handed on (a custom rule is one), other objects become
 * {@link Opaque}. From here on nothing can change under the validation, recurse without end or
 * answer from a prototype. O(values). Throws what a getter throws.
 */
export function copyTree(value: unknown, problems: ConfigProblem[]): unknown {
  let left = NODES_MAX;
  const refuse = (at: SettingPath): undefined => {
    // Said once: everything after it is beyond the same limit.
    if (left !== Number.NEGATIVE_INFINITY) {
      const expected = `at most ${DEPTH_MAX} levels and ${NODES_MAX} values, without cycles`;
      const said = { found: 'too deep or too large', expected };
      problems.push(problem('FW_CONFIG_VALUE', at.slice(0, 3), said));
    }
    left = Number.NEGATIVE_INFINITY;
  };
  const copy = (node: unknown, at: SettingPath): unknown => {
    left -= 1;
    if (left < 0 || at.length > DEPTH_MAX) return refuse(at);
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return Array.from(node, (item, i) => copy(item, [...at, i]));
    if (!isSettings(node)) return new Opaque(Object.prototype.toString.call(node).slice(8, -1));
    return copySettings(node, at);
  };
  const copySettings = (node: Settings, at: SettingPath): Settings => {
    const out: Settings = {};
    for (const key of Object.keys(node)) {
      const item = copy(node[key], [...at, key]);
      if (key === '__proto__') {
        const said = { found: 'an unknown key', expected: 'a setting' };
        problems.push(problem('FW_CONFIG_KEY_UNKNOWN', [...at, key], said));
      } else if (item !== undefined) out[key] = item;
    }
    return out;
  };
  return copy(value, []);
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(tree: unknown, at: SettingPath): unknown {
  let node = tree;
  for (const key of at) {
    const isInside = typeof node === 'object' && node !== null && Object.hasOwn(node, key);
    if (!isInside) return undefined;
    node = (node as Record<PropertyKey, unknown>)[key];
  }
  return node;
}
