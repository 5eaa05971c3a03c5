import type { ReactNode } from 'react';
import type { AuditRecord } from '@/api/types';
import { CopyButton } from '@/ui/CopyButton';
import { Dialog } from '@/ui/Dialog';
import { duration } from '@/ui/format';
import { browserZone, dateTimeText } from '@/ui/zone';
import { Outcome } from './AuditPage';
import classes from './admin.module.css';

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <section>
      <h3>{title}</h3>
      <pre className={classes.json} tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}

interface AuditDrawerProps {
  record: AuditRecord;
  who: string;
  onClose: () => void;
}

export function AuditDrawer({ record, who, onClose }: AuditDrawerProps) {
  const kind = record.actor_kind.replaceAll('_', ' ');
  const facts: [string, ReactNode][] = [
    ['When', `${dateTimeText(record.time, browserZone)} (${browserZone})`],
    ['Who', who === kind ? who : `${who} (${kind === 'anonymous' ? 'signing in' : kind})`],
    ['From', record.client_ip],
    [
      'Call',
      <code key="call">
        {record.method} {record.path}
      </code>,
    ],
    ['Permission', record.permission ?? 'none needed'],
    ['Outcome', <Outcome key="outcome" record={record} />],
    ['Took', record.duration_ms ? duration(record.duration_ms) : 'not known'],
    [
      'Request',
      <span key="request">
        <code>{record.request_id}</code> <CopyButton value={record.request_id} label="Copy the request id" />
      </span>,
    ],
  ];
  return (
    <Dialog title={record.operation.replaceAll('_', ' ')} wide onClose={onClose}>
      <dl className={classes.record}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Json title="What was asked" value={record.request} />
      <Json title="Before" value={record.before} />
      <Json title="After" value={record.after} />
    </Dialog>
  );
}
