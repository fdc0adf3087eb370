import type { Budget } from '../budget.ts';
import { familyOf } from '../values/family.ts';
import { isAnyNumber, isSameNumber } from '../values/numbers.ts';
import { itemsOf, membersOf } from '../values/read.ts';

type Pair = readonly [left: unknown, right: unknown];

/**
 * RFC 9535's `==` between two nodes: deep, without any rule of ours. Anything that is not JSON (a
 * Date, a class instance) equals only itself. Works on a stack of its own and spends from the
 * budget; false when that is gone.
 */
export function isJsonEqual(left: unknown, right: unknown, budget: Budget): boolean {
  const pairs: Pair[] = [[left, right]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (!budget.spend() || !isReadAsEqual(pair[0], pair[1], pairs)) return false;
  }
  return true;
}

/** What throws when it is read equals nothing. */
function isReadAsEqual(left: unknown, right: unknown, pairs: Pair[]): boolean {
  try {
    return isNodeEqual(left, right, pairs);
  } catch {
    return false;
  }
}

/** Compares one pair of nodes and leaves the pairs of their children to be compared. */
function isNodeEqual(left: unknown, right: unknown, pairs: Pair[]): boolean {
  if (Object.is(left, right)) return true;
  if (isAnyNumber(left) && isAnyNumber(right)) return isSameNumber(left, right);
  const family = familyOf(left);
  if (family !== familyOf(right)) return false;
  if (family === 'array') {
    const arrays = [left as readonly unknown[], right as readonly unknown[]] as const;
    return arrays[0].length === arrays[1].length && pairItems(...arrays, pairs);
  }
  if (family === 'object') return pairMembers(left as object, right as object, pairs);
  return false;
}

function pairItems(left: readonly unknown[], right: readonly unknown[], pairs: Pair[]): boolean {
  const [leftItems, rightItems] = [itemsOf(left), itemsOf(right)];
  leftItems.forEach((item, i) => pairs.push([item, rightItems[i]]));
  return leftItems.length === rightItems.length;
}

function pairMembers(left: object, right: object, pairs: Pair[]): boolean {
  const [leftMembers, rightMembers] = [membersOf(left), membersOf(right)];
  for (const [key, value] of leftMembers) {
    if (!rightMembers.has(key)) return false;
    pairs.push([value, rightMembers.get(key)]);
  }
  return leftMembers.size === rightMembers.size;
}
