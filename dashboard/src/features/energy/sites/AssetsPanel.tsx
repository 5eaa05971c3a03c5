import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Asset, Site } from '@/api/types';
import { Icon } from '@/ui/Icon';
import { Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { assetDetail, assetFacts } from '../assetFacts';
import { assetsQuery } from '../queries';
import { ASSET } from '../words';

const AssetDrawer = lazy(() => import('./AssetDrawer'));

const columns = (site: Site, mayWrite: boolean): Column<Asset>[] => [
  {
    key: 'name',
    header: 'Asset',
    sort: (asset) => asset.name,
    cell: (asset) =>
      mayWrite ? (
        <Link to="/energy/sites/$siteId/settings" params={{ siteId: site.id }} search={{ asset: asset.id }}>
          {asset.name}
        </Link>
      ) : (
        <strong>{asset.name}</strong>
      ),
  },
  {
    key: 'type',
    header: 'Kind',
    sort: (asset) => asset.spec.type,
    cell: (asset) => (
      <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
        <Icon name={ASSET[asset.spec.type].icon} size={16} />
        {ASSET[asset.spec.type].label}
      </span>
    ),
  },
  { key: 'facts', header: 'Figures', cell: (asset) => assetFacts(asset.spec) },
  {
    key: 'detail',
    header: 'Further',
    hide: 'medium',
    cell: (asset) => <span className="muted">{assetDetail(asset.spec, site.currency)}</span>,
  },
];

export function AssetsPanel({ site, mayWrite }: { site: Site; mayWrite: boolean }) {
  const navigate = useNavigate({ from: '/energy/sites/$siteId/settings' });
  const { asset: open } = useSearch({ from: '/app/energy/sites/$siteId/settings' });
  const assets = useQuery(assetsQuery(site.id));
  const add = mayWrite && (
    <Button
      variant="default"
      leftSection={<Icon name="plus" size={16} />}
      onClick={() => void navigate({ search: { asset: 'new' } })}
    >
      Add asset
    </Button>
  );
  const edited = assets.data?.find((asset) => asset.id === open);
  return (
    <Panel flush title="Assets" action={add}>
      {assets.isPending && <SkeletonRows rows={3} />}
      {assets.error && <Failed error={assets.error} what="The assets" retry={() => void assets.refetch()} />}
      {assets.data?.length === 0 && (
        <Empty icon="battery" title="No asset yet" action={add}>
          Begin with the load that must be met; add solar, batteries, vehicles and what else can be planned.
        </Empty>
      )}
      {assets.data && assets.data.length > 0 && (
        <Table
          caption="Assets"
          columns={columns(site, mayWrite)}
          rows={assets.data}
          rowKey={(asset) => asset.id}
        />
      )}
      {mayWrite && assets.data && (open === 'new' || edited) && (
        <Suspense>
          <AssetDrawer
            key={open}
            site={site}
            asset={edited}
            others={assets.data}
            onClose={() => void navigate({ search: {} })}
          />
        </Suspense>
      )}
    </Panel>
  );
}
