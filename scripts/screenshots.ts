// Takes the pictures of the README from the real demo. They are as good as
// the console is: whoever changes how it looks takes them anew.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Screen, startBrowser } from '../e2e/support/browser.ts';
import { CONSOLE_LINK, followDemo } from '../e2e/support/follow-demo.ts';

const ROOT = join(import.meta.dirname, '..');
const IMAGES = join(ROOT, 'docs/images');
const BYTES_MAX = 60_000;
const SCREEN: Screen = { name: 'readme', width: 1120, height: 760, scheme: 'light' };
// Until lines and charts are drawn that the last click asked for.
const DRAWN_MS = 1_500;

/** Writes what a page shows, as small as it can be without being seen to be. */
async function keep(browser: Browser, page: Page, name: string): Promise<void> {
  await page.waitForTimeout(DRAWN_MS);
  const png = await page.screenshot({ type: 'png' });
  const context = await browser.newContext();
  const blank = await context.newPage();
  // Chromium can write WebP, so that no program has to be installed for it.
  for (const quality of [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]) {
    const url = await blank.evaluate(
      async ({ bytes, as }) => {
        const image = new Image();
        image.src = `data:image/png;base64,${bytes}`;
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.width;
        canvas.height = image.height;
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        return canvas.toDataURL('image/webp', as);
      },
      { bytes: png.toString('base64'), as: quality },
    );
    const webp = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    if (webp.length > BYTES_MAX) continue;
    writeFileSync(join(IMAGES, `${name}.webp`), webp);
    console.log(`docs/images/${name}.webp: ${webp.length} bytes at quality ${quality}`);
    await context.close();
    return;
  }
  throw new Error(`${name} is larger than ${BYTES_MAX} bytes at any quality.`);
}

/** The link of the demo's console, once it has been said. */
function linkOf(demo: ReturnType<typeof spawn>): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    demo.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      said += chunk.toString();
      const [, link] = CONSOLE_LINK.exec(said) ?? [];
      if (link !== undefined) resolve(link);
    });
    demo.once('close', () => reject(new Error('The demo ended without naming a console.')));
  });
}

mkdirSync(IMAGES, { recursive: true });
const demo = spawn(process.execPath, [join(ROOT, 'examples/orders/main.ts'), '--headless'], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
const link = await linkOf(demo);
const browser = await startBrowser();
try {
  const ended = once(demo, 'close');
  await followDemo(
    browser,
    { link, screen: SCREEN },
    {
      onCauses: async (page) => {
        await page.locator('.cause-row').getByText('$.lines[*].tax', { exact: true }).click();
        await page.locator('.differs').first().waitFor();
        await keep(browser, page, 'difference');
      },
      onClimbAgain: async (page) => {
        // The whole story in the charts, beneath the bar with the way back.
        await page.locator('.ranges').evaluate((ranges) => {
          scrollTo(0, ranges.getBoundingClientRect().top + scrollY - 70);
        });
        await keep(browser, page, 'migration');
      },
    },
  );
  await ended;
} finally {
  await browser.close();
  demo.kill('SIGTERM');
}
