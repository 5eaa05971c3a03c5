import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { AuditRecord } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Status, type Tone } from '@/ui/controls';
import { csv, downloadText } from '@/ui/download';
import { duration } from '@/ui/format';
import { Icon, type IconName } from '@/ui/Icon';
import { Page, Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { AuditDrawer } from './AuditDrawer';
import classes from './admin.module.css';
import { apiKeysQuery, auditQuery, usersQuery } from './queries';

const OUTCOME: Record<string, { label: string; tone: Tone; icon: IconName }> = {
  open: { label: 'Open', tone: 'info', icon: 'clock' },
  succeeded: { label: 'Done', tone: 'good', icon: 'check' },
  refused: { label: 'Refused', tone: 'warning', icon: 'warning' },
  failed: { label: 'Failed', tone: 'bad', icon: 'error' },
};

export function Outcome({ record }: { record: AuditRecord }) {
  const words = OUTCOME[record.outcome] ?? {
    label: record.outcome,
    tone: 'idle' as const,
    icon: 'dash' as const,
  };
  return (
    <Status tone={words.tone} icon={words.icon}>
      {words.label}
      {record.status && record.outcome !== 'succeeded' ? ` (${record.status})` : ''}
    </Status>
  );
}

/** Who a record is of: a sign-in is called by nobody yet, and tells whose session it made. */
function actorOf(record: AuditRecord): string | null | undefined {
  if (record.operation !== 'sessions_create' || record.outcome !== 'succeeded') return record.actor_id;
  const made = record.after as { user_id?: string } | null | undefined;
  return record.actor_id ?? made?.user_id;
}

const columns = (who: (record: AuditRecord) => string): Column<AuditRecord>[] => [
  {
    key: 'time',
    header: 'When',
    cell: (record) => (
      <span className={classes.when}>
        <Ago time={record.time} />
      </span>
    ),
  },
  { key: 'who', header: 'Who', cell: who },
  {
    key: 'what',
    header: 'What',
    cell: (record) => (
      <>
        <Link to="/admin/audit" search={{ open: record.id }}>
          {record.operation.replaceAll('_', ' ')}
        </Link>
        <div className="muted mono breakable" data-hide="narrow">
          {record.method} {record.path}
        </div>
      </>
    ),
  },
  { key: 'outcome', header: 'Outcome', cell: (record) => <Outcome record={record} /> },
  {
    key: 'took',
    header: 'Took',
    numeric: true,
    hide: 'medium',
    cell: (record) => (record.duration_ms ? duration(record.duration_ms) : ''),
  },
  { key: 'address', header: 'Address', numeric: true, hide: 'medium', cell: (record) => record.client_ip },
];

export default function AuditPage() {
  const may = useMay();
  const navigate = useNavigate({ from: '/admin/audit' });
  const { open } = useSearch({ from: '/app/admin/audit' });
  const audit = useInfiniteQuery(auditQuery);
  const users = useQuery({ ...usersQuery, enabled: may('identity:users:read') });
  const keys = useQuery({ ...apiKeysQuery, enabled: may('identity:api_keys:read') });
  const records = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const names = new Map([
    ...(users.data ?? []).map((user): [string, string] => [user.id, user.display_name]),
    ...(keys.data ?? []).map((key): [string, string] => [key.id, `key ${key.name}`]),
  ]);
  const who = (record: AuditRecord) =>
    names.get(actorOf(record) ?? '') || record.actor_kind.replaceAll('_', ' ');
  const chosen = records.find((record) => record.id === open);
  const save = () => {
    const head = [
      'Time (UTC)',
      'Actor kind',
      'Actor',
      'Operation',
      'Method',
      'Path',
      'Outcome',
      'Status',
      'Request id',
    ];
    const rows = records.map((r) => [
      r.time,
      r.actor_kind,
      who(r),
      r.operation,
      r.method,
      r.path,
      r.outcome,
      r.status,
      r.request_id,
    ]);
    downloadText('audit.csv', 'text/csv', csv([head, ...rows]));
  };
  return (
    <Page
      title="Audit"
      state="Every call that changed something or tried to, newest first"
      action={
        <>
          <Button variant="default" onClick={() => void audit.refetch()} loading={audit.isRefetching}>
            Read again
          </Button>
          <Button variant="default" leftSection={<Icon name="download" size={16} />} onClick={save}>
            CSV
          </Button>
        </>
      }
    >
      <Panel flush>
        {audit.isPending && <SkeletonRows rows={8} />}
        {audit.error && <Failed error={audit.error} what="The records" retry={() => void audit.refetch()} />}
        {audit.isSuccess && records.length === 0 && (
          <Empty icon="audit" title="No record yet">
            The first change that somebody makes stands here.
          </Empty>
        )}
        {records.length > 0 && (
          <Table
            caption="Audit records"
            columns={columns(who)}
            rows={records}
            rowKey={(record) => record.id}
            footer={
              audit.hasNextPage && (
                <Button
                  variant="default"
                  size="xs"
                  loading={audit.isFetchingNextPage}
                  onClick={() => void audit.fetchNextPage()}
                >
                  Show older records
                </Button>
              )
            }
          />
        )}
      </Panel>
      {chosen && (
        <AuditDrawer record={chosen} who={who(chosen)} onClose={() => void navigate({ search: {} })} />
      )}
    </Page>
  );
}
