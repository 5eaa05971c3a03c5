import { type ReactNode, useEffect } from 'react';
import classes from './Page.module.css';

interface PageProps {
  title: string;
  /** What it is or how it stands, in words. */
  state?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** Title line, then the page's parts. */
export function Page({ title, state, action, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · NQBA`;
  }, [title]);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.titles}>
          <h1>{title}</h1>
          {state && <div className={classes.state}>{state}</div>}
        </div>
        {action && <div className={classes.actions}>{action}</div>}
      </header>
      {children}
    </div>
  );
}

interface PanelProps {
  title?: string;
  note?: ReactNode;
  action?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

export function Panel({ title, note, action, flush, children }: PanelProps) {
  return (
    <section className={classes.panel} aria-label={title} data-flush={flush || undefined}>
      {(title || action) && (
        <div className={classes.panelHead}>
          <div>
            {title && <h2 className={classes.panelTitle}>{title}</h2>}
            {note && <p className={classes.note}>{note}</p>}
          </div>
          {action && <div className={classes.actions}>{action}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export interface Figure {
  label: string;
  value: ReactNode;
  /** The full value. */
  title?: string;
  /** Against what, over what, how old. */
  note?: ReactNode;
  tone?: 'good' | 'bad';
}

/** At most five key figures. */
export function Figures({ items }: { items: Figure[] }) {
  return (
    <dl className={classes.figures}>
      {items.map((item) => (
        <div key={item.label} className={classes.figure}>
          <dt>{item.label}</dt>
          <dd className={classes.value} data-tone={item.tone} title={item.title}>
            {item.value}
          </dd>
          {item.note && <dd className={classes.figureNote}>{item.note}</dd>}
        </div>
      ))}
    </dl>
  );
}
