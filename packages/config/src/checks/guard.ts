import { type ConfigProblem, problem } from '../problems.ts';
import { isUnix, listensFor, placeOf, portOf } from '../schema/addresses.ts';
import type { GuardSection } from '../schema/guard-schema.ts';
import type { Sections } from '../schema/migration-schema.ts';

/** Two sides at two addresses, neither of which is the guard's own. */
export function checkSides({ guard }: Partial<Sections>): ConfigProblem[] {
  if (guard === undefined) return [];
  const equal = placeOf(guard.legacy) === placeOf(guard.candidate);
  const found = 'the address of guard.legacy';
  const expected = 'another service: a side compared with itself proves nothing';
  const own = (['legacy', 'candidate'] as const).flatMap((side) => ownAddress(guard, side));
  if (!equal) return own;
  return [problem('FW_CONFIG_SIDES_EQUAL', ['guard', 'candidate'], { found, expected }), ...own];
}

function ownAddress(guard: GuardSection, side: 'legacy' | 'candidate'): ConfigProblem[] {
  if (isUnix(guard[side])) return guard[side] === guard.host ? [itself(side, guard.host)] : [];
  if (isUnix(guard.host)) return [];
  const { hostname } = new URL(guard[side]);
  const isSamePort = guard.port !== 0 && portOf(guard[side]) === guard.port;
  if (!isSamePort || !listensFor(guard.host, hostname)) return [];
  return [itself(side, `port ${guard.port}`)];
}

function itself(side: 'legacy' | 'candidate', where: string): ConfigProblem {
  const found = `the address on which the guard itself listens, ${where}`;
  const expected = 'the service behind it: every request would come back to the guard';
  return problem('FW_CONFIG_LOOP', ['guard', side], { found, expected });
}
