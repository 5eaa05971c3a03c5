import { Link } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { askedText } from '@/features/energy/plan/asked';
import { RunStatus } from '@/features/energy/RunStatus';
import { Ago } from '@/ui/Ago';
import { Panel } from '@/ui/Page';
import { type Column, Table } from '@/ui/Table';

const columns = (sites: Map<string, Site>): Column<Optimization>[] => [
  {
    key: 'site',
    header: 'Site',
    cell: (run) => (
      <Link to="/energy/sites/$siteId/plan" params={{ siteId: run.site_id }} search={{ run: run.id }}>
        {sites.get(run.site_id)?.name ?? 'a site that was removed'}
      </Link>
    ),
  },
  {
    key: 'asked',
    header: 'Asked for',
    hide: 'narrow',
    cell: (run) => {
      const site = sites.get(run.site_id);
      return site ? askedText(run, site) : null;
    },
  },
  { key: 'status', header: 'Status', cell: (run) => <RunStatus run={run} /> },
  { key: 'when', header: 'When', numeric: true, cell: (run) => <Ago time={run.created_at} /> },
];

export function LatestRuns({ runs, sites }: { runs: Optimization[]; sites: Site[] }) {
  const byId = new Map(sites.map((site) => [site.id, site]));
  return (
    <Panel flush title="Latest optimisations" note="Of all sites, newest first">
      <Table caption="Latest optimisations" columns={columns(byId)} rows={runs} rowKey={(run) => run.id} />
    </Panel>
  );
}
