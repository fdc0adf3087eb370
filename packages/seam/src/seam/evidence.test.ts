import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedLink, type SimHost, simHost, snapshotWith } from '../../test/fixtures.ts';
import { Plane } from '../plane/plane.ts';
import { seam } from './seam.ts';
import type { AnyFunction, SeamOptions } from './types.ts';

let host: SimHost;
let link: ScriptedLink;
let plane: Plane;

beforeEach(() => {
  host = simHost();
  link = new ScriptedLink();
  plane = new Plane({ host, link });
});

/** Calls a seam once and hands out what control is told of it. */
async function told<Fn extends AnyFunction>(
  options: Pick<SeamOptions<Fn>, 'legacy' | 'candidate'> & Partial<SeamOptions<Fn>>,
  noiseSample = 0,
) {
  link.push(snapshotWith({ shadow: { sample: 1, noiseSample, recheckAfterMs: 0 } }));
  const wrapped = seam({ name: 'quote', effects: 'none', plane, ...options } as SeamOptions<Fn>);
  await (wrapped as unknown as () => Promise<unknown>)();
  await host.clock.advance(10);
  await plane.flush();
  const [batch] = link.batches;
  if (batch === undefined) throw new Error('Nothing was told.');
  return batch;
}

describe('a pair of answers that differ', () => {
  it('is told with its cause, redacted alike on both sides', async () => {
    const { pairs, signatures } = await told({
      legacy: async () => ({ total: 1, mail: 'ada@example.com', name: 'Ada' }),
      candidate: async () => ({ total: 2, mail: 'ada@example.com', name: 'Ada' }),
      redact: ['$.name'],
    });
    expect(pairs).toEqual([
      {
        seam: 'quote',
        epoch: 1,
        ids: [signatures[0]?.id],
        at: expect.any(Number),
        request: null,
        format: 'json',
        legacy: '{"total":1,"mail":"‹email:1›","name":"‹secret:2›"}',
        candidate: '{"total":2,"mail":"‹email:1›","name":"‹secret:2›"}',
      },
    ]);
  });

  it.each([
    ['JSON cannot say', async () => new Map([[1, 2]]), async () => new Map([[1, 3]])],
    ['is too long', async () => 'x'.repeat(40_000), async () => 'y'],
    ['is a failure', async () => Promise.reject(new Error('a')), async () => 1],
  ])('is not kept where an answer %s', async (_why, legacy, candidate) => {
    link.push(snapshotWith({ shadow: { sample: 1, noiseSample: 0, recheckAfterMs: 0 } }));
    const wrapped = seam({ name: 'quote', effects: 'none', plane, legacy, candidate } as never) as (
      ...args: never[]
    ) => Promise<unknown>;
    await wrapped().catch(() => {});
    await host.clock.advance(10);
    await plane.flush();
    expect(link.batches[0]).toMatchObject({ pairs: [], signatures: [{ count: 1 }] });
  });

  it('is refused a redaction that makes no sense, where the seam is defined', () => {
    const redact = [''];
    expect(() =>
      seam({ name: 'quote', legacy: () => 1, candidate: () => 1, plane, redact }),
    ).toThrow(expect.objectContaining({ code: 'FW_REDACT_INVALID' }));
  });
});

describe('legacy that differs from itself', () => {
  it('is told as noise, under a name that is not that of the candidate’s cause', async () => {
    let id = 0;
    const answer = async () => {
      id += 1;
      return { id };
    };
    const { strata, signatures } = await told({ legacy: answer, candidate: answer }, 1);
    expect(strata[0]?.tally).toMatchObject({
      verdicts: { mismatch: 1 },
      noise: { pairs: 1, noisy: 1 },
    });
    expect(signatures.map(({ isNoise }) => isNoise).sort()).toEqual([false, true]);
    expect(new Set(signatures.map((signature) => signature.id)).size).toBe(2);
    expect(new Set(signatures.map(({ template }) => template))).toEqual(new Set(['$.id']));
  });
});
