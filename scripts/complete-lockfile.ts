// `npm run lock`: installs, then names in the lockfile what this machine's registry did not have.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completed, type Lockfile, missingEntries } from './lockfile.ts';

const path = join(import.meta.dirname, '..', 'package-lock.json');
const lock: Lockfile = JSON.parse(readFileSync(path, 'utf8'));
const missing = Object.keys(missingEntries(lock));
writeFileSync(path, `${JSON.stringify(completed(lock), null, 2)}\n`);
process.stdout.write(`package-lock.json: ${missing.length} entries added\n`);
