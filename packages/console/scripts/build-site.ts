// Builds the console's pages into dist/site, if anything that they are made of has changed: vite
// takes more than a second, and this runs before everything else does.
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const site = join(root, 'dist', 'site');
const stamp = join(root, 'dist', 'site.stamp');

const hash = createHash('sha256');
const sources = ['index.html', 'package.json', 'src/**', 'scripts/*', 'public/**'];
// The words and the rules that the console shares with the command line are bundled from source.
const shared = ['../client/src/**/*.ts', '../core/src/**/*.ts', '../../package-lock.json'];
const inputs = globSync([...sources, ...shared], { cwd: root, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
for (const path of inputs) hash.update(path).update('\0').update(readFileSync(path)).update('\0');
const inputsNow = hash.digest('hex');

const isBuilt = existsSync(site) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputsNow;
if (!isBuilt) {
  const { build } = await import('vite');
  // Built aside and put in place whole: somebody may be starting control at this moment.
  const fresh = `${site}.${process.pid}`;
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['falsework-source', 'browser', 'import', 'module', 'default'] },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2022',
      assetsDir: 'assets',
      // Inlined files would need `data:` in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(root, 'dist'), { recursive: true });
  renameSync(fresh, site);
  writeFileSync(stamp, inputsNow);
}
