/** The answer of every service of a bench: a small JSON document that depends on the path. */
export function bodyOf(path: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      id: path,
      customer: 'c-4711',
      status: 'open',
      placedAt: '2026-11-20T14:02:00Z',
      lines: [
        { sku: 'ax-100', quantity: 2, amount: 39.8, tax: 3.53 },
        { sku: 'bolt-m8', quantity: 100, amount: 12, tax: 1.07 },
        { sku: 'chisel', quantity: 1, amount: 17.25, tax: 1.53 },
      ],
    }),
  );
}

const LONG_LINES = 400;

/** The same for paths that ask for much at once: several pieces on every connection. */
function longBodyOf(path: string): Buffer {
  return Buffer.from(`[${Array.from({ length: LONG_LINES }, () => bodyOf(path)).join(',')}]`);
}

/** What is said of a body that was sent: enough to tell that all of it came, and in order. */
function receiptOf(path: string, body: Buffer): Buffer {
  let sum = 0;
  for (const byte of body) sum = (sum * 31 + byte) % 1_000_003;
  return Buffer.from(JSON.stringify({ id: path, bytes: body.length, sum }));
}

/** What every service of a bench answers. */
export function answerTo(method: string, path: string, body: Buffer): Buffer {
  if (method === 'POST') return receiptOf(path, body);
  return path.startsWith('/long/') ? longBodyOf(path) : bodyOf(path);
}
