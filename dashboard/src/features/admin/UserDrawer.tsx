import '@/ui/inputStyles';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body, ifMatch } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { User } from '@/api/types';
import { meQuery } from '@/features/identity/queries';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Fields, FormError, mayDiscard, useCtrlEnter } from '@/ui/form';
import { tell } from '@/ui/toast';
import { bindingsFault, RoleBindings, rolesOf, rowsOf } from './RoleBindings';

export default function UserDrawer({ user, onClose }: { user: User; onClose: () => void }) {
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const [name, setName] = useState(user.display_name);
  const [enabled, setEnabled] = useState(user.enabled);
  const [rows, setRows] = useState(() => rowsOf(user.roles));
  const [fault, setFault] = useState<string | null>(null);
  const self = me.data?.id === user.id;
  const rolesChanged = JSON.stringify(rolesOf(rows)) !== JSON.stringify(user.roles);
  const dirty = name !== user.display_name || enabled !== user.enabled || rolesChanged;
  const save = useMutation({
    mutationFn: () =>
      body(
        api.PATCH('/api/v1/identity/users/{user_id}', {
          params: { path: { user_id: user.id }, header: ifMatch(user.version) },
          body: {
            ...(name !== user.display_name ? { display_name: name.trim() } : {}),
            ...(enabled !== user.enabled ? { enabled } : {}),
            ...(rolesChanged ? { roles: rolesOf(rows) } : {}),
          },
        }),
      ),
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ['users'] });
      if (self) void client.invalidateQueries({ queryKey: ['me'] });
      tell(`${saved.display_name} was changed; it holds at once.`);
      onClose();
    },
    onError: (error) => setFault(sentenceOf(error)),
  });
  const submit = () => {
    const wrong = bindingsFault(rows);
    setFault(wrong);
    if (!wrong && dirty) save.mutate();
  };
  useCtrlEnter(submit);
  return (
    <Dialog title={user.display_name} onClose={onClose} mayClose={() => mayDiscard(dirty)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <FormError message={fault} />
        <Fields>
          <p className="muted">{user.email}</p>
          <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Checkbox
            label="May sign in"
            description={
              self
                ? 'You cannot disable yourself: another founder can.'
                : 'Disabling ends all sessions of this person at once.'
            }
            checked={enabled}
            disabled={self}
            onChange={(event) => setEnabled(event.currentTarget.checked)}
          />
          <RoleBindings rows={rows} onChange={setRows} />
        </Fields>
        <DialogActions>
          <Button variant="default" onClick={() => mayDiscard(dirty) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" disabled={!dirty} loading={save.isPending}>
            Save user
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
