import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { SeededRandom } from '@falsework/testkit';

/** An entry as the store has it. */
export interface LedgerRow {
  readonly account: string;
  readonly op: string;
}

/** A service with a store of its own that honours idempotency keys. */
export interface Ledger {
  readonly origin: string;
  /** All entries, in the order in which they took effect. */
  rows(): LedgerRow[];
  /** When, in the order of all entries, the write with this key took effect; `null` if never. */
  placeOf(key: string): number | null;
  close(): void;
}

/** How often, of a thousand requests, what goes wrong. */
export interface LedgerFaults {
  readonly unavailable: number;
  readonly cutAfterApplying: number;
}

/**
 * Starts a ledger: `POST /accounts/{account}/…` with `{"op":"…"}` adds an entry. Effect and key are
 * stored in one transaction, as a service that honours keys has to. It takes its time, now and then
 * is unavailable, and now and then breaks the connection once the entry is stored.
 */
export async function startLedger(
  path: string,
  seed: number,
  faults: LedgerFaults,
): Promise<Ledger> {
  const random = new SeededRandom(seed);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  database.exec(`
    CREATE TABLE entries (n INTEGER PRIMARY KEY, account TEXT NOT NULL, op TEXT NOT NULL);
    CREATE TABLE answers (key TEXT PRIMARY KEY, status INTEGER NOT NULL, n INTEGER);`);
  const known = database.prepare('SELECT status, n FROM answers WHERE key = ?');
  const add = database.prepare('INSERT INTO entries (account, op) VALUES (?, ?)');
  const keep = database.prepare('INSERT INTO answers VALUES (?, ?, ?)');
  const apply = (key: string, account: string, op: string): number => {
    const before = known.get(key);
    if (before !== undefined) return Number(before['status']);
    const status = op.startsWith('bad') ? 422 : 201;
    database.exec('BEGIN');
    const n = status === 201 ? add.run(account, op).lastInsertRowid : null;
    keep.run(key, status, n);
    database.exec('COMMIT');
    return status;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { op } = JSON.parse(Buffer.concat(chunks).toString()) as { op: string };
    await pause(random.below(4));
    if (random.below(1_000) < faults.unavailable) return answer(response, 503);
    const account = (request.url ?? '').split('/')[2] ?? '';
    const status = apply(String(request.headers['idempotency-key']), account, op);
    if (random.below(1_000) < faults.cutAfterApplying) return void request.socket.destroy();
    await pause(random.below(4));
    answer(response, status);
  };
  const server = createServer((request, response) => {
    // The guard is killed in the middle of requests: those that break off are no failure of ours.
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows: () =>
      database
        .prepare('SELECT account, op FROM entries ORDER BY n')
        .all()
        .map((row) => ({ account: String(row['account']), op: String(row['op']) })),
    placeOf: (key) => {
      const n = known.get(key)?.['n'] ?? null;
      return n === null ? null : Number(n);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
      database.close();
    },
  };
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`{"status":${status}}`);
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
