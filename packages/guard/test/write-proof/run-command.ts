// `falsework`, run from source: what bin/falsework.js does with what was built.
import { main } from '../../../cli/src/main.ts';

await main(process.argv.slice(2));
