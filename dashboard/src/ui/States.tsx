import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError, sentenceOf } from '@/api/problem';
import { CopyButton } from './CopyButton';
import { Icon, type IconName } from './Icon';
import classes from './States.module.css';

/** A grey block of the size of what is to come. */
export function Skeleton({ height, width = '100%' }: { height: number | string; width?: number | string }) {
  return <div className={classes.skeleton} style={{ height, width }} data-loading aria-hidden="true" />;
}

export function SkeletonRows({ rows = 5 }: { rows?: number }) {
  return (
    <div className={classes.rows} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike
        <Skeleton key={index} height={44} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** What this is, why it is empty, and the one thing to do. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.empty}>
      <span className={classes.mark}>
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      <p className={classes.text}>{children}</p>
      {action}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  what: string;
  retry?: () => void;
}

/** A part that could not be shown; the rest of the page lives. */
export function Failed({ error, what, retry }: FailedProps) {
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <div className={classes.failed} role="alert">
      <Icon name="error" size={20} />
      <div className={classes.failedText}>
        <strong>{what} could not be shown.</strong> <span>{sentenceOf(error)}</span>
        {id && (
          <div className={classes.request}>
            Request <code>{id}</code> <CopyButton value={id} label="Copy the request id" />
          </div>
        )}
      </div>
      {retry && (
        <Button variant="default" size="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
