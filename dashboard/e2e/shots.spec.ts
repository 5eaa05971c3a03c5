// Every page in both widths and schemes: a picture to look at, no scroll to the side, nothing that axe calls serious.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, openReadySite, optimise, signIn, test } from './signedIn';

async function inspect(page: Page, name: string) {
  await expect(page.locator('[data-loading]')).toHaveCount(0);
  const project = test.info().project.name;
  await page.screenshot({ path: `test-results/${project}/${name}.png`, fullPage: true });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(over, `${name} scrolls to the side`).toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations
    .filter((each) => each.impact === 'serious' || each.impact === 'critical')
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(' | ')}`);
  expect.soft(grave, `${name} has grave findings`).toEqual([]);
}

test('every page can be looked at and used', async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('/sign-in');
  await inspect(page, '01-sign-in');
  await signIn(page);
  await openReadySite(page);
  const site = new URL(page.url()).pathname;
  await inspect(page, '02-site');
  await page.getByRole('button', { name: 'Optimise', exact: true }).click();
  await expect(page.getByRole('dialog').getByLabel('Start')).toBeVisible();
  await inspect(page, '03-optimise');
  await page.keyboard.press('Escape');
  await optimise(page);
  await inspect(page, '04-plan');
  await page.getByRole('button', { name: 'Table' }).click();
  await inspect(page, '05-plan-table');
  await page.goto('/');
  await expect(page.getByRole('table').first()).toBeVisible();
  await inspect(page, '06-overview');
  const rest: [string, string][] = [
    ['07-sites', '/energy/sites'],
    ['08-site-add', '/energy/sites?add=true'],
    ['09-runs', `${site}/runs`],
    ['10-site-tariff', `${site}/tariff`],
    ['11-data', `${site}/data`],
    ['12-upload', `${site}/data?upload=true`],
    ['13-settings', `${site}/settings`],
    ['14-asset-add', `${site}/settings?asset=new`],
    ['15-tariffs', '/energy/tariffs'],
    ['16-tariff-add', '/energy/tariffs?add=true'],
    ['17-users', '/admin/users'],
    ['18-user-add', '/admin/users?open=new'],
    ['19-api-keys', '/admin/api-keys'],
    ['20-api-key-add', '/admin/api-keys?add=true'],
    ['21-audit', '/admin/audit'],
    ['22-account', '/account'],
    ['23-not-found', '/nowhere'],
  ];
  for (const [name, path] of rest) {
    await page.goto(path);
    await expect(page.locator('h1, h2').first()).toBeVisible();
    if (path.includes('?')) await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, name);
  }
});
