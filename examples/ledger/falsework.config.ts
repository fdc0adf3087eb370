import { defineMigration, env, list } from 'falsework';
import { LEDGER_INVARIANTS, LEDGER_KEYS, LEDGER_TABLES } from './mapping.ts';

// A ledger moves to another server and another schema. Time is compressed here and nowhere else:
// what a bank would prove over months at 0.01 %, this proves in seconds at 1 %, by the same gates.
export default defineMigration({
  name: 'ledger',
  owner: 'payments',
  deleteBy: '2027-03-31',
  store: 'separate',
  money: true,
  data: {
    from: env('LEGACY_DB'),
    to: env('LEDGER_DB'),
    tables: LEDGER_TABLES,
    invariants: LEDGER_INVARIANTS,
    workflows: 'none',
    reads: { keys: LEDGER_KEYS.legacy, keysBack: LEDGER_KEYS.candidate },
    limits: { rehearsalValid: '1h', retain: '1h' },
  },
  cohorts: { internal: list('accounts/internal.txt') },
  policy: {
    mismatch: { rateMax: '1%' },
    window: { comparisons: 100, cycle: '4s' },
    latency: { slowerMax: '250ms', pairsRateMin: '90%' },
    // Everything shares two processors here, and shadows are the first to step aside.
    coverage: { rateMin: '30%' },
    // A reader who looks at what they have just written finds the other store a moment behind.
    transient: { rateMax: '15%' },
    alarm: { threshold: 1e6 },
    shadow: { sample: 1, timeout: '10s', recheckAfter: '300ms', concurrency: 16 },
    ramp: ['internal', 1, 10, 100],
    rampHold: '2s',
    soak: '4s',
    burnIn: '4s',
    legacySilence: '8s',
    staleAfter: '8s',
    // Everything that moves no read and no write; the rest waits for people.
    automatic: ['dual-write', 'backfill', 'reconcile', 'shadow', 'shift'],
  },
  legacyCode: ['legacy/**'],
  control: { port: 7470 },
});
