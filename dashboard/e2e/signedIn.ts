import { test as base, expect, type Page } from '@playwright/test';

function wanted(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: the tests drive a server that runs.`);
  return value;
}

export const EMAIL = wanted('NQBA_EMAIL');
export const PASSWORD = wanted('NQBA_PASSWORD');

export async function signIn(page: Page, to = '/') {
  await page.goto(to);
  await page.getByLabel('E-mail address').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Breadcrumb' })).toBeVisible();
}

/** The row of a site that can be planned: the demo group has one at least. */
export async function openReadySite(page: Page): Promise<string> {
  await page.goto('/energy/sites');
  const row = page.getByRole('row').filter({ hasText: 'Ready to plan' }).first();
  const link = row.getByRole('link').first();
  const name = (await link.textContent()) ?? '';
  await link.click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  return name;
}

/** Asks for a plan of the open site and waits until it is there. */
export async function optimise(page: Page) {
  await page.getByRole('button', { name: 'Optimise', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByLabel('Start')).toHaveValue(/^\d{4}-\d\d-\d\d$/);
  await drawer.getByRole('button', { name: 'Optimise' }).click();
  await expect(page.getByText('Saved against no control')).toBeVisible({ timeout: 60_000 });
}

/** A page that fails its test on any message in the browser's console but those that the test provokes. */
export const test = base.extend<{ quiet: undefined; provokes: RegExp | null }>({
  provokes: [null, { option: true }],
  quiet: [
    async ({ page, provokes }, use) => {
      const said: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') said.push(message.text());
      });
      page.on('pageerror', (error) => said.push(String(error)));
      await use(undefined);
      expect(said.filter((text) => !provokes?.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
