import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { holds, meQuery } from '@/features/identity/queries';
import { IconButton } from '@/ui/controls';
import { Icon } from '@/ui/Icon';
import { Toaster } from '@/ui/toast';
import { useLive } from '../live';
import { NAV } from '../nav';
import { BottomBar } from './BottomBar';
import { Breadcrumb } from './Breadcrumb';
import { LiveIndicator } from './LiveIndicator';
import { Rail } from './Rail';
import classes from './shell.module.css';
import { UserMenu } from './UserMenu';
import { useKeys } from './useKeys';

const Palette = lazy(() => import('./Palette'));
const KeysHelp = lazy(() => import('./KeysHelp'));

export function Shell() {
  const { data: me } = useQuery(meQuery);
  const [collapsed, setCollapsed] = useState(() => localStorage.getItem('nqba.rail') === 'narrow');
  const [overlay, setOverlay] = useState<'palette' | 'keys' | null>(null);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark';
  const items = NAV.filter((item) => !item.permission || holds(me, item.permission));

  useLive(holds(me, 'events:stream:read'));
  useKeys(items, setOverlay);

  const toggle = () => {
    localStorage.setItem('nqba.rail', collapsed ? 'wide' : 'narrow');
    setCollapsed(!collapsed);
  };

  return (
    <div className={classes.shell} data-collapsed={collapsed || undefined}>
      <a href="#content" className={classes.skip}>
        Skip to the content
      </a>
      <Rail items={items} collapsed={collapsed} onToggle={toggle} />
      <div className={classes.main}>
        <header className={classes.bar}>
          <Breadcrumb />
          <div className={classes.barTools}>
            <button
              type="button"
              className={classes.searchButton}
              aria-label="Go to a page or a site"
              onClick={() => setOverlay('palette')}
            >
              <Icon name="search" size={16} />
              <span>Go to</span>
              <kbd>Ctrl K</kbd>
            </button>
            <LiveIndicator />
            <IconButton
              key={colorScheme}
              icon={dark ? 'sun' : 'moon'}
              label={dark ? 'Use the light scheme' : 'Use the dark scheme'}
              onClick={() => setColorScheme(dark ? 'light' : 'dark')}
            />
            <UserMenu />
          </div>
        </header>
        <main id="content" className={classes.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <BottomBar items={items} />
      <Suspense>
        {overlay === 'palette' && <Palette items={items} onClose={() => setOverlay(null)} />}
        {overlay === 'keys' && <KeysHelp items={items} onClose={() => setOverlay(null)} />}
      </Suspense>
      <Toaster />
    </div>
  );
}
