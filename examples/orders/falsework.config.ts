import { defineMigration, header, ignore } from 'falsework';

// The demo's migration. Time is compressed here and nowhere else: what a bank would prove over weeks at 0.01 %, this
// proves over seconds at 1 %, by the same gates.
export default defineMigration({
  name: 'orders',
  owner: 'payments',
  deleteBy: '2027-03-31',
  store: 'shared',
  guard: {
    legacy: 'http://127.0.0.1:7301',
    candidate: 'http://127.0.0.1:7302',
    port: 7300,
    key: header('x-customer-id'),
    health: { path: '/healthz', interval: '500ms' },
    routes: {
      'GET /orders/{id}': { effects: 'none', compare: [ignore('$.quotedAt')] },
      'GET /orders/{id}/receipt': { effects: 'none' },
      'GET /customers/{id}/orders': { effects: 'none' },
    },
  },
  policy: {
    mismatch: { rateMax: '1%' },
    window: { comparisons: 200, cycle: '4s' },
    latency: { slowerMax: '200ms', pairsRateMin: '95%' },
    coverage: { rateMin: '97%' },
    transient: { rateMax: '3%' },
    alarm: { threshold: 1e6 },
    shadow: { sample: 1, timeout: '1s', recheckAfter: '150ms', concurrency: 16 },
    ramp: [1, 5, 10, 25, 50, 100],
    rampHold: '2s',
    soak: '3s',
    burnIn: '4s',
    legacySilence: '3s',
    staleAfter: '5s',
  },
  legacyCode: ['legacy/**'],
  control: { port: 7370 },
});
