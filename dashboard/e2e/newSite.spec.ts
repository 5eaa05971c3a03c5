// From nothing to a run: a tariff, a site, its load, its readings; and a run that cannot be met, told in words.
import { expect, signIn, test } from './signedIn';

/** Two days of a load of 100 kW in quarter hours, from midnight in Berlin. */
function readings(): Buffer {
  const start = Date.parse('2026-01-11T23:00:00Z');
  const lines = Array.from({ length: 192 }, (_, t) => `${new Date(start + t * 900_000).toISOString()},100`);
  return Buffer.from(['ts,load_kw', ...lines, ''].join('\n'));
}

test('a new site is fed, planned, and told what cannot hold', async ({ page }) => {
  const mark = Date.now();
  const [tariff, site] = [`Two prices ${mark}`, `Yard ${mark}`];
  const drawer = page.getByRole('dialog');

  await signIn(page, '/energy/tariffs?add=true');
  await drawer.getByLabel('Name').first().fill(tariff);
  await drawer.getByLabel('Price where no window fits').fill('0.2');
  await drawer.getByLabel(/^Price\W*$/).fill('0.4');
  await expect(drawer.getByRole('img', { name: /^Mon–Fri/ })).toBeVisible();
  await drawer.getByRole('button', { name: 'Add tariff' }).click();
  await expect(page.getByRole('row').filter({ hasText: tariff })).toContainText('€0.20 to €0.40/kWh');

  await page.goto('/energy/sites?add=true');
  await drawer.getByLabel('Name').fill(site);
  await drawer.getByLabel('Time zone').fill('Europe/Berlin');
  await drawer.getByLabel('Import limit').fill('40');
  await drawer.getByLabel('Tariff').selectOption({ label: `${tariff} (EUR)` });
  await drawer.getByRole('button', { name: 'Add site' }).click();
  await expect(page.getByRole('heading', { level: 1, name: site })).toBeVisible();
  await expect(page.getByText('The site has no assets')).toBeVisible();

  await page.getByRole('button', { name: 'Add asset' }).first().click();
  await drawer.getByLabel('Name').fill('Yard load');
  await drawer.getByRole('button', { name: 'Add asset' }).click();
  await expect(page.getByText('The site has no readings')).toBeVisible();

  await page.getByRole('link', { name: 'Data', exact: true }).click();
  await page.getByRole('button', { name: 'Upload CSV' }).first().click();
  const file = { name: 'yard.csv', mimeType: 'text/csv', buffer: readings() };
  await drawer.getByLabel('CSV file').setInputFiles(file);
  await expect(drawer.getByLabel('Channel of load_kw')).toHaveValue('load');
  await drawer.getByRole('button', { name: 'Store readings' }).click();
  await expect(drawer.getByText('192 values given: 192 new')).toBeVisible();
  await drawer.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'load' }).first()).toContainText('192');

  await page.getByRole('button', { name: 'Optimise', exact: true }).click();
  await expect(drawer.getByLabel('Start')).toHaveValue('2026-01-13');
  await drawer.getByRole('button', { name: 'Optimise' }).click();
  await expect(page.getByText('No plan can meet all requirements')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('What cannot hold together')).toBeVisible();

  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByLabel('Import limit').fill('250');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText(`The settings of ${site} were saved.`).first()).toBeVisible();
  await page.getByRole('button', { name: 'Optimise', exact: true }).click();
  await drawer.getByRole('button', { name: 'Optimise' }).click();
  await expect(page.getByText('Saved against no control')).toBeVisible({ timeout: 60_000 });
});
