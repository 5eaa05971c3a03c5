import '@/ui/inputStyles';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, body, ifMatch } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { Asset, AssetType, Site } from '@/api/types';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { Fields, FormError, hasPath, mayDiscard, Row, refuse, useCtrlEnter } from '@/ui/form';
import { tell } from '@/ui/toast';
import { useCheckedForm } from '@/ui/useCheckedForm';
import { channelsQuery } from '../queries';
import { ASSET } from '../words';
import { AssetFieldInput } from './AssetField';
import { ASSET_FIELDS, type AssetValues, assetErrors, assetValues, initialSpec, specOf } from './assetForm';

interface AssetDrawerProps {
  site: Site;
  asset: Asset | undefined;
  others: Asset[];
  onClose: () => void;
}

const COLLECTION = '/api/v1/energy/sites/{site_id}/assets' as const;
const ITEM = '/api/v1/energy/sites/{site_id}/assets/{asset_id}' as const;

export default function AssetDrawer({ site, asset, others, onClose }: AssetDrawerProps) {
  const client = useQueryClient();
  const channels = useQuery(channelsQuery(site.id));
  const list = useId();
  const [failure, setFailure] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const form = useCheckedForm<AssetValues>({
    initialValues: assetValues(asset),
    validate: assetErrors,
  });
  const changed = (message: string) => {
    void client.invalidateQueries({ queryKey: ['site', site.id] });
    void client.invalidateQueries({ queryKey: ['sites'] });
    tell(message);
    onClose();
  };
  const save = useMutation({
    mutationFn: (values: AssetValues) => {
      const json = { name: values.name.trim(), spec: specOf(values) };
      if (!asset) return body(api.POST(COLLECTION, { params: { path: { site_id: site.id } }, body: json }));
      const path = { site_id: site.id, asset_id: asset.id };
      return body(api.PUT(ITEM, { params: { path, header: ifMatch(asset.version) }, body: json }));
    },
    onSuccess: (saved) => changed(asset ? `${saved.name} was changed.` : `${saved.name} was added.`),
    onError: (error) => setFailure(refuse(error, (path) => hasPath(form.values, path), form.setFieldError)),
  });
  const remove = useMutation({
    mutationFn: (old: Asset) =>
      body(
        api.DELETE(ITEM, {
          params: { path: { site_id: site.id, asset_id: old.id }, header: ifMatch(old.version) },
        }),
      ),
    onSuccess: () => changed(`${asset?.name} was removed.`),
  });
  const submit = form.onSubmit((values) => {
    setFailure(null);
    save.mutate(values);
  });
  useCtrlEnter(() => submit());
  const chooseType = (type: AssetType) => {
    form.setValues({ type, spec: initialSpec(type) });
    form.clearErrors();
  };

  if (asking && asset) {
    return (
      <ConfirmDialog
        title={`Remove ${asset.name}`}
        verb="Remove asset"
        failure={remove.error ? sentenceOf(remove.error) : null}
        busy={remove.isPending}
        onConfirm={() => remove.mutate(asset)}
        onClose={() => setAsking(false)}
      >
        <p>Plans made from now on leave {asset.name} out. Plans already made, and readings, stay.</p>
      </ConfirmDialog>
    );
  }
  return (
    <Dialog
      title={asset ? asset.name : 'Add asset'}
      onClose={onClose}
      mayClose={() => mayDiscard(form.isDirty())}
    >
      <form onSubmit={submit} noValidate>
        <FormError message={failure} />
        <Fields>
          <Row>
            <NativeSelect
              label="Kind"
              disabled={Boolean(asset)}
              value={form.values.type}
              onChange={(event) => chooseType(event.currentTarget.value as AssetType)}
              data={(Object.keys(ASSET) as AssetType[]).map((value) => ({
                value,
                label: ASSET[value].label,
              }))}
            />
            <TextInput label="Name" required {...form.getInputProps('name')} />
          </Row>
          <Row>
            {ASSET_FIELDS[form.values.type].map((field) => (
              <AssetFieldInput
                key={`${form.values.type} ${field.key}`}
                field={field}
                form={form}
                site={site}
                others={others.filter((other) => other.id !== asset?.id)}
                channels={list}
              />
            ))}
          </Row>
        </Fields>
        <datalist id={list}>
          {(channels.data ?? []).map((channel) => (
            <option key={channel.channel} value={channel.channel} />
          ))}
        </datalist>
        <DialogActions>
          {asset && (
            <Button variant="default" mr="auto" onClick={() => setAsking(true)}>
              Remove
            </Button>
          )}
          <Button variant="default" onClick={() => mayDiscard(form.isDirty()) && onClose()}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {asset ? 'Save asset' : 'Add asset'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
