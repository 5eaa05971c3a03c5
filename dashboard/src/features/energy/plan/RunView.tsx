import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Panel } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { PlanView } from './PlanView';
import { RunFailed } from './RunFailed';
import { RunProgress } from './RunProgress';

export function RunView({ site, run }: { site: Site; run: Optimization }) {
  const may = useMay();
  const navigate = useNavigate({ from: '/energy/sites/$siteId/plan' });
  if (run.result) return <PlanView site={site} run={run} result={run.result} />;
  if (run.status === 'failed') return <RunFailed site={site} run={run} />;
  if (run.status === 'cancelled') {
    return (
      <Panel>
        <Empty
          icon="stop"
          title="This run was cancelled"
          action={
            may('energy:optimizations:write') && (
              <Button onClick={() => void navigate({ search: { optimise: true } })}>Optimise again</Button>
            )
          }
        >
          It ended before a plan was found; nothing was stored.
        </Empty>
      </Panel>
    );
  }
  return <RunProgress site={site} run={run} />;
}
