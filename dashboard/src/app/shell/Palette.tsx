import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { sitesQuery } from '@/features/energy/queries';
import { Dialog } from '@/ui/Dialog';
import { Icon, type IconName } from '@/ui/Icon';
import type { NavItem } from '../nav';
import classes from './overlay.module.css';

interface Entry {
  label: string;
  hint: string;
  icon: IconName;
  go: () => void;
}

export default function Palette({ items, onClose }: { items: NavItem[]; onClose: () => void }) {
  const navigate = useNavigate();
  const mayReadSites = items.some((item) => item.to === '/energy/sites');
  const sites = useQuery({ ...sitesQuery, enabled: mayReadSites });
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);

  const entries = useMemo(() => {
    const pages: Entry[] = items.map((item) => ({
      label: item.label,
      hint: item.group ?? 'Page',
      icon: item.icon,
      go: () => void navigate({ to: item.to }),
    }));
    pages.push({
      label: 'Account',
      hint: 'Sessions and password',
      icon: 'user',
      go: () => void navigate({ to: '/account' }),
    });
    const places = (sites.data ?? []).flatMap((site): Entry[] => [
      {
        label: site.name,
        hint: 'Site',
        icon: 'site',
        go: () => void navigate({ to: '/energy/sites/$siteId', params: { siteId: site.id } }),
      },
      {
        label: `${site.name}: plan`,
        hint: 'Latest plan',
        icon: 'run',
        go: () => void navigate({ to: '/energy/sites/$siteId/plan', params: { siteId: site.id } }),
      },
    ]);
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return [...pages, ...places].filter((entry) =>
      words.every((word) => `${entry.label} ${entry.hint}`.toLowerCase().includes(word)),
    );
  }, [items, sites.data, text, navigate]);

  const chosen = entries[Math.min(at, entries.length - 1)];
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.go();
  };

  return (
    <Dialog title="Go to" kind="modal" onClose={onClose}>
      <input
        className={classes.paletteInput}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen ? `palette-${entries.indexOf(chosen)}` : undefined}
        aria-label="Page or site"
        placeholder="Page or site"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (step) {
            event.preventDefault();
            setAt((at + step + entries.length) % Math.max(1, entries.length));
          }
          if (event.key === 'Enter') choose(chosen);
        }}
      />
      <div id="palette-list" role="listbox" aria-label="Pages and sites" className={classes.paletteList}>
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the focus and the keys
          <div
            key={`${entry.hint} ${entry.label}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={entry === chosen}
            className={classes.paletteEntry}
            onClick={() => choose(entry)}
          >
            <Icon name={entry.icon} size={16} />
            <span>{entry.label}</span>
            <span className="muted small">{entry.hint}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="muted">Nothing is called that.</p>}
    </Dialog>
  );
}
