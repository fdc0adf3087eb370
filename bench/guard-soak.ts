// Minutes of traffic through a guard that compares everything, while its candidate takes on one
// fault after the other and legacy is killed and started anew. Each minute goes through all of it,
// so that one minute can be held against another. Looked for: memory that grows, descriptors that
// stay, answers that are lost.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardReport } from '@falsework/guard';
import type { SoakResult, SoakTerms } from './soaks.ts';
import type { Account, CallerQuestion } from './support/caller-process.ts';
import { type Child, start, stopAll } from './support/child.ts';
import type { GuardQuestion, Memory, Plant } from './support/guard-process.ts';
import type { Mode, ServiceQuestion } from './support/service.ts';
import { type Absence, findings, growth, type Held } from './support/soak-verdict.ts';

const PHASES: readonly Mode[] = ['healthy', 'dead', 'hanging', 'slow', 'garbage', 'mid-body-drop'];
const PHASE_MS = 10_000;
const LOOKS_PER_PHASE = 2;
// Far below what a guard can do: looked for is what stays, not what is slow.
const RATE_PER_SECOND = 200;
// undici closes an idle connection after four seconds, Node's agent and server later, and nobody
// holds one open for longer than this once callers are gone.
const REST_MS = 8_000;
// A connection that was refused just before legacy was there again is answered just after.
const RETURN_MS = 250;
const PLANTS: readonly Plant[] = ['memory', 'descriptors', 'answers'];

type Service = Child<{ readonly port: number }>;

/** Runs the soak. */
export async function run({ minutes, plant }: SoakTerms): Promise<SoakResult> {
  try {
    return await new GuardSoak(minutes).run(plant);
  } finally {
    await stopAll();
  }
}

class GuardSoak {
  readonly #minutes: number;
  readonly #held: Held[] = [];
  readonly #absences: Absence[] = [];

  constructor(minutes: number) {
    this.#minutes = minutes;
  }

  async run(plant: string | null): Promise<SoakResult> {
    let legacy: Service = await start('service.ts', 'healthy');
    const { port } = legacy.ready;
    const candidate: Service = await start('service.ts', 'healthy');
    const guard: Service = await start(
      'guard-process.ts',
      String(port),
      String(candidate.ready.port),
    );
    const ask = <Answer>(question: GuardQuestion): Promise<Answer> => guard.ask<Answer>(question);
    await ask({ shadow: { sample: 1 } });
    const before = await this.#descriptorsAtRest(guard);
    if (plant !== null) await ask({ plant: plantOf(plant) });
    const calls = (question: CallerQuestion): Promise<Account> => callers.ask<Account>(question);
    const callers = await start<object>(
      'caller-process.ts',
      String(guard.ready.port),
      String(RATE_PER_SECOND),
    );
    await calls('begin');
    for (let minute = 1; minute <= this.#minutes; minute += 1) {
      for (const mode of PHASES) {
        const question: ServiceQuestion = { mode };
        await candidate.ask(question);
        await this.#phase(minute, ask);
      }
      legacy = await this.#restart(legacy, port);
      console.log(this.#line(minute, await calls('account'), guard));
    }
    await calls('end');
    // Connections to sides are rightly kept for as long as these say, a minute; killed, both sides
    // end them, and what is open then is what was open before.
    await this.#restart(candidate, candidate.ready.port);
    await this.#restart(legacy, port);
    const after = await this.#descriptorsAtRest(guard);
    const account = await calls('account');
    const report = await ask<GuardReport>({});
    return this.#result(account, { before, after }, report);
  }

  async #phase(minute: number, ask: (question: GuardQuestion) => Promise<Memory>): Promise<void> {
    for (let look = 0; look < LOOKS_PER_PHASE; look += 1) {
      await sleep(PHASE_MS / LOOKS_PER_PHASE);
      const { heapBytes, externalBytes } = await ask({ memory: true });
      this.#held.push({ minute, bytes: heapBytes + externalBytes });
    }
  }

  /** Kills legacy as a crash would, and starts it again where it was. */
  async #restart(legacy: Service, port: number): Promise<Service> {
    const fromMs = Date.now();
    await legacy.kill();
    const again = await start<{ port: number }>('service.ts', 'healthy', String(port));
    await sleep(RETURN_MS);
    this.#absences.push({ fromMs, untilMs: Date.now() });
    return again;
  }

  /** What is open when nobody has called for a while. */
  async #descriptorsAtRest(guard: Service): Promise<number> {
    await sleep(REST_MS);
    return descriptorsOf(guard.pid);
  }

  #line(minute: number, account: Account, guard: Service): string {
    const held = this.#held.filter((each) => each.minute === minute).map(({ bytes }) => bytes);
    const megabytes = Math.max(...held) / 1e6;
    return [
      `minute ${minute}: ${account.made} calls, ${account.right} right, ${account.left} left`,
      `${account.misses.length} while legacy was away`,
      `${megabytes.toFixed(1)} MB held at most`,
      `${descriptorsOf(guard.pid)} descriptors`,
    ].join(' · ');
  }

  #result(
    account: Account,
    descriptors: { readonly before: number; readonly after: number },
    report: GuardReport,
  ): SoakResult {
    const { compared, shed } = report;
    console.log(
      `${compared} compared, ${shed} shed; legacy restarted ${this.#absences.length} times`,
    );
    const seen = { held: this.#held, account, absences: this.#absences, descriptors };
    const figures = {
      calls: account.made,
      right: account.right,
      whileLegacyWasAway: account.misses.length,
      compared,
      growth: Number(growth(this.#held).toFixed(3)),
      descriptorsBefore: descriptors.before,
      descriptorsAfter: descriptors.after,
    };
    return { figures, found: findings(seen) };
  }
}

function plantOf(name: string): Plant {
  const plant = PLANTS.find((known) => known === name);
  if (plant === undefined) throw new Error(`There is no leak ${name}: ${PLANTS.join(', ')}.`);
  return plant;
}

/** Not a number where the system does not say; then nothing is found of them. */
function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
