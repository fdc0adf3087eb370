import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '@falsework/core/routing';
import type { Audit } from '../load/book.ts';
import { candidateLedger, legacyLedger } from '../load/ledger-store.ts';
import { type Cast, PHASE_MS } from './stage-hands.ts';

/** What all audits of a run found together, counted from the acknowledgements alone. */
export interface AuditSums {
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly resurrected: number;
  readonly stale: number;
  readonly balanceDifferenceCents: number;
  /** Lines of the supervisor's report that do not read as they have to. */
  readonly reportLinesChanged: number;
}

const LEDGERS = { legacy: legacyLedger, candidate: candidateLedger } as const;

/**
 * The example's own auditor. Writers pause, both stores come to rest, and every row and the
 * supervisor's report are compared with the book.
 */
export class Auditor {
  readonly #cast: Cast;
  #sums: AuditSums = {
    acknowledged: 0,
    lost: 0,
    duplicated: 0,
    resurrected: 0,
    stale: 0,
    balanceDifferenceCents: 0,
    reportLinesChanged: 0,
  };

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  get sums(): AuditSums {
    return this.#sums;
  }

  /** Closes the month, lets nobody write meanwhile, and audits. */
  async audit(sides: readonly Side[], when: string): Promise<void> {
    const { bank, narrator } = this.#cast;
    await bank.atRest(async () => {
      for (const side of sides) await this.#auditStore(side);
    });
    const { acknowledged, lost, duplicated, resurrected, stale } = this.#sums;
    narrator.tell(
      `audit ${when}: ${acknowledged} acknowledged; lost ${lost}, duplicated ${duplicated}, ` +
        `resurrected ${resurrected}, stale ${stale}; the report matches to the character`,
    );
  }

  async #auditStore(side: Side): Promise<void> {
    const { bank, set } = this.#cast;
    const database = set.stores[side];
    const expected = bank.book.report(bank.accounts);
    const deadline = performance.now() + PHASE_MS / 6;
    // The follower may be a moment behind; once it is not, or has been waited for, it counts.
    for (;;) {
      const audit = bank.book.audit(await LEDGERS[side].contents(database));
      const report = await database.use((session) => LEDGERS[side].report(session));
      const changed = linesChanged(expected, report);
      if ((isClean(audit) && changed === 0) || performance.now() > deadline) {
        this.#add(audit, changed);
        return;
      }
      await pause(100);
    }
  }

  #add(audit: Audit, reportLinesChanged: number): void {
    const sums = this.#sums;
    this.#sums = {
      acknowledged: Math.max(sums.acknowledged, audit.acknowledged),
      lost: sums.lost + audit.lost,
      duplicated: sums.duplicated + audit.duplicated,
      resurrected: sums.resurrected + audit.resurrected,
      stale: sums.stale + audit.stale,
      balanceDifferenceCents: sums.balanceDifferenceCents + Number(audit.balanceDifferenceCents),
      reportLinesChanged: sums.reportLinesChanged + reportLinesChanged,
    };
  }
}

function isClean(audit: Audit): boolean {
  const { lost, duplicated, resurrected, stale, balanceDifferenceCents } = audit;
  return lost + duplicated + resurrected + stale === 0 && balanceDifferenceCents === 0n;
}

function linesChanged(expected: string, found: string): number {
  const [known, seen] = [expected.split('\n'), found.split('\n')];
  const length = Math.max(known.length, seen.length);
  return Array.from({ length }, (_, i) => known[i] === seen[i]).filter((isSame) => !isSame).length;
}
