import '@/ui/inputStyles';
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { CopyButton } from '@/ui/CopyButton';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Fields, FormError, hasPath, mayDiscard, refuse, useCtrlEnter } from '@/ui/form';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { addDays, browserZone, localIn } from '@/ui/zone';
import classes from './admin.module.css';
import { type BindingRow, bindingsFault, RoleBindings, rolesOf } from './RoleBindings';

interface KeyValues {
  name: string;
  expires_at: string;
}

function Secret({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  return (
    <Dialog title={`Key ${name}`} kind="modal" onClose={onClose}>
      <div className={classes.secret}>
        <p>
          <strong>Copy the key now.</strong> It is shown this once: only a hash of it is kept.
        </p>
        <div className={classes.secretValue}>
          <code data-testid="secret">{secret}</code>
          <CopyButton value={secret} label="Copy the key" text="Copy" />
        </div>
        <p className="muted small">
          Send it as <code>Authorization: Bearer …</code>
        </p>
      </div>
      <DialogActions>
        <Button onClick={onClose}>I have it</Button>
      </DialogActions>
    </Dialog>
  );
}

export default function ApiKeyDrawer({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [rows, setRows] = useState<BindingRow[]>(() => [
    { key: crypto.randomUUID(), role: 'service', scope: 'unit:energy' },
  ]);
  const today = localIn(Date.now(), browserZone).date;
  const form = useCheckedForm<KeyValues>({
    initialValues: { name: '', expires_at: addDays(today, 90) },
    validate: {
      name: (value) => (value.trim() ? null : 'Say what the key is for.'),
      expires_at: (value) =>
        value > today && value <= addDays(today, 365) ? null : 'A key ends within the next 365 days.',
    },
  });
  const create = useMutation({
    mutationFn: (values: KeyValues) =>
      body(
        api.POST('/api/v1/identity/api-keys', {
          body: {
            name: values.name.trim(),
            roles: rolesOf(rows),
            expires_at: new Date(`${values.expires_at}T00:00:00`).toISOString(),
          },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['api-keys'] }),
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  const submit = form.onSubmit((values) => {
    const fault = rows.length === 0 ? 'A key without a role may do nothing; name one.' : bindingsFault(rows);
    setFailure(fault);
    if (!fault) create.mutate(values);
  });
  useCtrlEnter(() => submit());

  if (create.data) {
    return <Secret name={create.data.api_key.name} secret={create.data.secret} onClose={onClose} />;
  }
  return (
    <Dialog title="Add API key" onClose={onClose} mayClose={() => mayDiscard(form.isDirty())}>
      <form onSubmit={submit} noValidate>
        <FormError message={failure} />
        <Fields>
          <TextInput
            label="Name"
            required
            description="What it is for, like: steel works meter"
            {...form.getInputProps('name')}
          />
          <TextInput label="Ends on" type="date" required {...form.getInputProps('expires_at')} />
          <RoleBindings rows={rows} onChange={setRows} />
        </Fields>
        <DialogActions>
          <Button variant="default" onClick={() => mayDiscard(form.isDirty()) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Add key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
