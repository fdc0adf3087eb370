import type { GateName, GateResult } from '../gate.ts';

/** What a gate has to say, without its name. */
type Said = Pick<GateResult, 'title' | 'detail'>;

/** The gate passes. */
export function pass(gate: GateName, said: Said): GateResult {
  return { gate, status: 'pass', ...said, needs: null };
}

/** Not yet; `needs` says what is missing. */
export function hold(gate: GateName, said: Said, needs: string): GateResult {
  return { gate, status: 'hold', ...said, needs };
}

/** The evidence speaks against it; `needs` says what would change that. */
export function fail(gate: GateName, said: Said, needs: string): GateResult {
  return { gate, status: 'fail', ...said, needs };
}

/** There is nothing to judge by. */
export function invalid(gate: GateName, said: Said, needs: string): GateResult {
  return { gate, status: 'invalid', ...said, needs };
}

/** The worst of several answers decides; among equals the first. */
export function worstOf(results: readonly GateResult[]): GateResult | undefined {
  const order = ['fail', 'invalid', 'hold', 'pass'];
  return [...results].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0];
}
