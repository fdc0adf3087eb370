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
