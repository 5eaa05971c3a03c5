import '@/ui/inputStyles';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import type { ReadingsReport, Site } from '@/api/types';
import { Dialog, DialogActions } from '@/ui/Dialog';
import { FieldGroup, Fields, FormError, Row, UnitInput } from '@/ui/form';
import { isZone } from '@/ui/zone';
import { type CsvPreview, type Mapping, previewOf, proposals } from './csvFile';
import { FilePreview } from './FilePreview';
import { MappingFields } from './MappingFields';
import { UploadReport } from './UploadReport';

interface Draft {
  file: File;
  preview: CsvPreview;
  timeColumn: string;
  timeZone: string;
  stepS: number;
  mappings: Mapping[];
}

const CHANNEL = /^[a-z][a-z0-9_.-]*$/;

function fault(draft: Draft): string | null {
  const chosen = draft.mappings.filter((mapping) => mapping.channel && mapping.column !== draft.timeColumn);
  if (!draft.timeColumn) return 'Say which column holds the time.';
  if (!isZone(draft.timeZone)) return 'The time zone is none; write it like Europe/Berlin.';
  if (!(draft.stepS > 0)) return 'Say how long an interval is.';
  if (chosen.length === 0) return 'Give at least one column a channel.';
  const bad = chosen.find((mapping) => !CHANNEL.test(mapping.channel));
  return bad ? `“${bad.channel}” is no channel: use lower case, like load or pv.` : null;
}

/** From a file to channels: choose it, look at it, say what its columns are, send it. */
export default function UploadDrawer({ site, onClose }: { site: Site; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [report, setReport] = useState<ReadingsReport | null>(null);

  const choose = async (file: File | undefined) => {
    if (!file) return;
    setFailure(null);
    const preview = previewOf(await file.slice(0, 64_000).text());
    if (preview.header.length < 2 || preview.rows.length === 0) {
      setFailure('This is no CSV file with a head line and columns separated by commas, semicolons or tabs.');
      return;
    }
    setDraft({
      file,
      preview,
      timeColumn: preview.timeColumn ?? '',
      timeZone: site.time_zone,
      stepS: preview.stepS ?? site.step_s,
      mappings: proposals(preview),
    });
  };

  const upload = useMutation({
    mutationFn: async (values: Draft) => {
      const map = values.mappings
        .filter((mapping) => mapping.channel && mapping.column !== values.timeColumn)
        .map((mapping) => `${mapping.column}:${mapping.channel}:${mapping.unit}`);
      return body(
        api.POST('/api/v1/energy/sites/{site_id}/readings/csv', {
          params: {
            path: { site_id: site.id },
            query: { time_column: values.timeColumn, time_zone: values.timeZone, step_s: values.stepS, map },
          },
          headers: { 'content-type': 'text/csv' },
          body: await values.file.text(),
          bodySerializer: (text) => text,
        }),
      );
    },
    onSuccess: (done) => {
      setReport(done);
      void client.invalidateQueries({ queryKey: ['site', site.id] });
      void client.invalidateQueries({ queryKey: ['sites'] });
    },
    onError: (error) => setFailure(sentenceOf(error)),
  });

  if (report) {
    return (
      <Dialog title="Readings were stored" wide onClose={onClose}>
        <UploadReport report={report} zone={site.time_zone} />
        <DialogActions>
          <Button onClick={onClose}>Done</Button>
        </DialogActions>
      </Dialog>
    );
  }

  const change = (part: Partial<Draft>) => setDraft((old) => old && { ...old, ...part });
  const submit = () => {
    if (!draft) return;
    const wrong = fault(draft);
    setFailure(wrong);
    if (!wrong) upload.mutate(draft);
  };
  return (
    <Dialog title="Upload readings" wide onClose={onClose}>
      <FormError message={failure} />
      <Fields>
        <TextInput
          label="CSV file"
          type="file"
          accept=".csv,text/csv"
          description="A head line, then a line an interval; columns separated by commas, semicolons or tabs"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
        {draft && (
          <>
            <FilePreview preview={draft.preview} name={draft.file.name} size={draft.file.size} />
            <FieldGroup title="Time">
              <Row>
                <NativeSelect
                  label="Column of the time"
                  description="Start of the interval"
                  data={['', ...draft.preview.header]}
                  value={draft.timeColumn}
                  onChange={(event) => change({ timeColumn: event.currentTarget.value })}
                />
                <TextInput
                  label="Time zone"
                  description="Of times without an offset"
                  value={draft.timeZone}
                  onChange={(event) => change({ timeZone: event.currentTarget.value })}
                />
                <UnitInput
                  label="Interval"
                  unit="s"
                  min={1}
                  value={draft.stepS}
                  onChange={(value) => change({ stepS: Number(value) })}
                />
              </Row>
            </FieldGroup>
            <FieldGroup title="Columns">
              <MappingFields
                mappings={draft.mappings.filter((mapping) => mapping.column !== draft.timeColumn)}
                onChange={(next) =>
                  change({ mappings: draft.mappings.map((old) => (old.column === next.column ? next : old)) })
                }
              />
            </FieldGroup>
          </>
        )}
      </Fields>
      <DialogActions>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={!draft} loading={upload.isPending} onClick={submit}>
          Store readings
        </Button>
      </DialogActions>
    </Dialog>
  );
}
