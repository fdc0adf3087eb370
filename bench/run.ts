// Runs one bench by name: `npm run bench -- guard-faults`. Every bench prints a table for people;
// the last line of its output is one JSON object for scripts.
import { BENCHES } from './benches.ts';

const [name = ''] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  const known = Object.keys(BENCHES).join(', ');
  console.error(`${name === '' ? 'Name a bench' : `There is no bench named ${name}`}: ${known}.`);
  process.exitCode = 2;
} else {
  const { run } = await load();
  const ratios = await run();
  console.log(JSON.stringify({ bench: name, ratios }));
}
