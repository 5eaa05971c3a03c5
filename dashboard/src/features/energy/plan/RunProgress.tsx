import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { Optimization, Site } from '@/api/types';
import { steps } from '@/app/live';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Progress } from '@/ui/controls';
import { percent } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { useStore } from '@/ui/store';
import { tell } from '@/ui/toast';
import { stepWords } from '../words';
import { askedText } from './asked';
import classes from './plan.module.css';

/** A run that goes on, whether somebody looks or not. */
export function RunProgress({ site, run }: { site: Site; run: Optimization }) {
  const client = useQueryClient();
  const may = useMay();
  const step = useStore(steps)[run.id];
  const cancel = useMutation({
    mutationFn: () =>
      body(api.DELETE('/api/v1/energy/optimizations/{id}', { params: { path: { id: run.id } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['optimization', run.id] });
      void client.invalidateQueries({ queryKey: ['optimizations'] });
      tell('The run was cancelled.');
    },
    onError: (error) => tell(sentenceOf(error), 'bad'),
  });
  const words = run.status === 'queued' ? 'Waiting for a worker' : stepWords(step);
  return (
    <Panel
      title="Planning"
      note={askedText(run, site)}
      action={
        may('energy:optimizations:write') && (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel run
          </Button>
        )
      }
    >
      <div className={classes.progress} aria-live="polite">
        <div className={classes.progressLine}>
          <strong>{words}</strong>
          <span>{percent(run.progress_ratio, 0)}</span>
        </div>
        <Progress ratio={run.progress_ratio} label={words} />
        <p className="muted small">
          Asked for <Ago time={run.created_at} zone={site.time_zone} />. At most{' '}
          {run.request.time_limit_s ?? 30} s of solving. You may leave this page; the run goes on.
        </p>
      </div>
    </Panel>
  );
}
