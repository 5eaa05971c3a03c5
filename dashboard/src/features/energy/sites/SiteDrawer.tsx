import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { meQuery, teamFor } from '@/features/identity/queries';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { FormError, hasPath, mayDiscard, refuse, useCtrlEnter } from '@/ui/form';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { SiteFields } from './SiteFields';
import { type SiteValues, siteOf, siteRules, valuesOf } from './siteForm';

export default function SiteDrawer({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const [failure, setFailure] = useState<string | null>(null);
  const form = useCheckedForm<SiteValues>({
    initialValues: { ...valuesOf(), team: teamFor(me, 'energy:sites:write', 'energy') ?? '' },
    validate: siteRules,
  });
  const create = useMutation({
    mutationFn: (values: SiteValues) => body(api.POST('/api/v1/energy/sites', { body: siteOf(values) })),
    onSuccess: (site) => {
      void client.invalidateQueries({ queryKey: ['sites'] });
      tell(`Site ${site.name} was added. Its assets come next.`);
      void navigate({ to: '/energy/sites/$siteId/settings', params: { siteId: site.id } });
    },
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  const submit = form.onSubmit((values) => {
    setFailure(null);
    create.mutate(values);
  });
  useCtrlEnter(() => submit());

  return (
    <Dialog title="Add site" wide onClose={onClose} mayClose={() => mayDiscard(form.isDirty())}>
      <form onSubmit={submit} noValidate>
        <FormError message={failure} />
        <SiteFields form={form} />
        <DialogActions>
          <Button variant="default" onClick={() => mayDiscard(form.isDirty()) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Add site
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
