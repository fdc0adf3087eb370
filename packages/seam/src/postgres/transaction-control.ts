/**
 * What a statement does to the transaction that it is in.
 *
 * - `begin`, `commit`, `rollback`: what they say
 * - `commit-chain`, `rollback-chain`: and begin the next one at once
 * - `mode`: says how the transaction that has begun is to behave
 */
export type Control = 'begin' | 'commit' | 'rollback' | 'commit-chain' | 'rollback-chain' | 'mode';

const WORK = String.raw`(?:\s+(?:work|transaction))?`;
const FORMS: readonly (readonly [Control, RegExp])[] = [
  ['begin', /^(?:begin|start\s+transaction)\b/i],
  ['commit-chain', new RegExp(`^(?:commit|end)${WORK}\\s+and\\s+chain$`, 'i')],
  ['commit', new RegExp(`^(?:commit|end)${WORK}(?:\\s+and\\s+no\\s+chain)?$`, 'i')],
  ['rollback-chain', new RegExp(`^(?:rollback|abort)${WORK}\\s+and\\s+chain$`, 'i')],
  ['rollback', new RegExp(`^(?:rollback|abort)${WORK}(?:\\s+and\\s+no\\s+chain)?$`, 'i')],
  ['mode', /^set\s+(?:local\s+)?transaction\b/i],
];

// Nobody writes a longer statement to begin or to end a transaction, comments included.
const LENGTH_MAX = 1_000;

/**
 * The control that a whole statement is; `null` for any other, and for several statements in one
 * text. Only to let code that begins and commits do so: what keeps a transaction from being
 * committed is the server, not this.
 */
export function controlOf(statement: string): Control | null {
  if (statement.length > LENGTH_MAX) return null;
  const bare = withoutComments(statement).trim().replace(/;\s*$/, '').trim();
  if (bare.includes(';')) return null;
  return FORMS.find(([, form]) => form.test(bare))?.[0] ?? null;
}

/** Without the comments that tools put before and after a statement. */
function withoutComments(statement: string): string {
  return statement.replace(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|--[^\n]*/g, ' ');
}
