// Runs one soak by name: `npm run soak -- guard --minutes 10`. It prints a line a minute, and at
// the end what it found; the last line is one JSON object for scripts. It fails when it found
// something.
import { parseArgs } from 'node:util';
import { SOAKS } from './soaks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' }, plant: { type: 'string' } },
});
const [name = ''] = positionals;
const minutes = Number(values.minutes);
const load = SOAKS[name];
if (load === undefined || !Number.isInteger(minutes) || minutes < 2) {
  const known = Object.keys(SOAKS).join(', ');
  console.error(`npm run soak -- NAME [--minutes N] [--plant LEAK]: of ${known}, N at least 2.`);
  process.exitCode = 2;
} else {
  const { run } = await load();
  const { figures, found } = await run({ minutes, plant: values.plant ?? null });
  for (const each of found) console.log(`FOUND: ${each}`);
  console.log(JSON.stringify({ soak: name, minutes, figures, found }));
  process.exitCode = found.length === 0 ? 0 : 1;
}
