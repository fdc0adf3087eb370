import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const EXECUTABLE = PLACES.find((path) => path !== undefined && existsSync(path)) ?? null;

/**
 * Why there is no browser to test with; `null` when there is one. A developer's machine may lack
 * one, and is told so; in CI its absence is a failure, or the console would go untested for good.
 */
export const BROWSER_MISSING: string | null =
  EXECUTABLE !== null
    ? null
    : 'no Chromium: install Debian’s `chromium`, or name one in the variable CHROMIUM';
if (BROWSER_MISSING !== null && process.env.CI) throw new Error(BROWSER_MISSING);

/** A screen that the console is looked at on. */
export interface Screen {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

/** The widths and palettes that have to hold. */
export const SCREENS: readonly Screen[] = [
  { name: 'desktop-light', width: 1280, height: 900, scheme: 'light' },
  { name: 'desktop-dark', width: 1280, height: 900, scheme: 'dark' },
  { name: 'phone-light', width: 390, height: 844, scheme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, scheme: 'dark' },
];

/** Starts Chromium without anything that asks the network by itself. */
export function startBrowser(): Promise<Browser> {
  if (EXECUTABLE === null) throw new Error(BROWSER_MISSING ?? '');
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page, and everything that it did which it should not have done. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/** Opens a page that notes its own errors and every request to another host. */
export async function openPage(browser: Browser, screen: Screen, url: string): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.scheme,
    baseURL: url,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const { host } = new URL(url);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== host) complaints.push(`off-host: ${request.url()}`);
  });
  return { page, context, complaints };
}
