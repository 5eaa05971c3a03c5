import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { Optimization, Site, Violation } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Icon } from '@/ui/Icon';
import { Panel } from '@/ui/Page';
import { dateTimeText } from '@/ui/zone';
import { askedText } from './asked';
import classes from './plan.module.css';

function violationsOf(run: Optimization): Violation[] {
  const detail = run.error?.detail as { violations?: Violation[] } | null | undefined;
  return Array.isArray(detail?.violations) ? detail.violations : [];
}

function whenOf(violation: Violation, run: Optimization, site: Site): string | null {
  if (!run.request.start) return null;
  const at = (step: number) =>
    dateTimeText(Date.parse(run.request.start ?? '') + step * site.step_s * 1000, site.time_zone);
  return `${at(violation.from_step)} to ${at(violation.to_step)}`;
}

/** Why there is no plan: what cannot hold together, in words. */
export function RunFailed({ site, run }: { site: Site; run: Optimization }) {
  const may = useMay();
  const navigate = useNavigate({ from: '/energy/sites/$siteId/plan' });
  const violations = violationsOf(run);
  return (
    <Panel
      title={run.error?.code === 'infeasible' ? 'No plan can meet all requirements' : 'The run failed'}
      note={askedText(run, site)}
      action={
        may('energy:optimizations:write') && (
          <Button variant="default" onClick={() => void navigate({ search: { optimise: true } })}>
            Optimise again
          </Button>
        )
      }
    >
      <p>
        {violations.length > 1
          ? `${violations.length} requirements cannot hold together.`
          : (run.error?.message ?? 'The run ended without a plan and gave no reason.')}
      </p>
      {violations.length > 0 && (
        <>
          <h3 className={classes.subhead}>What cannot hold together</h3>
          <ul className={classes.violations}>
            {violations.map((violation) => (
              <li key={`${violation.asset} ${violation.limit} ${violation.from_step}`}>
                <Icon name="warning" size={16} />
                <div>
                  {violation.message}
                  <div className="muted small">{whenOf(violation, run, site)}</div>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
