import { postgresForTests } from '@falsework/testkit/postgres';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { execute, startedFeed, type TwoStores, twoStores } from '../../test/stores.ts';
import { drainOnce } from '../drain/drain-once.ts';
import { traceData } from './index.ts';

const { server, missing } = await postgresForTests();
const open: TwoStores[] = [];
let end = (): void => {};

afterEach(async () => {
  end();
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => server?.stop());

const TABLE = 'create table a (id int primary key, n int not null default 0)';

describe.skipIf(missing !== null)('a traced drain', () => {
  it('is a span for what was read and one, linked to it, for what was written', async () => {
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    end = traceData({ tracerProvider: new BasicTracerProvider({ spanProcessors }) });
    const stores = await twoStores(server as NonNullable<typeof server>, {
      legacy: TABLE,
      candidate: TABLE,
    });
    open.push(stores);
    const feed = await startedFeed(stores, { tables: { a: { to: 'a' } } });
    await drainOnce(feed, { changesMax: 100 });
    exporter.reset();
    await execute(stores.legacy, 'insert into a values (4711, 1), (4712, 2)');
    await drainOnce(feed, { changesMax: 100 });
    const [drain, apply, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(drain).toMatchObject({
      name: 'drain forward',
      attributes: { 'falsework.direction': 'forward', 'falsework.keys': 2 },
    });
    expect(apply).toMatchObject({ name: 'apply forward', attributes: { 'falsework.written': 2 } });
    expect(apply?.links.map((link) => link.context)).toEqual([drain?.spanContext()]);
    expect(apply?.startTime).toEqual(drain?.endTime);
    exporter.reset();
    // Nothing had changed: there are several such looks a second.
    await drainOnce(feed, { changesMax: 100 });
    expect(exporter.getFinishedSpans()).toEqual([]);
    // The follower refuses to be written, in words that quote a row.
    await execute(stores.candidate, 'drop table a');
    await execute(stores.legacy, 'update a set n = 9');
    await expect(drainOnce(feed, { changesMax: 100 })).rejects.toThrow();
    const failed = exporter.getFinishedSpans().at(-1);
    expect(failed?.status.code).toBe(2);
    expect(failed?.attributes['error.type']).toMatch(/^FW_DATA_/);
    expect(JSON.stringify(exporter.getFinishedSpans().map((s) => s.attributes))).not.toMatch(/471/);
  });
});
