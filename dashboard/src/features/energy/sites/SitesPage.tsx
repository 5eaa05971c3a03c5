import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Optimization, Site } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { count, plural } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Page, Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { optimizationsQuery, sitesQuery, tariffsQuery } from '../queries';
import { Saving } from '../Saving';
import { siteState } from '../words';

const SiteDrawer = lazy(() => import('./SiteDrawer'));

function columns(tariff: Map<string, string>, latest: Map<string, Optimization>): Column<Site>[] {
  const saving = (site: Site) => {
    const summary = latest.get(site.id)?.summary;
    return summary ? summary.none_total - summary.cost_total : null;
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
      key: 'team',
      header: 'Team',
      hide: 'narrow',
      sort: (site) => site.team,
      cell: (site) => site.team ?? <span className="muted">none</span>,
    },
    {
      key: 'tariff',
      header: 'Tariff',
      hide: 'medium',
      cell: (site) => (site.tariff_id && tariff.get(site.tariff_id)) || <span className="muted">none</span>,
    },
    {
      key: 'assets',
      header: 'Assets',
      numeric: true,
      hide: 'narrow',
      sort: (site) => site.asset_count,
      cell: (site) => count(site.asset_count),
    },
    {
      key: 'reading',
      header: 'Last reading',
      numeric: true,
      hide: 'narrow',
      sort: (site) => site.last_reading_at,
      cell: (site) => <Ago time={site.last_reading_at} zone={site.time_zone} />,
    },
    {
      key: 'saving',
      header: 'Last plan saves',
      numeric: true,
      sort: saving,
      cell: (site) => {
        const amount = saving(site);
        const run = latest.get(site.id);
        if (amount === null || !run?.summary) return <span className="muted">no plan yet</span>;
        return (
          <>
            <Saving amount={amount} currency={run.summary.currency} />
            <div className="muted small">in {run.request.hours ?? 24} h, against no control</div>
          </>
        );
      },
    },
  ];
}

export default function SitesPage() {
  const may = useMay();
  const navigate = useNavigate({ from: '/energy/sites' });
  const { add } = useSearch({ from: '/app/energy/sites' });
  const sites = useQuery(sitesQuery);
  const tariffs = useQuery({ ...tariffsQuery, enabled: may('energy:tariffs:read') });
  const runs = useQuery({ ...optimizationsQuery(undefined, 200), enabled: may('energy:optimizations:read') });
  const mayWrite = may('energy:sites:write');

  const latest = new Map<string, Optimization>();
  for (const run of runs.data?.items ?? [])
    if (run.summary && !latest.has(run.site_id)) latest.set(run.site_id, run);
  const names = new Map((tariffs.data ?? []).map((tariff) => [tariff.id, tariff.name]));
  const open = () => void navigate({ search: { add: true } });

  return (
    <Page
      title="Sites"
      state={sites.data && `${plural(sites.data.length, 'site')} of the energy unit`}
      action={
        mayWrite && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={open}>
            Add site
          </Button>
        )
      }
    >
      <Panel flush>
        {sites.isPending && <SkeletonRows rows={4} />}
        {sites.error && <Failed error={sites.error} what="The sites" retry={() => void sites.refetch()} />}
        {sites.data?.length === 0 && (
          <Empty
            icon="site"
            title="No site yet"
            action={mayWrite && <Button onClick={open}>Add site</Button>}
          >
            A site is a place with one grid connection: its loads, solar, batteries and vehicles are planned
            together against its tariff.
          </Empty>
        )}
        {sites.data && sites.data.length > 0 && (
          <Table
            caption="Sites"
            columns={columns(names, latest)}
            rows={sites.data}
            rowKey={(site) => site.id}
            initialSort={{ key: 'name', descending: false }}
          />
        )}
      </Panel>
      {add && mayWrite && (
        <Suspense>
          <SiteDrawer onClose={() => void navigate({ search: {} })} />
        </Suspense>
      )}
    </Page>
  );
}
