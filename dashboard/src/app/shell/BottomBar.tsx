import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '@/ui/Dialog';
import { Icon } from '@/ui/Icon';
import type { NavItem } from '../nav';
import classes from './shell.module.css';

/** The narrow screen's navigation: the first items, and a sheet with the rest. */
export function BottomBar({ items }: { items: NavItem[] }) {
  const [open, setOpen] = useState(false);
  const first = items.slice(0, 3);
  const rest = items.slice(3);
  return (
    <nav className={classes.bottom} aria-label="Main, narrow">
      {first.map((item) => (
        <Link
          key={item.to}
          to={item.to}
          className={classes.bottomItem}
          activeOptions={{ exact: item.to === '/' }}
        >
          <Icon name={item.icon} size={20} />
          {item.label}
        </Link>
      ))}
      <button type="button" className={classes.bottomItem} aria-expanded={open} onClick={() => setOpen(true)}>
        <Icon name="menu" size={20} />
        More
      </button>
      {open && (
        <Dialog title="More" kind="sheet" onClose={() => setOpen(false)}>
          <div className={classes.sheet}>
            {rest.map((item) => (
              <Link key={item.to} to={item.to} className={classes.railItem} onClick={() => setOpen(false)}>
                <Icon name={item.icon} /> {item.label}
              </Link>
            ))}
            <a href="/docs/" className={classes.railItem}>
              <Icon name="book" /> API reference
            </a>
          </div>
        </Dialog>
      )}
    </nav>
  );
}
