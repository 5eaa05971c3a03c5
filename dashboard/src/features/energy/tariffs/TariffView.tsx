import type { Price, Tariff } from '@/api/types';
import { price } from '@/ui/format';
import { Figures, Panel } from '@/ui/Page';
import { browserZone, dateText } from '@/ui/zone';
import { PriceStrip } from './PriceStrip';
import { demandText, KIND, priceSummary, windowText } from './priceText';
import classes from './tariff.module.css';

function Windows({ value, currency }: { value: Price; currency: string }) {
  if (value.type !== 'time_of_use') return null;
  return (
    <table className={classes.windows}>
      <caption className="visually-hidden">Windows of the price; the first that fits holds</caption>
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col">When, in the site's time</th>
          <th scope="col" className="num">
            Price
          </th>
        </tr>
      </thead>
      <tbody>
        {value.windows.map((window) => (
          <tr key={`${window.name} ${windowText(window)}`}>
            <th scope="row">{window.name}</th>
            <td>{windowText(window)}</td>
            <td className="num">{price(window.price_per_kwh, currency)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">otherwise</th>
          <td className="muted">where no window fits</td>
          <td className="num">{price(value.default_price_per_kwh, currency)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function PricePanel({ title, value, currency }: { title: string; value: Price; currency: string }) {
  return (
    <Panel title={title} note={`${KIND[value.type]}, ${currency} per kWh`}>
      {value.type === 'dynamic' ? (
        <p>
          Taken from the site's readings: {priceSummary(value, currency)}. Each interval has the price that
          was measured for it.
        </p>
      ) : (
        <>
          <PriceStrip value={value} currency={currency} />
          <Windows value={value} currency={currency} />
        </>
      )}
    </Panel>
  );
}

export function TariffView({ tariff }: { tariff: Tariff }) {
  return (
    <>
      <Figures
        items={[
          {
            label: 'Import',
            value: <span className={classes.figure}>{priceSummary(tariff.import, tariff.currency)}</span>,
            note: KIND[tariff.import.type],
          },
          {
            label: 'Export earns',
            value: <span className={classes.figure}>{priceSummary(tariff.export, tariff.currency)}</span>,
            note: tariff.export ? KIND[tariff.export.type] : 'what flows back is not paid',
          },
          {
            label: 'Demand charge',
            value: <span className={classes.figure}>{demandText(tariff)}</span>,
            note: "on the month's highest import",
          },
        ]}
      />
      <PricePanel title="Import price" value={tariff.import} currency={tariff.currency} />
      {tariff.export && <PricePanel title="Export price" value={tariff.export} currency={tariff.currency} />}
      <p className="muted small" style={{ whiteSpace: 'pre-line' }}>
        {tariff.notes && `${tariff.notes}\n`}
        Made on {dateText(tariff.created_at, browserZone)}. A tariff is never edited: a change is a new
        tariff.
      </p>
    </>
  );
}
