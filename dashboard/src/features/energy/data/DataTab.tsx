import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Channel, Site } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { count, stepText, unitText } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Panel } from '@/ui/Page';
import { Empty, Failed, Skeleton, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { dateTimeText } from '@/ui/zone';
import { assetsQuery, channelsQuery, tariffQuery } from '../queries';
import { useSite } from '../sites/useSite';

const ReadingsChart = lazy(() => import('./ReadingsChart'));
const UploadDrawer = lazy(() => import('./UploadDrawer'));

const columns = (site: Site, users: Map<string, string[]>): Column<Channel>[] => [
  {
    key: 'channel',
    header: 'Channel',
    sort: (row) => row.channel,
    cell: (row) => <strong>{row.channel}</strong>,
  },
  { key: 'unit', header: 'Unit', cell: (row) => unitText(row.unit, site.currency) },
  { key: 'step', header: 'Step', hide: 'narrow', numeric: true, cell: (row) => stepText(row.step_s) },
  {
    key: 'count',
    header: 'Values',
    numeric: true,
    sort: (row) => row.count,
    cell: (row) => count(row.count),
  },
  {
    key: 'gaps',
    header: 'Missing',
    numeric: true,
    sort: (row) => row.gaps,
    cell: (row) =>
      row.gaps > 0 ? (
        <span title="Values missing between the first and the last">{count(row.gaps)}</span>
      ) : (
        <span className="muted">none</span>
      ),
  },
  {
    key: 'first',
    header: 'First',
    numeric: true,
    hide: 'medium',
    sort: (row) => row.first,
    cell: (row) => row.first && dateTimeText(row.first, site.time_zone),
  },
  {
    key: 'last',
    header: 'Last',
    numeric: true,
    hide: 'medium',
    sort: (row) => row.last,
    cell: (row) => row.last && dateTimeText(row.last, site.time_zone),
  },
  {
    key: 'age',
    header: 'Age',
    numeric: true,
    hide: 'narrow',
    sort: (row) => row.last,
    cell: (row) => <Ago time={row.last} zone={site.time_zone} />,
  },
  {
    key: 'used',
    header: 'Used by',
    hide: 'medium',
    cell: (row) => users.get(row.channel)?.join(', ') ?? <span className="muted">nothing</span>,
  },
];

export default function DataTab() {
  const site = useSite();
  const may = useMay();
  const navigate = useNavigate({ from: '/energy/sites/$siteId/data' });
  const { upload } = useSearch({ from: '/app/energy/sites/$siteId/data' });
  const channels = useQuery(channelsQuery(site.id));
  const assets = useQuery(assetsQuery(site.id));
  const tariff = useQuery({ ...tariffQuery(site.tariff_id ?? ''), enabled: Boolean(site.tariff_id) });
  const mayWrite = may('energy:readings:write');
  const users = new Map<string, string[]>();
  for (const asset of assets.data ?? []) {
    const name =
      'channel' in asset.spec
        ? asset.spec.channel
        : 'demand_channel' in asset.spec
          ? asset.spec.demand_channel
          : null;
    if (name) users.set(name, [...(users.get(name) ?? []), asset.name]);
  }
  for (const price of [tariff.data?.import, tariff.data?.export]) {
    if (price?.type === 'dynamic')
      users.set(price.channel, [...(users.get(price.channel) ?? []), 'the tariff']);
  }
  const open = () => void navigate({ search: { upload: true } });
  const button = mayWrite && (
    <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={open}>
      Upload CSV
    </Button>
  );
  return (
    <>
      <Panel
        flush
        title="Channels"
        note={`Measured series of the site, times in ${site.time_zone}`}
        action={button}
      >
        {channels.isPending && <SkeletonRows rows={3} />}
        {channels.error && (
          <Failed error={channels.error} what="The channels" retry={() => void channels.refetch()} />
        )}
        {channels.data?.length === 0 && (
          <Empty icon="upload" title="No readings yet" action={button}>
            Upload a file of past readings, or feed them by the API. A load and a price are enough for a first
            plan.
          </Empty>
        )}
        {channels.data && channels.data.length > 0 && (
          <Table
            caption="Channels"
            columns={columns(site, users)}
            rows={channels.data}
            rowKey={(row) => row.channel}
            initialSort={{ key: 'channel', descending: false }}
          />
        )}
      </Panel>
      {site.last_reading_at && (
        <Suspense fallback={<Skeleton height={380} />}>
          <ReadingsChart site={site} />
        </Suspense>
      )}
      {upload && mayWrite && (
        <Suspense>
          <UploadDrawer site={site} onClose={() => void navigate({ search: {} })} />
        </Suspense>
      )}
    </>
  );
}
