import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { IconButton } from '@/ui/controls';
import { Icon } from '@/ui/Icon';
import type { NavItem } from '../nav';
import classes from './shell.module.css';

interface RailProps {
  items: NavItem[];
  collapsed: boolean;
  onToggle: () => void;
}

export function Rail({ items, collapsed, onToggle }: RailProps) {
  return (
    <nav className={classes.rail} aria-label="Main" data-collapsed={collapsed || undefined}>
      <div className={classes.brand}>
        <img src="/icon.svg" width={26} height={26} alt="" />
        <span className={classes.railText}>NQBA</span>
      </div>
      <div className={classes.railItems}>
        {items.map((item, index) => (
          <Fragment key={item.to}>
            {item.group && item.group !== items[index - 1]?.group && (
              <div className={classes.group}>
                <span className={classes.railText}>{item.group}</span>
              </div>
            )}
            <Link
              to={item.to}
              className={classes.railItem}
              activeOptions={{ exact: item.to === '/' }}
              title={collapsed ? item.label : undefined}
            >
              <Icon name={item.icon} />
              <span className={classes.railText}>{item.label}</span>
            </Link>
          </Fragment>
        ))}
      </div>
      <a href="/docs/" className={classes.railItem} title={collapsed ? 'API reference' : undefined}>
        <Icon name="book" />
        <span className={classes.railText}>API reference</span>
      </a>
      <div className={classes.railFoot}>
        <IconButton
          icon={collapsed ? 'expand' : 'collapse'}
          label={collapsed ? 'Widen the navigation' : 'Narrow the navigation'}
          onClick={onToggle}
        />
      </div>
    </nav>
  );
}
