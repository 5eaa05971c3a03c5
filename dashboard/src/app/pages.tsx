import { Button } from '@mantine/core';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Empty, Failed, Skeleton } from '@/ui/States';
import { isNotLoaded, reloadIfAnswered } from './server';

class Needed extends Error {
  constructor(readonly permission: string) {
    super(`This page needs the permission ${permission}.`);
  }
}

/** The page of something that exists and is not for this person. */
export function Forbidden({ permission }: { permission: string }) {
  return (
    <Empty icon="key" title="This page is not part of your roles">
      It needs the permission <code>{permission}</code>. Ask a founder, or an architect of the group, to give
      you a role that holds it.
    </Empty>
  );
}
Forbidden.Needed = Needed;

export function NotFound() {
  return (
    <Empty
      icon="search"
      title="There is no such page"
      action={
        <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
          Go to Overview
        </Button>
      }
    >
      The address may be old, or what it named was removed.
    </Empty>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof Needed) return <Forbidden permission={error.permission} />;
  const retry = () => {
    if (isNotLoaded(error)) return void reloadIfAnswered();
    reset();
    void router.invalidate();
  };
  return <Failed error={error} what="This page" retry={retry} />;
}

export function PagePending() {
  return (
    <div role="status" aria-label="Loading" style={{ display: 'grid', gap: 16 }}>
      <Skeleton height={28} width={220} />
      <Skeleton height={72} />
      <Skeleton height={320} />
    </div>
  );
}
