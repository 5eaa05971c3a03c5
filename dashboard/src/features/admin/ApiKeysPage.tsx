import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { ApiKey } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { plural } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Page, Panel } from '@/ui/Page';
import { Empty, Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { apiKeysQuery } from './queries';
import { RoleList } from './RoleBindings';

const ApiKeyDrawer = lazy(() => import('./ApiKeyDrawer'));
const RevokeKey = lazy(() => import('./RevokeKey'));

type KeyState = 'good' | 'expired' | 'revoked';
const keyState = (key: ApiKey): KeyState =>
  key.revoked_at ? 'revoked' : Date.parse(key.expires_at) < Date.now() ? 'expired' : 'good';

const columns = (revoke: ((key: ApiKey) => void) | null): Column<ApiKey>[] => [
  {
    key: 'name',
    header: 'Key',
    sort: (key) => key.name,
    cell: (key) => (
      <>
        <strong>{key.name}</strong>
        <div className="muted mono">{key.prefix.slice(0, 22)}…</div>
      </>
    ),
  },
  { key: 'roles', header: 'Roles', hide: 'narrow', cell: (key) => <RoleList roles={key.roles} /> },
  {
    key: 'state',
    header: 'State',
    sort: keyState,
    cell: (key) => {
      const state = keyState(key);
      if (state === 'good') {
        return (
          <Status tone="good" icon="check">
            Valid
          </Status>
        );
      }
      return (
        <Status tone="idle" icon="stop">
          {state === 'revoked' ? 'Revoked' : 'Expired'}
        </Status>
      );
    },
  },
  {
    key: 'expires',
    header: 'Ends',
    numeric: true,
    hide: 'medium',
    sort: (key) => key.expires_at,
    cell: (key) => <Ago time={key.expires_at} />,
  },
  {
    key: 'used',
    header: 'Last used',
    numeric: true,
    hide: 'narrow',
    sort: (key) => key.last_used_at,
    cell: (key) => <Ago time={key.last_used_at} />,
  },
  {
    key: 'act',
    header: '',
    numeric: true,
    cell: (key) =>
      revoke &&
      keyState(key) === 'good' && (
        <Button variant="default" size="xs" onClick={() => revoke(key)} aria-label={`Revoke ${key.name}`}>
          Revoke
        </Button>
      ),
  },
];

export default function ApiKeysPage() {
  const mayWrite = useMay()('identity:api_keys:write');
  const navigate = useNavigate({ from: '/admin/api-keys' });
  const { add } = useSearch({ from: '/app/admin/api-keys' });
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const keys = useQuery(apiKeysQuery);
  const start = () => void navigate({ search: { add: true } });
  const valid = keys.data?.filter((key) => keyState(key) === 'good').length ?? 0;
  return (
    <Page
      title="API keys"
      state={keys.data && `${plural(valid, 'valid key')}; for machines that call the API`}
      action={
        mayWrite && (
          <Button leftSection={<Icon name="plus" size={16} />} onClick={start}>
            Add key
          </Button>
        )
      }
    >
      <Panel flush>
        {keys.isPending && <SkeletonRows />}
        {keys.error && <Failed error={keys.error} what="The keys" retry={() => void keys.refetch()} />}
        {keys.data?.length === 0 && (
          <Empty icon="key" title="No key yet" action={mayWrite && <Button onClick={start}>Add key</Button>}>
            A machine that feeds readings or asks for plans signs in with a key of its own, with a role and an
            end.
          </Empty>
        )}
        {keys.data && keys.data.length > 0 && (
          <Table
            caption="API keys"
            columns={columns(mayWrite ? setRevoked : null)}
            rows={keys.data}
            rowKey={(key) => key.id}
            initialSort={{ key: 'state', descending: false }}
          />
        )}
      </Panel>
      <Suspense>
        {add && mayWrite && <ApiKeyDrawer onClose={() => void navigate({ search: {} })} />}
        {revoked && <RevokeKey apiKey={revoked} onClose={() => setRevoked(null)} />}
      </Suspense>
    </Page>
  );
}
