import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '@/features/identity/queries';
import { Empty, Failed, Skeleton } from '@/ui/States';
import { ended, optimizationQuery, optimizationsQuery } from '../queries';
import { useSite } from '../sites/useSite';
import { siteState } from '../words';
import { RunView } from './RunView';

/** The chosen run; else the one that runs now; else the latest plan. */
export default function PlanTab() {
  const site = useSite();
  const may = useMay();
  const { run } = useSearch({ from: '/app/energy/sites/$siteId/plan' });
  const navigate = useNavigate({ from: '/energy/sites/$siteId/plan' });
  const runs = useQuery({ ...optimizationsQuery(site.id), enabled: !run });
  const items = runs.data?.items ?? [];
  const id =
    run ??
    (
      items.find((each) => !ended(each.status)) ??
      items.find((each) => each.status === 'succeeded') ??
      items[0]
    )?.id;
  const chosen = useQuery({ ...optimizationQuery(id ?? ''), enabled: Boolean(id) });

  if (runs.error && !run) {
    return <Failed error={runs.error} what="The runs" retry={() => void runs.refetch()} />;
  }
  if (chosen.error)
    return <Failed error={chosen.error} what="The plan" retry={() => void chosen.refetch()} />;
  if (!id && runs.isSuccess) {
    const able = may('energy:optimizations:write') && !siteState(site).missing;
    return (
      <Empty
        icon="run"
        title="No plan yet"
        action={
          able && <Button onClick={() => void navigate({ search: { optimise: true } })}>Optimise</Button>
        }
      >
        A plan says for every step what to import, store and shift, and what that saves against no control and
        against a simple rule.
      </Empty>
    );
  }
  if (!chosen.data) return <Skeleton height={480} />;
  return <RunView site={site} run={chosen.data} />;
}
