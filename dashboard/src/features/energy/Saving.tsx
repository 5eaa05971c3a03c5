import { money, moneyFull } from '@/ui/format';

/** A saving in money: a minus means dearer, and is said so. */
export function Saving({ amount, currency }: { amount: number; currency: string }) {
  return (
    <span title={moneyFull(amount, currency)}>
      {money(amount, currency)}
      {amount < -0.005 && <span className="muted small"> dearer</span>}
    </span>
  );
}
