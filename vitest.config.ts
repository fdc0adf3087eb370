import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests import packages from source, not from dist, so a test never runs against a stale build.
// Never `import` here: these reach Node as --conditions, and `require` would then be given ES modules (pg breaks).
const conditions = ['falsework-source', 'node'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

// Files that take more than half a minute. Begun last, one of them would keep all but one worker waiting for it.
const LONG = [
  'orders/demo.test.ts',
  'e2e/control-crash.test.ts',
  'store/test/crash.test.ts',
  'backfill/throttle.integration.test.ts',
  'turnover/killed.integration.test.ts',
  'writes/kill.integration.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.includes(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['packages/core/**', '**/*.integration.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          // Core is pure: nothing that a file of tests does can be left behind for the next one, so they share
          // what they import.
          name: 'unit-core',
          isolate: false,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
          include: ['packages/core/src/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          include: ['packages/*/src/**/*.integration.test.ts', 'packages/*/test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          include: ['e2e/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          // They wait for processes more than they compute.
          maxWorkers: 3,
        },
      },
    ],
  },
});
