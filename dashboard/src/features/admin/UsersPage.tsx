import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { User } from '@/api/types';
import { useMay } from '@/features/identity/queries';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { plural } from '@/ui/format';
import { Icon } from '@/ui/Icon';
import { Page, Panel } from '@/ui/Page';
import { Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { usersQuery } from './queries';
import { RoleList } from './RoleBindings';

const NewUserDrawer = lazy(() => import('./NewUserDrawer'));
const UserDrawer = lazy(() => import('./UserDrawer'));

const columns = (mayWrite: boolean): Column<User>[] => [
  {
    key: 'name',
    header: 'Name',
    sort: (user) => user.display_name,
    cell: (user) => (
      <>
        {mayWrite ? (
          <Link to="/admin/users" search={{ open: user.id }}>
            {user.display_name}
          </Link>
        ) : (
          <strong>{user.display_name}</strong>
        )}
        <div className="muted small breakable">{user.email}</div>
      </>
    ),
  },
  { key: 'roles', header: 'Roles', cell: (user) => <RoleList roles={user.roles} /> },
  {
    key: 'state',
    header: 'Sign-in',
    sort: (user) => (user.enabled ? 0 : 1),
    cell: (user) =>
      user.enabled ? (
        <Status tone="good" icon="check">
          Enabled
        </Status>
      ) : (
        <Status tone="idle" icon="stop">
          Disabled
        </Status>
      ),
  },
  {
    key: 'last',
    header: 'Last sign-in',
    numeric: true,
    hide: 'narrow',
    sort: (user) => user.last_sign_in_at,
    cell: (user) => <Ago time={user.last_sign_in_at} />,
  },
  {
    key: 'created',
    header: 'Made',
    numeric: true,
    hide: 'medium',
    sort: (user) => user.created_at,
    cell: (user) => <Ago time={user.created_at} />,
  },
];

export default function UsersPage() {
  const mayWrite = useMay()('identity:users:write');
  const navigate = useNavigate({ from: '/admin/users' });
  const { open } = useSearch({ from: '/app/admin/users' });
  const users = useQuery(usersQuery);
  const close = () => void navigate({ search: {} });
  const chosen = users.data?.find((user) => user.id === open);
  return (
    <Page
      title="Users"
      state={users.data && `${plural(users.data.length, 'person', 'people')} with an account`}
      action={
        mayWrite && (
          <Button
            leftSection={<Icon name="plus" size={16} />}
            onClick={() => void navigate({ search: { open: 'new' } })}
          >
            Add user
          </Button>
        )
      }
    >
      <Panel flush>
        {users.isPending && <SkeletonRows />}
        {users.error && <Failed error={users.error} what="The users" retry={() => void users.refetch()} />}
        {users.data && (
          <Table
            caption="Users"
            columns={columns(mayWrite)}
            rows={users.data}
            rowKey={(user) => user.id}
            initialSort={{ key: 'name', descending: false }}
          />
        )}
      </Panel>
      <Suspense>
        {mayWrite && open === 'new' && <NewUserDrawer onClose={close} />}
        {mayWrite && chosen && <UserDrawer key={chosen.version} user={chosen} onClose={close} />}
      </Suspense>
    </Page>
  );
}
