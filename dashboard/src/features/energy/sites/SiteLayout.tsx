import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { ApiError } from '@/api/problem';
import { NotFound } from '@/app/pages';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import controls from '@/ui/controls.module.css';
import { Icon } from '@/ui/Icon';
import { Page } from '@/ui/Page';
import { Failed, Skeleton } from '@/ui/States';
import { ended, optimizationsQuery, siteQuery } from '../queries';
import { RunStatus } from '../RunStatus';
import { siteState } from '../words';

const OptimiseDrawer = lazy(() => import('../plan/OptimiseDrawer'));

const TABS = [
  { to: '/energy/sites/$siteId', label: 'Overview' },
  { to: '/energy/sites/$siteId/plan', label: 'Plan' },
  { to: '/energy/sites/$siteId/runs', label: 'Runs' },
  { to: '/energy/sites/$siteId/tariff', label: 'Tariff' },
  { to: '/energy/sites/$siteId/data', label: 'Data' },
  { to: '/energy/sites/$siteId/settings', label: 'Settings' },
] as const;

export default function SiteLayout() {
  const { siteId } = useParams({ from: '/app/energy/sites/$siteId' });
  const { optimise } = useSearch({ from: '/app/energy/sites/$siteId' });
  const navigate = useNavigate({ from: '/energy/sites/$siteId' });
  const path = useLocation({ select: (location) => location.pathname });
  const tabs = useRef<HTMLElement>(null);
  const may = useMay();
  const site = useQuery(siteQuery(siteId));
  const runs = useQuery({ ...optimizationsQuery(siteId), enabled: may('energy:optimizations:read') });
  const current = runs.data?.items.find((run) => !ended(run.status));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the open tab is part of the path
  useEffect(() => {
    tabs.current
      ?.querySelector('[aria-current=page]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path, site.isSuccess]);

  if (site.error instanceof ApiError && site.error.status === 404) return <NotFound />;
  if (site.error) return <Failed error={site.error} what="The site" retry={() => void site.refetch()} />;
  if (!site.data) return <Skeleton height={96} />;

  const state = siteState(site.data);
  return (
    <Page
      title={site.data.name}
      state={
        <>
          {current ? (
            <Link to="/energy/sites/$siteId/plan" params={{ siteId }} search={{ run: current.id }}>
              <RunStatus run={current} />
            </Link>
          ) : (
            <Status tone={state.tone} icon={state.icon}>
              {state.label}
            </Status>
          )}
          {' · '}
          {site.data.time_zone} · last reading{' '}
          <Ago time={site.data.last_reading_at} zone={site.data.time_zone} />
        </>
      }
      action={
        may('energy:optimizations:write') &&
        !state.missing && (
          <Button
            leftSection={<Icon name="run" size={15} />}
            onClick={() => void navigate({ to: '.', search: (old) => ({ ...old, optimise: true }) })}
          >
            Optimise
          </Button>
        )
      }
    >
      <nav ref={tabs} aria-label="Parts of the site" className={controls.tabs}>
        {TABS.map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            params={{ siteId }}
            className={controls.tab}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            {tab.label}
          </Link>
        ))}
      </nav>
      {state.missing && (
        <Status tone="warning" icon="warning">
          <span style={{ whiteSpace: 'normal' }}>{state.missing}</span>
        </Status>
      )}
      <Outlet />
      {optimise && may('energy:optimizations:write') && (
        <Suspense>
          <OptimiseDrawer
            site={site.data}
            onClose={() => void navigate({ to: '.', search: (old) => ({ ...old, optimise: undefined }) })}
          />
        </Suspense>
      )}
    </Page>
  );
}
