import { useQuery } from '@tanstack/react-query';
import type { Site } from '@/api/types';
import { Dialog } from '@/ui/Dialog';
import { Failed, SkeletonRows } from '@/ui/States';
import { assetsQuery, channelsQuery, tariffQuery } from '../queries';
import { commonSpan, lastWholeDay, neededChannels } from './dataSpan';
import { OptimiseForm } from './OptimiseForm';

/** Reads what the form's defaults come from, then shows the form. */
export default function OptimiseDrawer({ site, onClose }: { site: Site; onClose: () => void }) {
  const assets = useQuery(assetsQuery(site.id));
  const channels = useQuery(channelsQuery(site.id));
  const tariff = useQuery({ ...tariffQuery(site.tariff_id ?? ''), enabled: Boolean(site.tariff_id) });
  const error = assets.error ?? channels.error ?? tariff.error;
  const ready = assets.data && channels.data && (tariff.data || !site.tariff_id);
  const span = ready ? commonSpan(channels.data, neededChannels(assets.data, tariff.data)) : null;
  return (
    <Dialog title={`Optimise ${site.name}`} onClose={onClose}>
      {error ? (
        <Failed error={error} what="The form" />
      ) : ready ? (
        <OptimiseForm
          site={site}
          assets={assets.data}
          span={span}
          day={lastWholeDay(span, site)}
          onClose={onClose}
        />
      ) : (
        <SkeletonRows rows={6} />
      )}
    </Dialog>
  );
}
