import { SeededRandom, SimClock } from '@falsework/testkit';
import type { Intent, Journal, JournalOptions } from '../src/journal/index.ts';
import {
  JournaledWrites,
  type JournaledWritesOptions,
  type SendWrite,
  type SideAnswer,
  type WriteToSend,
} from '../src/writes/index.ts';
import { intentOf, journalIn } from './journal-fixtures.ts';

/** What a side does with the next write: answers with a status, or not at all. */
export type Behaviour = number | 'silent' | 'silent-after-applying';

/** A side with a store that honours idempotency keys, and that a test tells how to misbehave. */
export class FakeSide {
  /** Effects, in the order in which they happened. */
  readonly applied: string[] = [];
  /** Every attempt, with its key. */
  readonly attempts: { readonly key: string; readonly body: string }[] = [];
  /** Taken one after the other; then `otherwise`. */
  readonly next: Behaviour[] = [];
  otherwise: Behaviour = 201;
  readonly #answers = new Map<string, SideAnswer>();

  readonly send: SendWrite = async (write) => {
    const key = keyIn(write);
    const body = Buffer.from(write.body).toString();
    this.attempts.push({ key, body });
    const behaviour = this.next.shift() ?? this.otherwise;
    if (behaviour === 'silent') throw new Error('ECONNRESET');
    if (typeof behaviour === 'number' && behaviour >= 400) return answer(behaviour);
    const known = this.#answers.get(key);
    const given = known ?? answer(typeof behaviour === 'number' ? behaviour : 201);
    if (known === undefined) {
      this.applied.push(body);
      this.#answers.set(key, given);
    }
    if (behaviour === 'silent-after-applying') throw new Error('ECONNRESET');
    return given;
  };
}

function answer(status: number): SideAnswer {
  return { status, body: Buffer.from(`{"status":${status}}`) };
}

function keyIn({ headers }: WriteToSend): string {
  return headers[headers.indexOf('Idempotency-Key') + 1] ?? '';
}

let made = 0;

/** A write with a key of its own. */
export function writeOf(body: string, over: Partial<Intent> = {}): Intent {
  made += 1;
  const idempotencyKey = `k-${made}`;
  const headers = ['Host', 'a', 'Idempotency-Key', idempotencyKey];
  return intentOf({ idempotencyKey, headers, body: Buffer.from(body), ...over });
}

/** Writes between two fakes, on a clock that a test moves. */
export interface Bench {
  readonly writes: JournaledWrites;
  readonly journal: Journal;
  readonly clock: SimClock;
  readonly authority: FakeSide;
  readonly follower: FakeSide;
  readonly debts: number[];
}

export async function benchIn(
  folder: string,
  over: Partial<JournaledWritesOptions> & {
    readonly authority?: FakeSide;
    readonly follower?: FakeSide;
    readonly clock?: SimClock;
    readonly journalOptions?: Partial<JournalOptions>;
  } = {},
): Promise<Bench> {
  const clock = over.clock ?? new SimClock();
  const { authority = new FakeSide(), follower = new FakeSide() } = over;
  const journal = await journalIn(folder, { clock, ...over.journalOptions });
  const debts: number[] = [];
  const writes = new JournaledWrites({
    journal,
    random: new SeededRandom(7),
    sendToAuthority: authority.send,
    sendToFollower: follower.send,
    onDebt: ({ sequence }) => debts.push(sequence),
    // Simulated time runs ahead of the disk: on a busy machine five seconds are over too soon.
    keyWaitMs: 60_000,
    ...over,
    clock,
  });
  return { writes, journal, clock, authority, follower, debts };
}

/** One write through the bench, as a guard does it. Resolves to what the caller sees. */
export async function pass(
  { writes, authority }: Pick<Bench, 'writes' | 'authority'>,
  write: Intent,
): Promise<number | 'no answer'> {
  const ticket = await writes.begin(write);
  try {
    const { status, body } = await authority.send(write);
    await ticket.answered(status, body);
    return status;
  } catch {
    await ticket.failed({ isSent: true });
    return 'no answer';
  }
}

/**
 * Moves time until something is so. Files take real turns of the event loop, so it only counts
 * those.
 */
export async function advanceUntil(
  clock: SimClock,
  holds: () => boolean,
  what: string,
): Promise<void> {
  for (let i = 0; i < 2_000; i += 1) {
    if (holds()) return;
    await clock.advance(20);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error(`Waited in vain until ${what}.`);
}
