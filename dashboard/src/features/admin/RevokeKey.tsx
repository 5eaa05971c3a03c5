import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { ApiKey } from '@/api/types';
import { Ago } from '@/ui/Ago';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { tell } from '@/ui/toast';

export default function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () =>
      body(
        api.DELETE('/api/v1/identity/api-keys/{api_key_id}', { params: { path: { api_key_id: apiKey.id } } }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['api-keys'] });
      tell(`The key ${apiKey.name} no longer holds.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}`}
      verb="Revoke key"
      name={apiKey.name}
      failure={revoke.error ? sentenceOf(revoke.error) : null}
      busy={revoke.isPending}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        Calls with this key are refused at once; it was last used <Ago time={apiKey.last_used_at} />. It
        cannot be undone: a machine that still needs access gets a new key.
      </p>
    </ConfirmDialog>
  );
}
