import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { onSessionChange, resume, sessionState } from '@/api/session';
import { holds, meQuery } from '@/features/identity/queries';
import { Forbidden, NotFound, PageFailed, PagePending } from './pages';
import { queryClient } from './queryClient';
import { whyNotLoaded } from './server';
import { Shell } from './shell/Shell';

export interface Crumb {
  label: string;
  to?: string;
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    crumbs?: Crumb[];
    /** Without it the page says whom to ask. */
    permission?: string;
  }
}

/** A page in a file of its own. */
const page = (load: () => Promise<{ default: () => ReactNode }>) =>
  lazyRouteComponent(() => load().catch(whyNotLoaded));

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => ({ to: text(search.to) }),
  beforeLoad: async () => {
    if ((await resume().catch(() => 'signed-out')) === 'signed-in') throw redirect({ to: '/' });
  },
  component: page(() => import('@/features/identity/SignInPage')),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    if ((await resume()) === 'signed-in') return;
    const to = location.href === '/' ? undefined : location.href;
    throw redirect({ to: '/sign-in', search: { to } });
  },
  loader: () => queryClient.ensureQueryData(meQuery),
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});

/** Refuses a page in words before it asks the server for what it will not get. */
const guard = (permission: string) => async () => {
  const me = await queryClient.ensureQueryData(meQuery);
  if (!holds(me, permission)) throw new Forbidden.Needed(permission);
};

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  staticData: { crumbs: [{ label: 'Overview' }] },
  component: page(() => import('@/features/overview/OverviewPage')),
});

const ENERGY: Crumb = { label: 'Energy' };
const SITES: Crumb = { label: 'Sites', to: '/energy/sites' };

const sites = createRoute({
  getParentRoute: () => app,
  path: '/energy/sites',
  validateSearch: (search): { add?: true } => ({ add: search.add === true ? true : undefined }),
  staticData: { crumbs: [ENERGY, SITES] },
  beforeLoad: guard('energy:sites:read'),
  component: page(() => import('@/features/energy/sites/SitesPage')),
});

const site = createRoute({
  getParentRoute: () => app,
  path: '/energy/sites/$siteId',
  validateSearch: (search): { optimise?: true } => ({
    optimise: search.optimise === true ? true : undefined,
  }),
  staticData: { crumbs: [ENERGY, SITES, { label: ':site', to: '/energy/sites/$siteId' }] },
  beforeLoad: guard('energy:sites:read'),
  component: page(() => import('@/features/energy/sites/SiteLayout')),
});

const siteOverview = createRoute({
  getParentRoute: () => site,
  path: '/',
  component: page(() => import('@/features/energy/sites/SiteOverview')),
});
const sitePlan = createRoute({
  getParentRoute: () => site,
  path: '/plan',
  staticData: { crumbs: [{ label: 'Plan' }] },
  validateSearch: (search): { run?: string } => ({ run: text(search.run) }),
  component: page(() => import('@/features/energy/plan/PlanTab')),
});
const siteRuns = createRoute({
  getParentRoute: () => site,
  path: '/runs',
  staticData: { crumbs: [{ label: 'Runs' }] },
  component: page(() => import('@/features/energy/plan/RunsTab')),
});
const siteTariff = createRoute({
  getParentRoute: () => site,
  path: '/tariff',
  staticData: { crumbs: [{ label: 'Tariff' }] },
  component: page(() => import('@/features/energy/tariffs/SiteTariff')),
});
const siteData = createRoute({
  getParentRoute: () => site,
  path: '/data',
  staticData: { crumbs: [{ label: 'Data' }] },
  validateSearch: (search): { upload?: true } => ({ upload: search.upload === true ? true : undefined }),
  component: page(() => import('@/features/energy/data/DataTab')),
});
const siteSettings = createRoute({
  getParentRoute: () => site,
  path: '/settings',
  staticData: { crumbs: [{ label: 'Settings' }] },
  validateSearch: (search): { asset?: string } => ({ asset: text(search.asset) }),
  component: page(() => import('@/features/energy/sites/SettingsTab')),
});

const TARIFFS: Crumb = { label: 'Tariffs', to: '/energy/tariffs' };

const tariffs = createRoute({
  getParentRoute: () => app,
  path: '/energy/tariffs',
  validateSearch: (search): { add?: true; open?: string } => ({
    add: search.add === true ? true : undefined,
    open: text(search.open),
  }),
  staticData: { crumbs: [ENERGY, TARIFFS] },
  beforeLoad: guard('energy:tariffs:read'),
  component: page(() => import('@/features/energy/tariffs/TariffsPage')),
});

const ADMIN: Crumb = { label: 'Administration' };

const users = createRoute({
  getParentRoute: () => app,
  path: '/admin/users',
  validateSearch: (search): { open?: string } => ({ open: text(search.open) }),
  staticData: { crumbs: [ADMIN, { label: 'Users' }] },
  beforeLoad: guard('identity:users:read'),
  component: page(() => import('@/features/admin/UsersPage')),
});

const apiKeys = createRoute({
  getParentRoute: () => app,
  path: '/admin/api-keys',
  validateSearch: (search): { add?: true } => ({ add: search.add === true ? true : undefined }),
  staticData: { crumbs: [ADMIN, { label: 'API keys' }] },
  beforeLoad: guard('identity:api_keys:read'),
  component: page(() => import('@/features/admin/ApiKeysPage')),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: '/admin/audit',
  validateSearch: (search): { open?: string } => ({ open: text(search.open) }),
  staticData: { crumbs: [ADMIN, { label: 'Audit' }] },
  beforeLoad: guard('audit:records:read'),
  component: page(() => import('@/features/admin/AuditPage')),
});

const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  staticData: { crumbs: [{ label: 'Account' }] },
  component: page(() => import('@/features/identity/AccountPage')),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    app.addChildren([
      overview,
      sites,
      site.addChildren([siteOverview, sitePlan, siteRuns, siteTariff, siteData, siteSettings]),
      tariffs,
      users,
      apiKeys,
      audit,
      account,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPendingMs: 200,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

// Whoever is signed out, here or in another tab, leaves for the sign-in page.
onSessionChange(() => {
  if (sessionState() === 'signed-out') void router.invalidate();
});
