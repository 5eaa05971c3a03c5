import { Link } from '@tanstack/react-router';
import type { Optimization, Site } from '@/api/types';
import { steps } from '@/app/live';
import { askedText } from '@/features/energy/plan/asked';
import { stepWords } from '@/features/energy/words';
import { Progress } from '@/ui/controls';
import { percent } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { useStore } from '@/ui/store';
import classes from './overview.module.css';

export function RunningJobs({ runs, sites }: { runs: Optimization[]; sites: Site[] }) {
  const step = useStore(steps);
  return (
    <Panel title="Running now">
      <ul className={classes.jobs}>
        {runs.map((run) => {
          const site = sites.find((each) => each.id === run.site_id);
          const words = run.status === 'queued' ? 'Waiting for a worker' : stepWords(step[run.id]);
          return (
            <li key={run.id}>
              <div className={classes.jobLine}>
                <Link
                  to="/energy/sites/$siteId/plan"
                  params={{ siteId: run.site_id }}
                  search={{ run: run.id }}
                >
                  {site?.name ?? 'Site'}
                </Link>
                <span className="muted">
                  {words}, {percent(run.progress_ratio, 0)}
                </span>
              </div>
              <Progress
                ratio={run.progress_ratio}
                label={`Optimisation of ${site?.name ?? 'a site'}: ${words}`}
              />
              {site && <div className="muted small">{askedText(run, site)}</div>}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
