import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Optimization, Site } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { count, money, moneyFull, quantity } from '@/ui/format';
import { type Figure, Figures, Panel } from '@/ui/Page';
import { Failed, Skeleton } from '@/ui/States';
import { dateTimeText } from '@/ui/zone';
import { periodText } from '../plan/asked';
import { assetsQuery, optimizationsQuery } from '../queries';
import { AssetMap } from './AssetMap';
import { useSite } from './useSite';

const ReadingsChart = lazy(() => import('../data/ReadingsChart'));

function figuresOf(site: Site, run: Optimization | undefined): Figure[] {
  const grid: Figure[] = [
    {
      label: 'Grid connection',
      value: quantity(site.grid.import_max_kw, 'kW'),
      note: site.grid.export_max_kw > 0 ? `export ${quantity(site.grid.export_max_kw, 'kW')}` : 'no export',
    },
  ];
  if (!run?.summary) {
    return [
      ...grid,
      { label: 'Assets', value: count(site.asset_count), note: 'planned together' },
      {
        label: 'Last reading',
        value: <Ago time={site.last_reading_at} zone={site.time_zone} />,
        note: site.last_reading_at
          ? dateTimeText(site.last_reading_at, site.time_zone)
          : 'no channel has been fed',
      },
    ];
  }
  const { summary } = run;
  const when = (
    <>
      {periodText(run, site)}; made <Ago time={run.ended_at} zone={site.time_zone} />
    </>
  );
  return [
    {
      label: 'Last plan saves, no control',
      value: money(summary.none_total - summary.cost_total, summary.currency),
      title: moneyFull(summary.none_total - summary.cost_total, summary.currency),
      note: `no control costs ${moneyFull(summary.none_total, summary.currency)}`,
    },
    {
      label: 'Last plan saves, rule',
      value: money(summary.rule_total - summary.cost_total, summary.currency),
      title: moneyFull(summary.rule_total - summary.cost_total, summary.currency),
      note: `the rule costs ${moneyFull(summary.rule_total, summary.currency)}`,
    },
    {
      label: 'Cost of the last plan',
      value: money(summary.cost_total, summary.currency),
      title: moneyFull(summary.cost_total, summary.currency),
      note: when,
    },
    { label: 'Highest import planned', value: quantity(summary.peak_kw, 'kW'), note: 'in the last plan' },
    ...grid,
  ];
}

export default function SiteOverview() {
  const site = useSite();
  const may = useMay();
  const assets = useQuery(assetsQuery(site.id));
  const runs = useQuery({ ...optimizationsQuery(site.id), enabled: may('energy:optimizations:read') });
  const latest = runs.data?.items.find((run) => run.summary);
  return (
    <>
      {runs.isLoading ? <Skeleton height={84} /> : <Figures items={figuresOf(site, latest)} />}
      <Panel
        title="Connection and assets"
        note={latest ? undefined : 'No plan yet: Optimise makes the first'}
        action={
          may('energy:sites:write') && (
            <Link to="/energy/sites/$siteId/settings" params={{ siteId: site.id }}>
              Edit assets
            </Link>
          )
        }
      >
        {assets.isPending && <Skeleton height={220} />}
        {assets.error && (
          <Failed error={assets.error} what="The assets" retry={() => void assets.refetch()} />
        )}
        {assets.data && <AssetMap site={site} assets={assets.data} />}
      </Panel>
      {site.last_reading_at && may('energy:readings:read') && (
        <Suspense fallback={<Skeleton height={380} />}>
          <ReadingsChart site={site} />
        </Suspense>
      )}
      {site.notes && (
        <Panel title="Notes">
          <p style={{ whiteSpace: 'pre-line', maxWidth: '80ch' }}>{site.notes}</p>
        </Panel>
      )}
    </>
  );
}
