import { useMay } from '@/features/identity/queries';
import { AssetsPanel } from './AssetsPanel';
import { RemoveSite } from './RemoveSite';
import { SiteEdit } from './SiteEdit';
import { useSite } from './useSite';

export default function SettingsTab() {
  const site = useSite();
  const mayWrite = useMay()('energy:sites:write');
  return (
    <>
      <AssetsPanel site={site} mayWrite={mayWrite} />
      {mayWrite ? (
        <>
          <SiteEdit key={site.version} site={site} />
          <RemoveSite site={site} />
        </>
      ) : (
        <p className="muted">Your roles let you read this site, not change it.</p>
      )}
    </>
  );
}
