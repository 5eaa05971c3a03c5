import '@/ui/inputStyles';
import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { Fields, FormError, hasPath, refuse } from '@/ui/form';
import { Panel } from '@/ui/Page';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { meQuery } from './queries';

interface PasswordValues {
  current_password: string;
  new_password: string;
}

export function PasswordPanel() {
  const { data: me } = useQuery(meQuery);
  const [failure, setFailure] = useState<string | null>(null);
  const form = useCheckedForm<PasswordValues>({
    initialValues: { current_password: '', new_password: '' },
    validate: {
      current_password: (value) => (value ? null : 'Enter your present password.'),
      new_password: (value) => (value.length >= 15 ? null : 'A password has at least 15 characters.'),
    },
  });
  const change = useMutation({
    mutationFn: (values: PasswordValues) => body(api.PUT('/api/v1/identity/me/password', { body: values })),
    onSuccess: () => {
      form.reset();
      tell('The password was changed. Your other sessions were ended.');
    },
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  return (
    <div id="password">
      <Panel title="Password" note="15 to 128 characters; a sentence is easy to keep in mind">
        <form
          noValidate
          style={{ maxWidth: 400 }}
          onSubmit={form.onSubmit((values) => {
            setFailure(null);
            change.mutate(values);
          })}
        >
          <FormError message={failure} />
          <Fields>
            <input type="hidden" autoComplete="username" name="username" defaultValue={me?.email ?? ''} />
            <PasswordInput
              label="Present password"
              autoComplete="current-password"
              required
              {...form.getInputProps('current_password')}
            />
            <PasswordInput
              label="New password"
              autoComplete="new-password"
              required
              {...form.getInputProps('new_password')}
            />
          </Fields>
          <Button type="submit" mt={16} loading={change.isPending}>
            Change password
          </Button>
        </form>
      </Panel>
    </div>
  );
}
