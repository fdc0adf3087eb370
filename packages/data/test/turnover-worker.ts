import { rollBackStores, turnOver } from '../src/turnover/turnover.ts';
import { switching } from './switching.ts';

/*
 * A process of its own that switches, and kills itself at the step that it is told: the n-th time a
 * step is noted, `kill -9`, so that nothing of it gets to clean up.
 */
const [legacy = '', candidate = '', kind = 'turnover', killAt = ''] = process.argv.slice(2);
let noted = 0;
const { parts, close } = await switching(
  { legacy, candidate },
  {
    limits: { fallsAfterMs: 3_000 },
    ports: {
      onStep: () => {
        noted += 1;
        if (noted === Number(killAt)) process.kill(process.pid, 'SIGKILL');
      },
    },
  },
);
await (kind === 'turnover' ? turnOver(parts) : rollBackStores(parts));
await close();
