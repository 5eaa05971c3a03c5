import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body, ifMatch } from '@/api/client';
import type { Site } from '@/api/types';
import { FormError, hasPath, mayDiscard, refuse } from '@/ui/form';
import { Panel } from '@/ui/Page';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { SiteFields } from './SiteFields';
import { type SiteValues, siteOf, siteRules, valuesOf } from './siteForm';

export function SiteEdit({ site }: { site: Site }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const form = useCheckedForm<SiteValues>({
    initialValues: valuesOf(site),
    validate: siteRules,
  });
  const save = useMutation({
    mutationFn: (values: SiteValues) =>
      body(
        api.PUT('/api/v1/energy/sites/{site_id}', {
          params: { path: { site_id: site.id }, header: ifMatch(site.version) },
          body: siteOf(values),
        }),
      ),
    onSuccess: (saved) => {
      form.resetDirty();
      client.setQueryData(['site', site.id], saved);
      void client.invalidateQueries({ queryKey: ['sites'] });
      tell(`The settings of ${saved.name} were saved.`);
    },
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  useBlocker({ shouldBlockFn: () => !mayDiscard(form.isDirty()), enableBeforeUnload: () => form.isDirty() });
  return (
    <Panel title="Site">
      <form
        noValidate
        style={{ maxWidth: 680 }}
        onSubmit={form.onSubmit((values) => {
          setFailure(null);
          save.mutate(values);
        })}
      >
        <FormError message={failure} />
        <SiteFields form={form} />
        <Button type="submit" mt={20} disabled={!form.isDirty()} loading={save.isPending}>
          Save settings
        </Button>
      </form>
    </Panel>
  );
}
