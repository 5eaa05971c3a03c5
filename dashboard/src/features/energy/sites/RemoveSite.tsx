import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body, ifMatch } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { Site } from '@/api/types';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { plural } from '@/ui/format';
import { Panel } from '@/ui/Page';
import { tell } from '@/ui/toast';

export function RemoveSite({ site }: { site: Site }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      body(
        api.DELETE('/api/v1/energy/sites/{site_id}', {
          params: { path: { site_id: site.id }, header: ifMatch(site.version) },
        }),
      ),
    onSuccess: async () => {
      tell(`Site ${site.name} was removed.`);
      await navigate({ to: '/energy/sites' });
      client.removeQueries({ queryKey: ['site', site.id] });
      void client.invalidateQueries({ queryKey: ['sites'] });
      void client.invalidateQueries({ queryKey: ['optimizations'] });
    },
  });
  return (
    <Panel title="Remove the site">
      <p className="muted" style={{ marginBottom: 12 }}>
        Removes the site with its assets, readings and plans. It cannot be undone.
      </p>
      <Button variant="default" onClick={() => setAsking(true)}>
        Remove site
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Remove ${site.name}`}
          verb="Remove site"
          name={site.name}
          failure={remove.error ? sentenceOf(remove.error) : null}
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            {site.name} goes with {plural(site.asset_count, 'asset')}, all of its readings and all of its
            plans.
          </p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}
