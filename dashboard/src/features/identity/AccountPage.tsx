import { useQuery } from '@tanstack/react-query';
import { Page } from '@/ui/Page';
import { PasswordPanel } from './PasswordPanel';
import { meQuery } from './queries';
import { SessionsPanel } from './SessionsPanel';

export default function AccountPage() {
  const { data: me } = useQuery(meQuery);
  return (
    <Page title="Account" state={me && `${me.display_name}${me.email ? ` · ${me.email}` : ''}`}>
      <SessionsPanel />
      <PasswordPanel />
    </Page>
  );
}
