import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { Ago } from '@/ui/Ago';
import { duration, money, moneyFull } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { runsQuery } from '../queries';
import { RunStatus } from '../RunStatus';
import { Saving } from '../Saving';
import { useSite } from '../sites/useSite';
import { OBJECTIVE } from '../words';
import { periodText } from './asked';

const columns = (site: Site): Column<Optimization>[] => [
  {
    key: 'period',
    header: 'Planned period',
    cell: (run) => (
      <Link to="/energy/sites/$siteId/plan" params={{ siteId: site.id }} search={{ run: run.id }}>
        {periodText(run, site)}
      </Link>
    ),
  },
  { key: 'status', header: 'Status', sort: (run) => run.status, cell: (run) => <RunStatus run={run} /> },
  {
    key: 'objective',
    header: 'Least',
    hide: 'medium',
    cell: (run) => OBJECTIVE[run.request.objective ?? 'cost'],
  },
  {
    key: 'cost',
    header: 'Cost',
    numeric: true,
    hide: 'narrow',
    sort: (run) => run.summary?.cost_total,
    cell: (run) =>
      run.summary && (
        <span title={moneyFull(run.summary.cost_total, run.summary.currency)}>
          {money(run.summary.cost_total, run.summary.currency)}
        </span>
      ),
  },
  {
    key: 'none',
    header: 'Saves, no control',
    numeric: true,
    sort: (run) => run.summary && run.summary.none_total - run.summary.cost_total,
    cell: (run) =>
      run.summary && (
        <Saving amount={run.summary.none_total - run.summary.cost_total} currency={run.summary.currency} />
      ),
  },
  {
    key: 'rule',
    header: 'Saves, rule',
    numeric: true,
    hide: 'narrow',
    sort: (run) => run.summary && run.summary.rule_total - run.summary.cost_total,
    cell: (run) =>
      run.summary && (
        <Saving amount={run.summary.rule_total - run.summary.cost_total} currency={run.summary.currency} />
      ),
  },
  {
    key: 'solve',
    header: 'Solved in',
    numeric: true,
    hide: 'medium',
    sort: (run) => run.summary?.solve_ms,
    cell: (run) => run.summary && duration(run.summary.solve_ms),
  },
  {
    key: 'asked',
    header: 'Asked',
    numeric: true,
    hide: 'narrow',
    sort: (run) => run.created_at,
    cell: (run) => <Ago time={run.created_at} zone={site.time_zone} />,
  },
];

export default function RunsTab() {
  const site = useSite();
  const runs = useInfiniteQuery(runsQuery(site.id));
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel flush title="Runs" note="Every optimisation of this site, newest first">
      {runs.isPending && <SkeletonRows />}
      {runs.error && <Failed error={runs.error} what="The runs" retry={() => void runs.refetch()} />}
      {runs.isSuccess && items.length === 0 && (
        <Empty icon="run" title="No run yet">
          Each optimisation of this site is kept here with its cost and what it saves.
        </Empty>
      )}
      {items.length > 0 && (
        <Table
          caption="Runs"
          columns={columns(site)}
          rows={items}
          rowKey={(run) => run.id}
          footer={
            runs.hasNextPage && (
              <Button
                variant="default"
                size="xs"
                loading={runs.isFetchingNextPage}
                onClick={() => void runs.fetchNextPage()}
              >
                Show older runs
              </Button>
            )
          }
        />
      )}
    </Panel>
  );
}
