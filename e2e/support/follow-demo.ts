import type { Browser, Page } from 'playwright-core';
import { openPage, type Screen } from './browser.ts';

/** The causes that are planted in the demo's first candidate. */
const PLANTED = ['$.coupon', '$.lines[*].tax', '$.deliverBy'];
// Each of its phases is given a minute by the demo itself; on a busy machine it may need more than
// one of them to get here.
const PHASE_MS = 180_000;

/** What a browser saw of the demo, as it happened. */
export interface DemoSeen {
  readonly causes: readonly string[];
  /** Shares that the log named, each when it was reached. */
  readonly shares: readonly number[];
  readonly retreat: string;
  readonly stage: string;
  /** Errors of the page, and requests to other hosts. */
  readonly complaints: readonly string[];
}

/** Called at the moments that are worth a picture. */
export interface DemoMoments {
  readonly onCauses?: (page: Page) => Promise<void>;
  readonly onRetreat?: (page: Page) => Promise<void>;
  readonly onClimbAgain?: (page: Page) => Promise<void>;
}

/** Where the demo says that its console is. */
export const CONSOLE_LINK: RegExp =
  /see it in a browser: (http:\/\/127\.0\.0\.1:\d+\/m\/orders#\S+)/;

/**
 * Watches the story of the demo in the console, from its link to the strike. Nothing is reloaded:
 * whatever is seen came by itself. Rejects when something of the story is not shown.
 */
export async function followDemo(
  browser: Browser,
  { link, screen }: { readonly link: string; readonly screen: Screen },
  { onCauses, onRetreat, onClimbAgain }: DemoMoments = {},
): Promise<DemoSeen> {
  const { page, context, complaints } = await openPage(browser, screen, new URL(link).origin);
  page.setDefaultTimeout(PHASE_MS);
  try {
    await page.goto(link);
    await page.getByTestId('connection').getByText('live').waitFor();
    await page.getByRole('link', { name: 'Differences' }).click();
    await page.getByLabel('All epochs').check();
    for (const template of PLANTED) {
      await page.locator('.cause-row').getByText(template, { exact: true }).first().waitFor();
    }
    const causes = await page.locator('.cause-row strong').allTextContents();
    await onCauses?.(page);
    await page.getByRole('link', { name: 'orders', exact: true }).click();
    await page.getByRole('link', { name: 'All', exact: true }).click();
    const shares: number[] = [];
    const reached = async (share: number, words: string): Promise<void> => {
      // The second climb says the same again.
      await page.locator('.log').getByText(`${words} ${share} %`).first().waitFor();
      shares.push(share);
    };
    await reached(1, 'entered shift, share');
    await reached(25, 'share raised to');
    const retreat = await page.locator('.log .action-retreat .because').first().innerText();
    await onRetreat?.(page);
    await page.locator('.log').getByText('share raised to 25 %').nth(1).waitFor();
    await onClimbAgain?.(page);
    await reached(100, 'share raised to');
    await page.locator('.stage-line .here').getByText('strike', { exact: true }).waitFor();
    const stage = await page.locator('.stage-line .here').innerText();
    return { causes, shares, retreat, stage, complaints: [...complaints] };
  } finally {
    await context.close();
  }
}
