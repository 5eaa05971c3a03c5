import '@/ui/inputStyles';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Fields, FormError, hasPath, mayDiscard, refuse, useCtrlEnter } from '@/ui/form';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { type BindingRow, bindingsFault, newRow, RoleBindings, rolesOf } from './RoleBindings';

interface UserValues {
  email: string;
  display_name: string;
  password: string;
}

export default function NewUserDrawer({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const [rows, setRows] = useState<BindingRow[]>(() => [newRow()]);
  const form = useCheckedForm<UserValues>({
    initialValues: { email: '', display_name: '', password: '' },
    validate: {
      email: (value) => (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : 'Write an e-mail address.'),
      password: (value) => (value.length >= 15 ? null : 'A password has at least 15 characters.'),
    },
  });
  const create = useMutation({
    mutationFn: (values: UserValues) =>
      body(
        api.POST('/api/v1/identity/users', {
          body: {
            email: values.email.trim(),
            display_name: values.display_name.trim() || null,
            password: values.password,
            roles: rolesOf(rows),
          },
        }),
      ),
    onSuccess: (user) => {
      void client.invalidateQueries({ queryKey: ['users'] });
      tell(`${user.display_name} can sign in now.`);
      onClose();
    },
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  const submit = form.onSubmit((values) => {
    const fault = bindingsFault(rows);
    setFailure(fault);
    if (!fault) create.mutate(values);
  });
  useCtrlEnter(() => submit());
  return (
    <Dialog title="Add user" onClose={onClose} mayClose={() => mayDiscard(form.isDirty())}>
      <form onSubmit={submit} noValidate autoComplete="off">
        <FormError message={failure} />
        <Fields>
          <TextInput label="E-mail address" type="email" required {...form.getInputProps('email')} />
          <TextInput
            label="Name"
            description="The part before the @ if empty"
            {...form.getInputProps('display_name')}
          />
          <PasswordInput
            label="First password"
            required
            autoComplete="new-password"
            description="15 to 128 characters; they can change it after signing in"
            {...form.getInputProps('password')}
          />
          <RoleBindings rows={rows} onChange={setRows} />
        </Fields>
        <DialogActions>
          <Button variant="default" onClick={() => mayDiscard(form.isDirty()) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Add user
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
