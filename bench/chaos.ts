// Kills things at random while a migration is under way: `npm run chaos -- data --kills 100`. It
// prints a line per kill, and at the end what it found; with --json the last line, and the only one
// on the standard output, is one JSON object. It fails when it found something.
import { parseArgs } from 'node:util';
import { PLANTS } from './chaos/plant.ts';
import { type Chaos, type ChaosResult, type ChaosTerms, RUNS } from './chaos/runs.ts';

const USAGE = `npm run chaos -- NAME [options]

  data   kills Falsework's process and both servers over a whole migration, there and back,
         with writers at work, and holds both stores against what was acknowledged
  tpcb   moves pgbench's own TPC-B to the second server and back, with pgbench at work

  --kills N     how many kills (100)
  --seed N      what is drawn depends on nothing else (1)
  --kill N      repeats that kill: only the migration it happens in, up to it
  --minutes N   nothing is begun after that (20)
  --plant WHAT  lost, twice or resurrected: does that to a row of the candidate once, in the
                drain's name, to see that the run finds it (data)
  --json        one JSON object on the standard output; progress goes to the other
  --help        this

Ends with 0 when all is well, 1 when something was found, 2 for a wrong use.`;

const OPTIONS = {
  kills: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  kill: { type: 'string' },
  minutes: { type: 'string', default: '20' },
  plant: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = read();
  if (parsed === null) {
    console.error(USAGE);
    return 2;
  }
  const { values, name } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const load = RUNS[name];
  const [kills, seed, minutes] = [values.kills, values.seed, values.minutes].map(Number);
  const only = values.kill === undefined ? null : Number(values.kill);
  const plant = PLANTS.find((one) => one === values.plant) ?? null;
  const isWhole = (n: number | undefined, least: number): n is number =>
    Number.isSafeInteger(n) && (n ?? 0) >= least;
  const isPlanted = values.plant === undefined || plant !== null;
  const isRight = isPlanted && isWhole(kills, 1) && isWhole(seed, 0) && isWhole(minutes, 1);
  if (load === undefined || !isRight || (only !== null && !isWhole(only, 1))) {
    console.error(USAGE);
    return 2;
  }
  const say = values.json ? console.error : console.log;
  const { figures, found } = await outcomeOf(load, { kills, seed, only, plant, minutes, say });
  for (const each of found) say(`FOUND: ${each}`);
  if (values.json) console.log(JSON.stringify({ chaos: name, seed, figures, found }));
  else for (const [figure, value] of Object.entries(figures)) say(`${figure}: ${value}`);
  return found.length === 0 ? 0 : 1;
}

async function outcomeOf(load: () => Promise<Chaos>, terms: ChaosTerms): Promise<ChaosResult> {
  try {
    const { run } = await load();
    return await run(terms);
  } catch (error) {
    terms.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return { figures: {}, found: ['it broke off'] };
  }
}

function read() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
    return positionals.length > 1 ? null : { values, name: positionals[0] ?? '' };
  } catch {
    // An option that there is not: the usage says which there are.
    return null;
  }
}
