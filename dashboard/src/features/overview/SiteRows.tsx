import { Link } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { periodText } from '@/features/energy/plan/asked';
import { Saving } from '@/features/energy/Saving';
import { siteState } from '@/features/energy/words';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { money, moneyFull, quantity } from '@/ui/format';
import { type Column, Table } from '@/ui/Table';

const columns = (latest: Map<string, Optimization>): Column<Site>[] => {
  const plan = (site: Site) => latest.get(site.id);
  const saving = (site: Site, base: 'none_total' | 'rule_total') => {
    const summary = plan(site)?.summary;
    return summary ? summary[base] - summary.cost_total : null;
  };
  const amount = (site: Site, base: 'none_total' | 'rule_total') => {
    const summary = plan(site)?.summary;
    if (!summary) return <span className="muted">–</span>;
    return (
      <>
        <Saving amount={summary[base] - summary.cost_total} currency={summary.currency} />
        <div className="muted small">against {moneyFull(summary[base], summary.currency)}</div>
      </>
    );
  };
  return [
    {
      key: 'name',
      header: 'Site',
      sort: (site) => site.name,
      cell: (site) => (
        <Link to="/energy/sites/$siteId" params={{ siteId: site.id }}>
          {site.name}
        </Link>
      ),
    },
    {
      key: 'state',
      header: 'State',
      hide: 'narrow',
      sort: (site) => siteState(site).label,
      cell: (site) => {
        const state = siteState(site);
        return (
          <Status tone={state.tone} icon={state.icon}>
            {state.label}
          </Status>
        );
      },
    },
    {
      key: 'plan',
      header: 'Last plan',
      sort: (site) => plan(site)?.ended_at,
      cell: (site) => {
        const run = plan(site);
        if (!run) return <span className="muted">no plan yet</span>;
        return (
          <>
            <Link
              className="whole"
              to="/energy/sites/$siteId/plan"
              params={{ siteId: site.id }}
              search={{ run: run.id }}
            >
              {periodText(run, site)}
            </Link>
            <div className="muted small whole">
              made <Ago time={run.ended_at} />
            </div>
          </>
        );
      },
    },
    {
      key: 'none',
      header: 'Saves, no control',
      numeric: true,
      sort: (site) => saving(site, 'none_total'),
      cell: (site) => amount(site, 'none_total'),
    },
    {
      key: 'rule',
      header: 'Saves, rule',
      numeric: true,
      hide: 'narrow',
      sort: (site) => saving(site, 'rule_total'),
      cell: (site) => amount(site, 'rule_total'),
    },
    {
      key: 'cost',
      header: 'Cost',
      numeric: true,
      hide: 'medium',
      cell: (site) => {
        const summary = plan(site)?.summary;
        return summary ? (
          <span title={moneyFull(summary.cost_total, summary.currency)}>
            {money(summary.cost_total, summary.currency)}
          </span>
        ) : (
          <span className="muted">–</span>
        );
      },
    },
    {
      key: 'peak',
      header: 'Highest import',
      numeric: true,
      hide: 'medium',
      cell: (site) => quantity(plan(site)?.summary?.peak_kw, 'kW'),
    },
    {
      key: 'reading',
      header: 'Last reading',
      numeric: true,
      hide: 'medium',
      sort: (site) => site.last_reading_at,
      cell: (site) => <Ago time={site.last_reading_at} zone={site.time_zone} />,
    },
  ];
};

export function SiteRows({ sites, latest }: { sites: Site[]; latest: Map<string, Optimization> }) {
  return (
    <Table
      caption="Sites with their last plans"
      columns={columns(latest)}
      rows={sites}
      rowKey={(site) => site.id}
      initialSort={{ key: 'name', descending: false }}
    />
  );
}
