import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '@/features/identity/queries';
import { Empty, Failed, Skeleton } from '@/ui/States';
import { tariffQuery } from '../queries';
import { useSite } from '../sites/useSite';
import { TariffView } from './TariffView';

export default function SiteTariff() {
  const site = useSite();
  const may = useMay();
  const tariff = useQuery({ ...tariffQuery(site.tariff_id ?? ''), enabled: Boolean(site.tariff_id) });
  const choose = may('energy:sites:write') && (
    <Button
      variant="default"
      renderRoot={(props) => (
        <Link to="/energy/sites/$siteId/settings" params={{ siteId: site.id }} {...props} />
      )}
    >
      {site.tariff_id ? 'Choose another tariff' : 'Choose a tariff'}
    </Button>
  );
  if (!site.tariff_id) {
    return (
      <Empty icon="tariff" title="No tariff" action={choose}>
        Without prices nothing can be optimised. Choose a tariff in the settings of the site.
      </Empty>
    );
  }
  if (tariff.error)
    return <Failed error={tariff.error} what="The tariff" retry={() => void tariff.refetch()} />;
  if (!tariff.data) return <Skeleton height={320} />;
  return (
    <>
      <div
        style={{
          display: 'flex',
          justifyContent: 'space-between',
          gap: 12,
          flexWrap: 'wrap',
          alignItems: 'center',
        }}
      >
        <h2>{tariff.data.name}</h2>
        {choose}
      </div>
      <TariffView tariff={tariff.data} />
    </>
  );
}
