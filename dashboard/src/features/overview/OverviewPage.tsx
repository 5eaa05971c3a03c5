import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { ended, optimizationsQuery, sitesQuery } from '@/features/energy/queries';
import { siteState } from '@/features/energy/words';
import { useMay } from '@/features/identity/queries';
import { plural } from '@/ui/format';
import { Page, Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { LatestRuns } from './LatestRuns';
import { RunningJobs } from './RunningJobs';
import { SiteRows } from './SiteRows';

function stateText(sites: Site[], running: number): string {
  const ready = sites.filter((site) => !siteState(site).missing).length;
  const jobs = running > 0 ? `; ${plural(running, 'optimisation')} running` : '';
  return `Energy: ${ready} of ${plural(sites.length, 'site')} ready to plan${jobs}`;
}

/** What exists now: sites, their last plans, what runs. */
export default function OverviewPage() {
  const may = useMay();
  const mayRead = may('energy:sites:read');
  const sites = useQuery({ ...sitesQuery, enabled: mayRead });
  const runs = useQuery({ ...optimizationsQuery(undefined, 200), enabled: may('energy:optimizations:read') });
  const items = runs.data?.items ?? [];
  const running = items.filter((run) => !ended(run.status));
  const latest = new Map<string, Optimization>();
  for (const run of items) if (run.summary && !latest.has(run.site_id)) latest.set(run.site_id, run);

  return (
    <Page title="Overview" state={sites.data && stateText(sites.data, running.length)}>
      {!mayRead && (
        <Panel>
          <Empty icon="overview" title="Nothing of the group is open to you yet">
            Your roles hold no permission to read a unit. Ask a founder to give you one.
          </Empty>
        </Panel>
      )}
      {running.length > 0 && <RunningJobs runs={running} sites={sites.data ?? []} />}
      {mayRead && (
        <Panel flush title="Sites" note="State, last plan and what it saves">
          {sites.isPending && <SkeletonRows rows={4} />}
          {sites.error && <Failed error={sites.error} what="The sites" retry={() => void sites.refetch()} />}
          {runs.error && <Failed error={runs.error} what="The plans" retry={() => void runs.refetch()} />}
          {sites.data?.length === 0 && (
            <Empty
              icon="site"
              title="No site yet"
              action={
                may('energy:sites:write') && (
                  <Button
                    renderRoot={(props) => <Link to="/energy/sites" search={{ add: true }} {...props} />}
                  >
                    Add site
                  </Button>
                )
              }
            >
              The energy unit plans the day of a site: add one with its connection, tariff and assets.
            </Empty>
          )}
          {sites.data && sites.data.length > 0 && <SiteRows sites={sites.data} latest={latest} />}
        </Panel>
      )}
      {sites.data && items.length > 0 && <LatestRuns runs={items.slice(0, 6)} sites={sites.data} />}
    </Page>
  );
}
