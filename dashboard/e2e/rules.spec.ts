// Rules that a picture does not show: numbers, clocks, windows of prices, columns of files.
import { expect, test } from '@playwright/test';
import type { Channel, Price, Site } from '../src/api/types';
import { previewOf, proposals } from '../src/features/energy/data/csvFile';
import { commonSpan, lastWholeDay } from '../src/features/energy/plan/dataSpan';
import { priceAt, windowText } from '../src/features/energy/tariffs/priceText';
import { age, money, moneyFull, price, quantity } from '../src/ui/format';
import { instantOf, localIn } from '../src/ui/zone';

test('numbers have three digits, a unit and a true minus', () => {
  expect(quantity(0, 'kW')).toBe('0 kW');
  expect(quantity(1.234, 'kW')).toBe('1.23 kW');
  expect(quantity(999.7, 'kW')).toBe('1 MW');
  expect(quantity(-1234.5, 'kWh')).toBe('−1.23 MWh');
  expect(quantity(275.2, 'kg')).toBe('275 kg');
  expect(quantity(1234, 'kg')).toBe('1.23 t');
  expect(quantity(undefined, 'kW')).toBe('–');
});

test('money has its currency and the decimals of its coins', () => {
  expect(money(8.777, 'EUR')).toBe('€8.78');
  expect(money(-61_692.4, 'KRW')).toBe('−₩61.7k');
  expect(moneyFull(100_341.52, 'KRW')).toBe('₩100,342');
  expect(moneyFull(-0.004, 'EUR')).toBe('€0.00');
  expect(price(0.20107, 'EUR')).toBe('€0.2011/kWh');
});

test('ages are told in the unit that fits', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  expect(age(now - 2000, now)).toBe('now');
  expect(age(now - 65_000, now)).toBe('1 min ago');
  expect(age(now + 90 * 86_400_000, now)).toBe('in 3 months');
});

test('a local time is found on both sides of a change of the clock', () => {
  const at = (date: string, time: string, zone: string) => instantOf({ date, time }, zone).toISOString();
  expect(at('2026-03-29', '02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  expect(at('2026-10-25', '02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  expect(at('2026-10-25', '00:00', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z');
  expect(at('2018-11-04', '00:00', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
  expect(localIn('2018-12-31T15:00:00Z', 'Asia/Seoul')).toEqual({ date: '2019-01-01', time: '00:00' });
});

test('a plan begins with the last day for which all is measured', () => {
  const site = { time_zone: 'Europe/Berlin', last_reading_at: null } as Site;
  const channel = (name: string, last: string) =>
    ({ channel: name, step_s: 3600, first: '2026-01-01T00:00:00Z', last }) as Channel;
  const span = commonSpan(
    [channel('load', '2026-01-31T22:00:00Z'), channel('price', '2026-02-05T00:00:00Z')],
    ['load', 'price'],
  );
  // The last hour ends at midnight in Berlin: that day is whole.
  expect(lastWholeDay(span, site)).toBe('2026-01-31');
  expect(commonSpan([channel('price', '2026-02-05T00:00:00Z')], [])).toBeNull();
});

test('the first window of a price that fits holds, over midnight too', () => {
  const tariff: Price = {
    type: 'time_of_use',
    default_price_per_kwh: 0.2,
    windows: [
      {
        name: 'peak',
        months: [11, 12],
        weekdays: [1, 2, 3, 4, 5],
        from_time: '10:00',
        to_time: '12:00',
        price_per_kwh: 0.4,
      },
      { name: 'night', months: [], weekdays: [5], from_time: '22:00', to_time: '06:00', price_per_kwh: 0.1 },
    ],
  };
  expect(priceAt(tariff, 11, 1, 11 * 60)?.price).toBe(0.4);
  expect(priceAt(tariff, 10, 1, 11 * 60)?.price).toBe(0.2);
  expect(priceAt(tariff, 10, 5, 23 * 60)?.price).toBe(0.1);
  expect(windowText({ ...tariff.windows[0], name: 'peak' } as never)).toBe('Mon–Fri, Nov–Dec, 10:00–12:00');
});

test('a file is understood by its head and its first lines', () => {
  const preview = previewOf(
    'local_start,usage_kwh,price_eur_per_mwh,load_type\n2018-01-01T00:00,3.1,40,light\n2018-01-01T00:15,4.0,41,light\n',
  );
  expect(preview.timeColumn).toBe('local_start');
  expect(preview.stepS).toBe(900);
  expect(proposals(preview).map((mapping) => mapping.channel)).toEqual(['', 'load', 'price', '']);
  expect(proposals(preview)[1]?.unit).toBe('kWh_per_step');
  expect(proposals(preview)[2]?.unit).toBe('currency_per_MWh');
  const german = previewOf('Zeit;Bezug kW\n01.02.2026 00:00;1,5\n01.02.2026 00:15;2,5\n');
  expect([german.timeColumn, german.stepS, german.rows[0]?.[1]]).toEqual(['Zeit', 900, '1.5']);
});
