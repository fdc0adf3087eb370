import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '@falsework/testkit';
import { request } from 'undici';
import type { PlantedFault } from './guard-process.ts';
import { type GuardKind, KillableGuard, type Places } from './killable-guard.ts';
import { type Ledger, pause, startLedger } from './ledger.ts';

/** What a campaign found. All lists but `figures` are empty when the promises were kept. */
export interface Findings {
  /** Acknowledged to a caller, and not in both stores. */
  readonly lost: readonly string[];
  /** More than once in a store. */
  readonly doubled: readonly string[];
  /** In one store and not in the other. */
  readonly onOneSide: readonly string[];
  /** Accounts whose entries took effect in another order on the other side. */
  readonly disordered: readonly string[];
  /** Why writes are not over though nobody disturbs them any more. */
  readonly open: readonly string[];
  readonly figures: {
    readonly kills: number;
    readonly acknowledged: number;
    readonly entries: number;
    readonly settledByPerson: number;
  };
}

export interface Campaign {
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** What is killed: the module in a process of its own, or `falsework guard` as users run it. */
  readonly kind: (places: Places, fault: PlantedFault) => GuardKind;
  readonly fault?: PlantedFault;
  /** How long what is left may take to come to its end, once nobody disturbs it. */
  readonly patienceMs?: number;
  /** Called after each kill. */
  readonly onKill?: (killed: number) => void;
}

const ACCOUNTS = 12;
const CLIENTS = 16;
const PATIENCE_MS = 10_000;

/**
 * Writes through a guard that is killed without warning at random moments, its start and its
 * recovery included, and compares what callers were told with what the two stores hold.
 */
export async function runCampaign(campaign: Campaign): Promise<Findings> {
  const { folder, kills, seed, fault = 'none', patienceMs = PATIENCE_MS, onKill } = campaign;
  const random = new SeededRandom(seed);
  const faults = { unavailable: 20, cutAfterApplying: 20 };
  mkdirSync(folder, { recursive: true });
  const legacy = await startLedger(join(folder, 'legacy.sqlite'), seed + 1, faults);
  const candidate = await startLedger(join(folder, 'candidate.sqlite'), seed + 2, faults);
  const places = { folder, legacy: legacy.origin, candidate: candidate.origin };
  const guard = new KillableGuard(campaign.kind(places, fault), CLIENTS);
  const load = new Load(guard, random);
  try {
    const clients = Array.from({ length: CLIENTS }, (_, i) => load.client(i));
    for (let killed = 0; killed < kills; killed += 1) {
      const started = guard.start();
      // Now and then before it is even up, or in the midst of recovering.
      if (random.chance(0.75)) await started;
      await pause(random.below(400));
      await guard.kill();
      await started.catch(() => {});
      onKill?.(killed + 1);
    }
    await guard.start();
    load.stop();
    await Promise.all(clients);
    const { settled, open } = await reconcile(guard, legacy, patienceMs);
    const found = compare(load, [legacy, candidate], { kills, settledByPerson: settled });
    return { ...found, open };
  } finally {
    load.stop();
    await guard.kill();
    await guard.agent.close();
    legacy.close();
    candidate.close();
  }
}

/** Callers, and what they were told. */
class Load {
  readonly acknowledged = new Set<string>();
  readonly #guard: KillableGuard;
  readonly #random: SeededRandom;
  #isStopped = false;

