import type { Optimization } from '@/api/types';
import { Status } from '@/ui/controls';
import { percent } from '@/ui/format';
import { RUN } from './words';

export function RunStatus({ run }: { run: Optimization }) {
  const words = RUN[run.status];
  return (
    <Status tone={words.tone} icon={words.icon}>
      {words.label}
      {run.status === 'running' && ` ${percent(run.progress_ratio, 0)}`}
    </Status>
  );
}
