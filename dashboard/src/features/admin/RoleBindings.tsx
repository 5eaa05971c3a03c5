import '@/ui/inputStyles';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RoleBinding } from '@/api/types';
import { rolesQuery } from '@/features/identity/queries';
import { IconButton } from '@/ui/controls';
import { Icon } from '@/ui/Icon';
import classes from './admin.module.css';

const PLACES = [
  { value: 'group', label: 'the whole group' },
  { value: 'unit:energy', label: 'the energy unit' },
  { value: 'team:energy/', label: 'a team of energy' },
];

const placeOf = (scope: string) => (scope.startsWith('team:') ? 'team:energy/' : scope);

/** Two bindings may be alike while they are edited, so each has a key of its own. */
export interface BindingRow extends RoleBinding {
  key: string;
}

export const rowsOf = (roles: RoleBinding[]): BindingRow[] =>
  roles.map((role) => ({ ...role, key: crypto.randomUUID() }));

export const rolesOf = (rows: BindingRow[]): RoleBinding[] =>
  rows.map(({ role, scope }) => ({ role, scope }));

export const newRow = (): BindingRow => ({
  key: crypto.randomUUID(),
  role: 'operator',
  scope: 'unit:energy',
});

export function bindingsFault(rows: BindingRow[]): string | null {
  return rows.some((row) => row.scope === 'team:energy/')
    ? 'Name the team of each role bound to a team.'
    : null;
}

interface RoleBindingsProps {
  rows: BindingRow[];
  onChange: (rows: BindingRow[]) => void;
}

/** Which roles somebody holds, and where. */
export function RoleBindings({ rows, onChange }: RoleBindingsProps) {
  const roles = useQuery(rolesQuery);
  const known = roles.data ?? [];
  const set = (key: string, part: Partial<BindingRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <fieldset className={classes.bindings}>
      <legend>Roles</legend>
      {rows.length === 0 && <p className="muted">No role: nothing is open without one.</p>}
      {rows.map((row, index) => {
        const team = row.scope.startsWith('team:') ? row.scope.slice(row.scope.indexOf('/') + 1) : null;
        const places = PLACES.some((place) => place.value === placeOf(row.scope))
          ? PLACES
          : [...PLACES, { value: row.scope, label: row.scope }];
        return (
          <div key={row.key} className={classes.binding}>
            <div className={classes.bindingFields}>
              <NativeSelect
                aria-label={`Role ${index + 1}`}
                value={row.role}
                data={(known.length ? known.map((role) => role.name) : [row.role]).map((name) => ({
                  value: name,
                  label: name.replaceAll('_', ' '),
                }))}
                onChange={(event) => set(row.key, { role: event.currentTarget.value })}
              />
              <NativeSelect
                aria-label={`Where role ${index + 1} holds`}
                value={placeOf(row.scope)}
                data={places.map((place) => ({ ...place, label: `in ${place.label}` }))}
                onChange={(event) => set(row.key, { scope: event.currentTarget.value })}
              />
              {team !== null && (
                <TextInput
                  aria-label={`Team of role ${index + 1}`}
                  placeholder="team, like north"
                  value={team}
                  onChange={(event) =>
                    set(row.key, { scope: `team:energy/${event.currentTarget.value.trim()}` })
                  }
                />
              )}
              <p className="muted small">{known.find((role) => role.name === row.role)?.description}</p>
            </div>
            <IconButton
              icon="trash"
              label={`Remove role ${index + 1}`}
              onClick={() => onChange(rows.filter((each) => each.key !== row.key))}
            />
          </div>
        );
      })}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => onChange([...rows, newRow()])}
        >
          Add role
        </Button>
      </div>
    </fieldset>
  );
}

export function RoleList({ roles }: { roles: RoleBinding[] }) {
  if (roles.length === 0) return <span className="muted">none</span>;
  return (
    <ul className={classes.roleList}>
      {roles.map((role) => (
        <li key={`${role.role} ${role.scope}`}>
          {role.role.replaceAll('_', ' ')} <span className="muted small">{role.scope}</span>
        </li>
      ))}
    </ul>
  );
}