  constructor(guard: KillableGuard, random: SeededRandom) {
    this.#guard = guard;
    this.#random = random;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Half of the callers send a key and repeat a write until they have an answer, as they may; the
   * others send none, and never repeat what may have happened.
   */
  async client(number: number): Promise<void> {
    for (let i = 0; !this.#isStopped; i += 1) {
      const kind = this.#random.chance(0.05) ? 'bad' : 'op';
      const op = `${kind}-${number}-${i}`;
      const account = `a${this.#random.below(ACCOUNTS)}`;
      const resource = this.#random.chance(0.1) ? 'notes' : 'entries';
      const path = `/accounts/${account}/${resource}`;
      const key = number % 2 === 0 ? `key-${op}` : null;
      let status = await this.#send(path, op, key);
      // Until the end even after the load was stopped: this write may have taken effect.
      while (status === null || status >= 500) {
        if (key === null) break;
        await pause(5);
        status = await this.#send(path, op, key);
      }
      if (status !== null && status < 300) this.acknowledged.add(op);
      if (status === null) await pause(5);
    }
  }

  async #send(path: string, op: string, key: string | null): Promise<number | null> {
    const { origin, agent } = this.#guard;
    if (origin === null) return null;
    const headers = {
      'content-type': 'application/json',
      ...(key === null ? {} : { 'idempotency-key': key }),
    };
    const body = JSON.stringify({ op });
    try {
      const options = { method: 'POST', headers, body, dispatcher: agent } as const;
      const answer = await request(`${origin}${path}`, options);
      await answer.body.dump();
      return answer.statusCode;
    } catch {
      return null;
    }
  }
}

/**
 * What a person does: looks listed writes up in the authority's store, until all is over. Resolves
 * to how many those were, and to what is still open when nothing moves any more.
 */
async function reconcile(
  guard: KillableGuard,
  legacy: Ledger,
  patienceMs: number,
): Promise<{ readonly settled: number; readonly open: readonly string[] }> {
  let settled = 0;
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const { debts, entries } = await guard.open();
    if (entries === 0) return { settled, open: [] };
    const dead = debts.filter(({ state }) => state === 'dead');
    if (dead.length === debts.length && (dead.length > 0 || performance.now() > untilMs)) {
      return { settled, open: dead.map(({ because }) => because) };
    }
    for (const { sequence, idempotencyKey, laterKeys, state } of debts) {
      if (state !== 'listed') continue;
      const isApplied = tookEffectFirst(legacy, idempotencyKey, laterKeys);
      await guard.settle(sequence, isApplied);
      settled += 1;
    }
    await pause(20);
  }
}

/**
 * Whether a write took effect when it was first sent. If its key is at the authority, but behind
 * later writes on the same entity, it was its repetition by the caller that took effect.
 */
function tookEffectFirst(legacy: Ledger, key: string, laterKeys: readonly string[]): boolean {
  const place = legacy.placeOf(key);
  if (place === null) return false;
  if (!laterKeys.includes(key)) return true;
  const others = laterKeys.filter((other) => other !== key).map((other) => legacy.placeOf(other));
  return others.every((other) => other === null || other > place);
}

function compare(
  load: Load,
  sides: readonly [Ledger, Ledger],
  figures: { readonly kills: number; readonly settledByPerson: number },
): Omit<Findings, 'open'> {
  const [legacy, candidate] = sides.map((side) => side.rows()) as [Rows, Rows];
  const [onLegacy, onCandidate] = [legacy, candidate].map((rows) => countByOp(rows)) as [
    Counts,
    Counts,
  ];
  const all = [...new Set([...onLegacy.keys(), ...onCandidate.keys()])];
  const orderOn = (rows: Rows, account: string): string =>
    rows.flatMap((row) => (row.account === account ? [row.op] : [])).join(' ');
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => `a${i}`);
  return {
    lost: [...load.acknowledged].filter((op) => !onLegacy.has(op) || !onCandidate.has(op)),
    doubled: all.filter((op) => (onLegacy.get(op) ?? 0) > 1 || (onCandidate.get(op) ?? 0) > 1),
    onOneSide: all.filter((op) => !onLegacy.has(op) || !onCandidate.has(op)),
    disordered: accounts.filter((name) => orderOn(legacy, name) !== orderOn(candidate, name)),
    figures: { ...figures, acknowledged: load.acknowledged.size, entries: legacy.length },
  };
}

type Rows = ReturnType<Ledger['rows']>;
type Counts = ReadonlyMap<string, number>;

function countByOp(rows: Rows): Counts {
  const counts = new Map<string, number>();
  for (const { op } of rows) counts.set(op, (counts.get(op) ?? 0) + 1);
  return counts;
}
