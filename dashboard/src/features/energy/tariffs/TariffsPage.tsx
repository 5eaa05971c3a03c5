import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Tariff } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Dialog } from '@/ui/Dialog';
import { plural } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Page, Panel } from '@/ui/Page';
import { Empty, Failed, Skeleton, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { sitesQuery, tariffQuery, tariffsQuery } from '../queries';
import { demandText, KIND, priceSummary } from './priceText';
import { TariffView } from './TariffView';
import classes from './tariff.module.css';

const TariffDrawer = lazy(() => import('./TariffDrawer'));

const columns = (used: Map<string, number>): Column<Tariff>[] => [
  {
    key: 'name',
    header: 'Tariff',
    sort: (tariff) => tariff.name,
    cell: (tariff) => (
      <Link to="/energy/tariffs" search={{ open: tariff.id }}>
        {tariff.name}
      </Link>
    ),
  },
  { key: 'kind', header: 'Import', hide: 'medium', cell: (tariff) => KIND[tariff.import.type] },
  {
    key: 'price',
    header: 'Import price',
    numeric: true,
    cell: (tariff) => (
      <span style={{ whiteSpace: 'normal' }}>{priceSummary(tariff.import, tariff.currency)}</span>
    ),
  },
  {
    key: 'export',
    header: 'Export price',
    numeric: true,
    hide: 'medium',
    cell: (tariff) => priceSummary(tariff.export, tariff.currency),
  },
  { key: 'demand', header: 'Demand charge', numeric: true, hide: 'narrow', cell: demandText },
  {
    key: 'sites',
    header: 'Sites',
    numeric: true,
    hide: 'narrow',
    sort: (tariff) => used.get(tariff.id) ?? 0,
    cell: (tariff) => used.get(tariff.id) ?? 0,
  },
];

function TariffDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const tariff = useQuery(tariffQuery(id));
  return (
    <Dialog title={tariff.data?.name ?? 'Tariff'} wide onClose={onClose}>
      <div className={classes.drawer}>
        {tariff.isPending && <Skeleton height={320} />}
        {tariff.error && <Failed error={tariff.error} what="The tariff" />}
        {tariff.data && <TariffView tariff={tariff.data} />}
      </div>
    </Dialog>
  );
}

export default function TariffsPage() {
  const may = useMay();
  const navigate = useNavigate({ from: '/energy/tariffs' });
  const { add, open } = useSearch({ from: '/app/energy/tariffs' });
  const tariffs = useQuery(tariffsQuery);
  const sites = useQuery({ ...sitesQuery, enabled: may('energy:sites:read') });
  const used = new Map<string, number>();
  for (const site of sites.data ?? []) {
    if (site.tariff_id) used.set(site.tariff_id, (used.get(site.tariff_id) ?? 0) + 1);
  }
  const mayWrite = may('energy:tariffs:write');
  const close = () => void navigate({ search: {} });
  const start = () => void navigate({ search: { add: true } });
  return (
    <Page
      title="Tariffs"
      state={tariffs.data && `${plural(tariffs.data.length, 'tariff')}; what a site pays and earns per kWh`}
      action={
        mayWrite && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={start}>
            Add tariff
          </Button>
        )
      }
    >
      <Panel flush>
        {tariffs.isPending && <SkeletonRows rows={4} />}
        {tariffs.error && (
          <Failed error={tariffs.error} what="The tariffs" retry={() => void tariffs.refetch()} />
        )}
        {tariffs.data?.length === 0 && (
          <Empty
            icon="tariff"
            title="No tariff yet"
            action={mayWrite && <Button onClick={start}>Add tariff</Button>}
          >
            A tariff says what import costs and export earns, by time, and what the highest import of a month
            costs.
          </Empty>
        )}
        {tariffs.data && tariffs.data.length > 0 && (
          <Table
            caption="Tariffs"
            columns={columns(used)}
            rows={tariffs.data}
            rowKey={(tariff) => tariff.id}
            initialSort={{ key: 'name', descending: false }}
          />
        )}
      </Panel>
      {open && <TariffDetail id={open} onClose={close} />}
      {add && mayWrite && (
        <Suspense>
          <TariffDrawer onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}
