import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { atEnd, ScriptedLink, snapshotWith, until } from '../../../test/fixtures.ts';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import { LibraryClient, libraryService, type Unary } from '../../../test/grpc-services.ts';
import { heldFence, ScriptedFence } from '../../../test/scripted-fence.ts';
import { startAnyGuard } from '../launch/start-any-guard.ts';

const GET = 'falsework.test.Library/GetBook';
const KEYED = new Metadata();
KEYED.set('x-book', '7');

/** A guard of gRPC as the configuration makes it, and whom its services were asked by. */
async function bench(
  fence: ScriptedFence,
  over: Parameters<typeof snapshotWith>[0] = {},
  limits: { readonly timeoutMsMax?: number } = {},
) {
  const asked: string[] = [];
  const side = (name: string): { readonly GetBook: Unary } => ({
    GetBook: (call, done) => {
      asked.push(name);
      done(null, { title: `${name} ${String(call.request['name'])}` });
    },
  });
  const [legacy, candidate] = [
    await libraryService(side('legacy')),
    await libraryService(side('candidate')),
  ];
  const link = new ScriptedLink();
  const share = { stage: 'shift', percent: 100, topology: 'separate' } as const;
  const guard = await startAnyGuard({
    legacy: legacy.origin,
    candidate: candidate.origin,
    port: 0,
    key: { from: 'header', name: 'x-book' },
    grpc: { descriptors: librarySet(), ...limits },
    snapshot: snapshotWith({ ...share, shadow: { sample: 0 }, ...over }),
    link,
    fence,
  });
  atEnd(() => guard.stop({ withinMs: 200 }));
  const client = new LibraryClient(guard.url.replace('grpc://', ''));
  const read = async (metadata = KEYED) => {
    const { answer } = await client.unary('GetBook', { name: 'n' }, metadata);
    return answer?.['title'];
  };
  const row = () => guard.report().routes.find(({ seam }) => seam === GET);
  return { guard, client, link, asked, read, row };
}

describe('a call that reads, and that the candidate is to serve', () => {
  it('is served by it once the fence has let it through, and not before', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = at.read();
    await until(() => tell.length === 1, 'the fence was asked');
    expect(at.asked).toEqual([]);
    tell[0]?.(null);
    expect(await answer).toBe('candidate n');
    expect(fence.asked).toEqual(['7']);
    expect(at.guard.report()).toMatchObject({ fenced: 0, fence: { passed: 1 } });
  });

  it('is served by legacy for as long as the candidate lacks something, and counted', async () => {
    const at = await bench(new ScriptedFence('pending'));
    expect(await at.read()).toBe('legacy n');
    expect(at.asked).toEqual(['legacy']);
    expect(at.guard.report()).toMatchObject({ fenced: 1, fence: { fenced: { pending: 1 } } });
  });

  it('is served by legacy when the fence fails, until the candidate takes the writes', async () => {
    const fence = new ScriptedFence();
    fence.says = () => Promise.reject(new Error('no store'));
    expect(await (await bench(fence)).read()).toBe('legacy n');
    expect(await (await bench(fence, { stage: 'turnover' })).read()).toBe('candidate n');
  });

  it('waits for no fence where legacy serves, or where both sides have one store', async () => {
    const fence = new ScriptedFence('pending');
    expect(await (await bench(fence, { percent: 0 })).read()).toBe('legacy n');
    expect(await (await bench(fence, { topology: 'shared' })).read()).toBe('candidate n');
    expect(fence.asked).toEqual([]);
  });

  it('goes where its key is by the time that the fence has spoken', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const answer = at.read();
    await until(() => tell.length === 1, 'it waits');
    const back = { stage: 'shift', percent: 0, topology: 'separate', version: 2 } as const;
    at.link.push(snapshotWith({ ...back, shadow: { sample: 0 } }));
    tell[0]?.(null);
    expect(await answer).toBe('legacy n');
  });

  it('is counted when its caller leaves meanwhile, and no side is asked', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence);
    const deadline = Date.now() + 100;
    const { error } = await at.client.unary('GetBook', { name: 'n' }, KEYED, { deadline });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => tell.length === 1, 'it waits');
    tell[0]?.(null);
    fence.says = () => Promise.resolve(null);
    await at.read();
    expect(at.asked).toEqual(['candidate']);
    expect(at.row()?.abandoned).toBe(1);
  });

  it('has no more time for having waited', async () => {
    const { fence, tell } = heldFence();
    const at = await bench(fence, {}, { timeoutMsMax: 50 });
    const answer = at.client.unary('GetBook', { name: 'n' }, KEYED);
    await until(() => tell.length === 1, 'it waits');
    const waitedMs = 80;
    await new Promise((resolve) => setTimeout(resolve, waitedMs));
    tell[0]?.(null);
    expect((await answer).error?.code).toBe(status.DEADLINE_EXCEEDED);
    // That the stores were slow is neither side's failure, and moves nobody back.
    expect(at.guard.report().failed).toEqual({ legacy: 0, candidate: 0 });
    expect([at.asked, at.row()?.abandoned]).toEqual([[], 1]);
  });
});

describe('two answers that differ', () => {
  it('are nobody’s fault when the key was written meanwhile, and the candidate’s when not', async () => {
    const fence = new ScriptedFence();
    fence.moved.add('7');
    const at = await bench(fence, { shadow: { sample: 1 } });
    await at.read();
    await at.guard.settled();
    expect(at.row()).toMatchObject({ compared: 0, differing: 0, shed: { fenced: 1 } });
    const other = new Metadata();
    other.set('x-book', '8');
    await at.read(other);
    await at.guard.settled();
    expect(at.row()).toMatchObject({ compared: 1, differing: 1 });
  });
});
