import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { type Init, libraryService } from '../../test/grpc-services.ts';

const packageRoot = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('../../../../docs/guides/grpc.md', import.meta.url), 'utf8');

/** The programs of the guide, each with what it says that it prints. */
const programs = [...guide.matchAll(/^```ts\n([\s\S]*?)^```\n+^```text\n([\s\S]*?)^```$/gm)].map(
  ([, program = '', printed = '']) => ({ program, printed }),
);

const shelf =
  (price: number) =>
  (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>): void => {
    const { name } = call.request;
    if (name === 'shelves/1/books/3') done({ code: status.NOT_FOUND, details: 'no such book' });
    else done(null, { name, price, publishedAt: { seconds: 1767225600n } });
  };

/** Runs a program as it stands, but for where the services and the file of the tests are. */
async function run(program: string): Promise<string> {
  const legacy = await libraryService({ GetBook: shelf(12.5) });
  const candidate = await libraryService({ GetBook: shelf(12) });
  const placed = program
    .replaceAll('grpc://127.0.0.1:50051', legacy.origin)
    .replaceAll('grpc://127.0.0.1:50052', candidate.origin)
    .replaceAll("readFileSync('library.binpb')", "readFileSync('test/grpc/library.binpb')")
    .replaceAll('port: 50050', 'port: 0');
  const flags = ['--conditions=falsework-source', '--no-warnings'];
  const input = ['--input-type=module-typescript', '--eval', placed];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...input], {
    cwd: packageRoot,
  });
  return stdout;
}

describe('the guide to gRPC', () => {
  it('has its three programs', () => {
    expect(programs).toHaveLength(3);
    expect(guide.match(/^```ts$/gm)).toHaveLength(3);
  });

  it.each(programs)('program %# runs as it stands, and prints what is shown', async (each) => {
    expect(await run(each.program)).toBe(each.printed);
  });
});
